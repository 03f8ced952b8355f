# 4 candidates for an ambiguous image.
_base_ = 'pll_vit-b_rafdb.py'

train_dataloader = dict(
    dataset=dict(candidates=dict(path='candidates_k4.txt')))
