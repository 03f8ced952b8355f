# Masked-HOG pre-training on the training faces of pll_vit-t_synthetic.py, without their labels, for
# tools/demo.sh pll. What differs from the published recipe, and why: 64 px, so 4 x 4 patches, and a
# small network; a few epochs at a higher lr.
_base_ = '../pretrain/maskfeat-mae_vit-t_fer_600e.py'

data_root = '{{$MMFER_DEMO_DATA:data/synthetic_rafdb_votes}}'
image_size = 64
total_batch_size = 64
auto_scale_lr = dict(base_batch_size=total_batch_size)
train_dataloader = dict(
    batch_size=total_batch_size,
    num_workers=1,
    dataset=dict(datasets=[dict(type='RAFDB', data_root=data_root, split='train')]),
)
model = dict(
    backbone=dict(arch=dict(embed_dims=96, num_layers=4, num_heads=3, feedforward_channels=192)),
    neck=dict(decoder_embed_dim=64, decoder_num_heads=2),
)

optim_wrapper = dict(optimizer=dict(lr=2e-3))
param_scheduler = _base_.param_scheduler
param_scheduler[0].end = param_scheduler[1].begin = 1
param_scheduler[1].update(T_max=19, end=20)
train_cfg = dict(max_epochs=20)
default_hooks = dict(logger=dict(interval=10), checkpoint=dict(interval=1, max_keep_ckpts=1))
