# CLEX on FERPlus, 8 classes, MobileFaceNet at its 112 px; otherwise as on ResNet-18.
_base_ = [
    '../_base_/datasets/ferplus8.py',
    '../_base_/backbones/mobilefacenet.py',
    '../_base_/methods/clex.py',
    '../_base_/schedules/adam_exp_60e.py',
    '../_base_/default_runtime.py',
]

image_size = 112
model = _base_.method
