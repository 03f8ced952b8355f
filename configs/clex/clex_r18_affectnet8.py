# CLEX on AffectNet, 8 classes, with the given labels; the noisy leaves and the
# seven classes inherit.
_base_ = [
    '../_base_/datasets/affectnet.py',
    '../_base_/models/resnet18_clex.py',
    '../_base_/schedules/adam_exp_60e.py',
    '../_base_/default_runtime.py',
]

model = dict(head=dict(num_classes=_base_.num_classes))
