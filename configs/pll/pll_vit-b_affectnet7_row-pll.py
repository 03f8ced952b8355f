# Row of the ablation: pre-trained encoder + PLL, AffectNet, 7 classes.
_base_ = [
    '_base_/affectnet7.py',
    '../_base_/models/vit-b_linear.py',
    '../_base_/schedules/adamw_cosine_25e.py',
    '../_base_/default_runtime.py',
]

model = dict(head=dict(num_classes=_base_.num_classes))
