# Row of the ablation: encoder + PLL, no decoder.
_base_ = 'pll_vit-t_ferplus_votes_small.py'

model = dict(
    backbone=dict(out_type='avg_featmap', final_norm=False),
    head=dict(
        _delete_=True,
        type='PartialLabelHead',
        num_classes=_base_.num_classes,
        in_channels=192,
        confidence=dict(update='none'),
        init_cfg=dict(type='TruncNormal', layer='Linear', std=2e-5)))
