# The same over 25 epochs, published for AffectNet; the warm-up is as large a part of it.
_base_ = 'adamw_cosine_100e.py'

param_scheduler = [
    dict(
        type='LinearLR',
        start_factor=1e-4,
        by_epoch=True,
        begin=0,
        end=1,
        convert_to_iter_based=True,
    ),
    dict(
        type='CosineAnnealingLR',
        T_max=24,
        by_epoch=True,
        begin=1,
        end=25,
        eta_min_ratio=1e-2,
        convert_to_iter_based=True,
    ),
]
train_cfg = dict(max_epochs=25)
