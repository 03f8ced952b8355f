# FERPlus without contempt, 7 classes, as EAC and its followers use it.
_base_ = 'clex_r18_ferplus.py'

train_dataloader = dict(
    dataset=dict(
        contempt=False, noise=dict(kind='symmetric', rate=.3, seed=0)))
val_dataloader = dict(dataset=dict(contempt=False))
test_dataloader = val_dataloader
model = dict(head=dict(num_classes=7))
