# A comparison that two CPU cores finish: ViT-T at 96 px (6 x 6 patches), the
# first 3 000 images of FERPlus Train with a majority label, the annotators'
# votes as candidates, tested on Valid (Test stays untouched). The row-* leaves
# switch parts off. The encoder: environment variable MMFER_VIT; without
# pre-training: --cfg-options model.backbone.init_cfg=None
# optim_wrapper.paramwise_cfg.layer_decay_rate=1.
_base_ = [
    '_base_/ferplus.py',
    '../_base_/models/vit-t.py',
    '../_base_/schedules/adamw_cosine_100e.py',
    '../_base_/pll_runtime.py',
]

train_pipeline, test_pipeline = _base_.one_view_pipeline, _base_.test_pipeline
train_pipeline[1].scale = test_pipeline[1].scale = 96
total_batch_size = 50
train_dataloader = dict(
    batch_size=total_batch_size,
    num_workers=1,
    dataset=dict(
        split='train',
        indices=3000,
        candidates=dict(
            _delete_=True, kind='votes', rule='share', weights='uniform'),
        pipeline=train_pipeline))
val_dataloader = dict(
    num_workers=1, dataset=dict(split='valid', pipeline=test_pipeline))
test_dataloader = val_dataloader
model = dict(
    backbone=dict(img_size=96, drop_path_rate=0.),
    head=dict(num_classes=_base_.num_classes))

optim_wrapper = dict(
    optimizer=dict(lr=5e-4), paramwise_cfg=dict(layer_decay_rate=.75))
param_scheduler = [
    dict(
        type='LinearLR',
        start_factor=1e-2,
        by_epoch=True,
        begin=0,
        end=1,
        convert_to_iter_based=True),
    dict(
        type='CosineAnnealingLR',
        T_max=9,
        by_epoch=True,
        begin=1,
        end=10,
        eta_min=1e-6,
        convert_to_iter_based=True)
]
train_cfg = dict(max_epochs=10)
default_hooks = dict(
    logger=dict(interval=20), checkpoint=dict(max_keep_ckpts=1))
