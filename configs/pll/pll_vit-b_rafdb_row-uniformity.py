# Row of the ablation: + decoder + uniformity of the label embeddings.
_base_ = 'pll_vit-b_rafdb.py'

model = dict(head=dict(confidence=dict(update='none')))
