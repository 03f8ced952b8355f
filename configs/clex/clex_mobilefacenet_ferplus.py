# CLEX on FERPlus, MobileFaceNet at 112 px; otherwise as on ResNet-18.
_base_ = [
    '../_base_/datasets/ferplus.py',
    '../_base_/models/mobilefacenet_clex.py',
    '../_base_/schedules/adam_exp_60e.py',
    '../_base_/default_runtime.py',
]

train_pipeline, test_pipeline = _base_.two_view_pipeline, _base_.test_pipeline
train_pipeline[1].scale = test_pipeline[1].scale = 112
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = val_dataloader

model = dict(head=dict(num_classes=_base_.num_classes))
