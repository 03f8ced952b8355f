# The encoder alone, without a decoder: the mean of the patch tokens and a
# linear classifier, as MAE and MaskFeat are fine-tuned.
_base_ = 'vit-t.py'

model = dict(
    backbone=dict(out_type='avg_featmap', final_norm=False),
    head=dict(
        _delete_=True,
        type='PartialLabelHead',
        num_classes=7,
        in_channels=192,
        confidence=dict(update='none'),  # eq. 1 alone
        init_cfg=dict(type='TruncNormal', layer='Linear', std=2e-5)))
