# MMPretrain's MAE, ViT-B/16, with the ratio of the paper's table. Its decoder does not count the
# patches: num_patches goes with image_size.
num_patches = 196  # (224 / 16)^2
model = dict(
    type='MAE',
    data_preprocessor=dict(
        type='SelfSupDataPreprocessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        to_rgb=True,
    ),
    backbone=dict(type='MAEViT', arch='b', img_size='$image_size', patch_size=16, mask_ratio=0.85),
    neck=dict(
        type='MAEPretrainDecoder',
        num_patches='$num_patches',
        patch_size=16,
        embed_dim=768,
        decoder_embed_dim=512,
        decoder_depth=8,
        decoder_num_heads=16,
    ),
    head=dict(
        type='MAEPretrainHead',
        norm_pix=True,
        patch_size=16,
        loss=dict(type='PixelReconstructionLoss', criterion='L2'),
    ),
    init_cfg=[
        dict(type='Xavier', layer='Linear', distribution='uniform'),
        dict(type='Constant', layer='LayerNorm', val=1.0, bias=0.0),
    ],
)
