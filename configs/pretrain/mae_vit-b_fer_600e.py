# MAE (MMPretrain's), ViT-B/16, on the same faces. The paper's table: lr 1.5e-4, MAE's own base lr,
# for each 256 images; batch 1024, 40 epochs of warm-up, ratio 85 % (MAE 75 %), normalised pixels,
# betas (.9, .95). No clipping, and no weight decay on tokens, as MAE.
_base_ = [
    '../_base_/datasets/fer_unlabelled.py',
    '../_base_/pretrain/mae_vit-b.py',
    '../_base_/schedules/adamw_cosine_pretrain_600e.py',
    '../_base_/pretrain_runtime.py',
]

crop_ratio_range = (0.2, 1.0)
total_batch_size = 1024
auto_scale_lr = dict(base_batch_size=1024)
train_dataloader = dict(batch_size=total_batch_size)

optim_wrapper = dict(
    optimizer=dict(lr=1.5e-4 * 1024 / 256, betas=(0.9, 0.95)),
    clip_grad=None,
    paramwise_cfg=dict(
        custom_keys=dict(cls_token=dict(decay_mult=0.0), pos_embed=dict(decay_mult=0.0))
    ),
)
param_scheduler = _base_.param_scheduler
param_scheduler[0].update(start_factor=1e-4, end=40)
param_scheduler[1].update(begin=40, T_max=560, eta_min=0.0)
