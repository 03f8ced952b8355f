# Cross-entropy on AffectNet, 8 classes, one view, the same recipe as CLEX.
_base_ = [
    '../_base_/datasets/affectnet.py',
    '../_base_/models/resnet18_ce.py',
    '../_base_/schedules/adam_exp_60e.py',
    '../_base_/default_runtime.py',
]

train_dataloader = dict(dataset=dict(pipeline=_base_.one_view_pipeline))
model = dict(head=dict(num_classes=_base_.num_classes))
