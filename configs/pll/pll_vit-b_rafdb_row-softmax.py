# Row of the ablation: pre-trained encoder + softmax, on the given labels.
_base_ = 'pll_vit-b_rafdb_row-pll.py'

train_dataloader = dict(dataset=dict(candidates=None))
model = dict(head=dict(learn_from='label', confidence=None))
