# Row of the ablation: pre-trained encoder + PLL, FERPlus.
_base_ = [
    '_base_/ferplus.py',
    '../_base_/models/vit-b_linear.py',
    '../_base_/schedules/adamw_cosine_100e.py',
    '../_base_/default_runtime.py',
]

model = dict(head=dict(num_classes=_base_.num_classes))
