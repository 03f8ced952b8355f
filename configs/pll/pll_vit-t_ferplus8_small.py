# A comparison that two CPU cores finish: ViT-T at 96 px (6 x 6 patches), the first 3 000 images of
# FERPlus Train with a majority label, the annotators' votes as candidates, tested on Valid. Rows:
# configs/benchmarks/pll_small.yml. The encoder: environment variable MMFER_VIT; without
# pre-training: --init none.
_base_ = [
    '../_base_/datasets/ferplus8_small.py',
    '../_base_/backbones/vit-t.py',
    '../_base_/methods/pll_decoder.py',
    '../_base_/schedules/small_adamw_10e.py',
    '../_base_/pll_small_runtime.py',
]

image_size = 96
train_pipeline = '$one_view_pipeline'
model = dict(
    _base_.method,
    backbone=dict(_base_.method.backbone, drop_path_rate=0.0),
    head=dict(_base_.method.head, heads=3),
)
train_dataloader = dict(
    batch_size=50,
    dataset=dict(noise=None, candidates=dict(kind='votes', rule='share', weights='uniform')),
)
