# FERPlus without contempt, 7 classes, as EAC and its followers use it.
_base_ = 'ferplus8.py'

num_classes = 7
train_dataloader = dict(dataset=dict(contempt=False))
val_dataloader = dict(dataset=dict(contempt=False))
test_dataloader = val_dataloader
