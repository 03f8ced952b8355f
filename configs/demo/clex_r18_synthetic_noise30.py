# CLEX on synthetic faces with 30 % symmetric noise, for tools/demo.sh: minutes on two CPU cores.
# Draw the faces with tools/dataset_tools/make_synthetic.py; another folder: environment variable
# MMFER_DEMO_DATA.
#
# What differs from the published recipe, and why:
# - 64 px, half of ResNet-18's channels: about 20 times less to compute. The
#   last stage does not stride, so that the map is 4 x 4, not 2 x 2.
# - Random weights: lr is 10 times the published one, and L_CSL and L_AC grow
#   over the first warmup_iters steps. At once they would outweigh the
#   cross-entropy of a network whose logits say nothing yet.
_base_ = '../clex/clex_r18_rafdb_noise30.py'

image_size = 64
data_root = '{{$MMFER_DEMO_DATA:data/synthetic_rafdb}}'
train_dataloader = dict(num_workers=1, dataset=dict(data_root=data_root))
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
    head=dict(in_channels=256, warmup_iters=300),
)

optim_wrapper = dict(optimizer=dict(lr=1e-3))
train_cfg = dict(max_epochs=15)
default_hooks = dict(logger=dict(interval=10), checkpoint=dict(max_keep_ckpts=2, save_best=None))
