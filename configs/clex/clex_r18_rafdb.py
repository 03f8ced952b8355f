# CLEX on RAF-DB with the given labels; the noisy and ablated leaves inherit.
_base_ = [
    '../_base_/datasets/rafdb.py',
    '../_base_/models/resnet18_clex.py',
    '../_base_/schedules/adam_exp_60e.py',
    '../_base_/default_runtime.py',
]
