# SimMIM (MMPretrain's, on our SimMIMViT), ViT-B/16, on the same faces. The paper's table: lr 1.5e-4
# (SimMIM 1e-4, for each 512 images), batch 1024, ratio 75 % (60 %), masks in squares of 16 px (32),
# betas (.9, .95), 800 epochs. It is silent on warm-up, schedule and clipping: as MMPretrain's
# SimMIM of 100 epochs, a cosine to 1e-5 for each 512 images, 10 epochs of warm-up, clipping to 5.
_base_ = [
    '../_base_/datasets/fer_unlabelled.py',
    '../_base_/pretrain/simmim_vit-b.py',
    '../_base_/schedules/adamw_cosine_pretrain_600e.py',
    '../_base_/pretrain_runtime.py',
]

crop_ratio_range = (0.67, 1.0)
train_pipeline = '$simmim_pipeline'
total_batch_size = 1024
auto_scale_lr = dict(base_batch_size=1024)
train_dataloader = dict(batch_size=total_batch_size)

optim_wrapper = dict(
    optimizer=dict(lr=1.5e-4 * 1024 / 512, betas=(0.9, 0.95)), clip_grad=dict(max_norm=5.0)
)
param_scheduler = _base_.param_scheduler
param_scheduler[0].update(start_factor=5e-3, end=10)
param_scheduler[1].update(begin=10, T_max=790, end=800, eta_min=1e-5 * 1024 / 512)
train_cfg = dict(max_epochs=800)
