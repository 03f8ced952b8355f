# MMPretrain's form beside maskfeat-mae_vit-t_ferplus_small.py: the same faces, size, masks and
# steps.
_base_ = 'maskfeat-mae_vit-t_ferplus_small.py'

model = dict(
    _delete_=True,
    type='MaskFeatTokens',
    mask_ratio=0.4,
    masking='uniform',
    data_preprocessor=_base_.model.data_preprocessor,
    backbone=dict(
        type='MaskFeatViT', arch=_base_.model.backbone.arch, img_size='$image_size', patch_size=16
    ),
)
