# As pll_vit-t_ferplus8_small.py, without a decoder.
_base_ = [
    '../_base_/datasets/ferplus8_small.py',
    '../_base_/backbones/vit-t.py',
    '../_base_/methods/pll.py',
    '../_base_/schedules/small_adamw_10e.py',
    '../_base_/pll_small_runtime.py',
]

image_size = 96
train_pipeline = '$one_view_pipeline'
model = dict(
    backbone=dict(drop_path_rate=0.0),
    head=dict(_base_.method.head, init_cfg=dict(type='TruncNormal', layer='Linear', std=2e-5)),
)
train_dataloader = dict(
    batch_size=50,
    dataset=dict(noise=None, candidates=dict(kind='votes', rule='share', weights='uniform')),
)
