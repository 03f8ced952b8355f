# Row of the ablation: pre-trained encoder + PLL, RAF-DB.
_base_ = [
    '_base_/rafdb.py',
    '../_base_/models/vit-b_linear.py',
    '../_base_/schedules/adamw_cosine_100e.py',
    '../_base_/default_runtime.py',
]

model = dict(head=dict(num_classes=_base_.num_classes))
