# The table's settings, as maskfeat-mae_vit-b_fer_600e_table.py has them, on
# MMPretrain's form.
_base_ = 'maskfeat_vit-b_fer_600e.py'

total_batch_size = 1024
auto_scale_lr = dict(base_batch_size=1024)
train_dataloader = dict(batch_size=total_batch_size)
model = dict(mask_ratio=.85)
optim_wrapper = dict(optimizer=dict(lr=2.5e-5 * 1024 / 256))
param_scheduler = _base_.param_scheduler
param_scheduler[0].end = param_scheduler[1].begin = 40
param_scheduler[1].T_max = 560
