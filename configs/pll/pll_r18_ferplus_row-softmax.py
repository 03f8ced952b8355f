# Row of the ablation: ResNet-18 + softmax, on the given labels.
_base_ = 'pll_r18_ferplus_row-pll.py'

train_dataloader = dict(dataset=dict(candidates=None))
model = dict(head=dict(learn_from='label', confidence=None))
