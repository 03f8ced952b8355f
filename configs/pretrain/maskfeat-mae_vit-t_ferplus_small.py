# For two CPU cores: ViT-T/16 at 96 px (6 x 6 patches), FERPlus Train alone (Valid stays for
# choosing, Test untouched; copies of either are left out), a few epochs at a higher lr.
_base_ = 'maskfeat-mae_vit-t_fer_600e.py'

image_size = 96
faces = [dict(_base_.faces[1], split='train')]
total_batch_size = 128
auto_scale_lr = dict(base_batch_size=total_batch_size)
train_dataloader = dict(
    batch_size=total_batch_size, num_workers=1, drop_last=True, dataset=dict(datasets=faces)
)

optim_wrapper = dict(optimizer=dict(lr=1e-3))
param_scheduler = _base_.param_scheduler
param_scheduler[0].end = param_scheduler[1].begin = 1
param_scheduler[1].update(T_max=7, end=8)
train_cfg = dict(max_epochs=8)
default_hooks = dict(logger=dict(interval=20), checkpoint=dict(interval=1, max_keep_ckpts=1))
