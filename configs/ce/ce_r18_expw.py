# Cross-entropy on ExpW, ResNet-18.
_base_ = [
    '../_base_/datasets/expw.py',
    '../_base_/backbones/r18.py',
    '../_base_/methods/ce.py',
    '../_base_/schedules/adam_exp_60e.py',
    '../_base_/default_runtime.py',
]

model = _base_.method
