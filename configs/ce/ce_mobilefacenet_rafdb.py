# Cross-entropy on RAF-DB, MobileFaceNet at its 112 px; otherwise as on ResNet-18.
_base_ = [
    '../_base_/datasets/rafdb.py',
    '../_base_/backbones/mobilefacenet.py',
    '../_base_/methods/ce.py',
    '../_base_/schedules/adam_exp_60e.py',
    '../_base_/default_runtime.py',
]

image_size = 112
model = _base_.method
