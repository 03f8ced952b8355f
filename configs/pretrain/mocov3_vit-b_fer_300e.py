# MoCo v3 (MMPretrain's), ViT-B/16, on the same faces. Not in the paper's table, whose MoCo is SGD's
# (mocov2_*.py); MMPretrain's recipe: AdamW 2.4e-3 at batch 4096, here scaled to 1024, weight decay
# .1, 40 epochs of warm-up, 300 epochs, patch embedding frozen, temperature .2.
_base_ = [
    '../_base_/datasets/fer_unlabelled_views.py',
    '../_base_/pretrain/mocov3_vit-b.py',
    '../_base_/schedules/adamw_cosine_pretrain_600e.py',
    '../_base_/pretrain_runtime.py',
]

total_batch_size = 1024
auto_scale_lr = dict(base_batch_size=1024)
train_dataloader = dict(batch_size=total_batch_size)
optim_wrapper = dict(
    _delete_=True, optimizer=dict(type='AdamW', lr=2.4e-3 * 1024 / 4096, weight_decay=0.1)
)
find_unused_parameters = True
param_scheduler = _base_.param_scheduler
param_scheduler[0].update(start_factor=1e-4, end=40)
param_scheduler[1].update(begin=40, T_max=260, end=300, eta_min=0.0)
train_cfg = dict(max_epochs=300)
