# PLL-FER's pre-training by its text: AdamW, lr 2e-4, batch 192, 600 epochs. Our reading: the lr is
# for that batch. (By MaskFeat's rule, 2e-4 for each 256 images, it would be 1.5e-4.) What the text
# is silent on is as in the protocol that it follows, MaskFeat's: betas, weight decay .05, none on
# biases and norms, 30 epochs of warm-up, cosine to 1e-6, gradients clipped to .02.
#
# The published batch is kept on several GPUs: see adam_exp_60e.py.
total_batch_size = 192
auto_scale_lr = dict(base_batch_size=192)

optim_wrapper = dict(
    optimizer=dict(type='AdamW', lr=2e-4, betas=(0.9, 0.999), weight_decay=0.05),
    clip_grad=dict(max_norm=0.02),
    paramwise_cfg=dict(
        bias_decay_mult=0.0, norm_decay_mult=0.0, custom_keys=dict(mask_token=dict(decay_mult=0.0))
    ),
)
param_scheduler = [
    dict(
        type='LinearLR',
        start_factor=1e-6,
        by_epoch=True,
        begin=0,
        end=30,
        convert_to_iter_based=True,
    ),
    dict(
        type='CosineAnnealingLR',
        T_max=570,
        eta_min=1e-6,
        by_epoch=True,
        begin=30,
        end=600,
        convert_to_iter_based=True,
    ),
]
train_cfg = dict(by_epoch=True, max_epochs=600)
