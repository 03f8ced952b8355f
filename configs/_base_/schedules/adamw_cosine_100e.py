# PLL-FER's fine-tuning: AdamW (.9, .95), lr 1e-4, batch 320, weight decay .05, 100 epochs. The
# paper says nothing of the rest, which is as MAE and MaskFeat are fine-tuned (MMPretrain's configs
# of both): cosine to 1e-6 (here a hundredth of each layer's own lr: many layers begin lower than
# that) after a linear warm-up of 5 epochs (MAE's; MaskFeat's are 20), layer decay .65, no weight
# decay on norms, biases, tokens and positions, no gradient clipping.
#
# On several GPUs tools/train.py keeps the batch: 320 in all (2 in the paper).
total_batch_size = 320
auto_scale_lr = dict(base_batch_size=320)

optim_wrapper = dict(
    optimizer=dict(type='AdamW', lr=1e-4, betas=(0.9, 0.95), weight_decay=0.05),
    constructor='LearningRateDecayOptimWrapperConstructor',
    paramwise_cfg=dict(
        layer_decay_rate=0.65,
        norm_decay_mult=0.0,
        flat_decay_mult=0.0,
        custom_keys={
            '.cls_token': dict(decay_mult=0.0),
            '.pos_embed': dict(decay_mult=0.0),
            '.label_embeddings': dict(decay_mult=0.0),
        },
    ),
)
param_scheduler = [
    dict(
        type='LinearLR',
        start_factor=1e-4,
        by_epoch=True,
        begin=0,
        end=5,
        convert_to_iter_based=True,
    ),
    dict(
        type='CosineAnnealingLR',
        T_max=95,
        by_epoch=True,
        begin=5,
        end=100,
        eta_min_ratio=1e-2,
        convert_to_iter_based=True,
    ),
]
train_cfg = dict(by_epoch=True, max_epochs=100, val_interval=1)
val_cfg = dict()
test_cfg = dict()
