# CLEX on FERPlus without contempt, as EAC and its followers use it, ResNet-18.
_base_ = [
    '../_base_/datasets/ferplus7.py',
    '../_base_/backbones/r18.py',
    '../_base_/methods/clex.py',
    '../_base_/schedules/adam_exp_60e.py',
    '../_base_/default_runtime.py',
]

model = _base_.method
