# Cross-entropy on the data, at the size and over the epochs of clex_r18_synthetic_noise30.py, where
# the differences are explained.
_base_ = '../ce/ce_r18_rafdb.py'

image_size = 64
data_root = '{{$MMFER_DEMO_DATA:data/synthetic_rafdb}}'
train_dataloader = dict(
    num_workers=1, dataset=dict(data_root=data_root, noise=dict(kind='symmetric', rate=0.3, seed=0))
)
val_dataloader = dict(num_workers=1, dataset=dict(data_root=data_root))
test_dataloader = val_dataloader

model = dict(
    backbone=dict(
        stem_channels=32,
        base_channels=32,
        strides=(1, 2, 2, 1),
        init_cfg=[
            dict(type='Kaiming', layer='Conv2d'),
            dict(type='Constant', val=1, layer='_BatchNorm'),
        ],
    ),
    head=dict(in_channels=256),
)

optim_wrapper = dict(optimizer=dict(lr=1e-3))
train_cfg = dict(max_epochs=15)
default_hooks = dict(logger=dict(interval=10), checkpoint=dict(max_keep_ckpts=2, save_best=None))
