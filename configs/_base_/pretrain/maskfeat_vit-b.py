# MMPretrain's form of MaskFeat, ViT-B/16: all positions go through the encoder, the masked ones as
# one learnt token; a linear layer predicts. Blocks are masked, as there.
model = dict(
    type='MaskFeatTokens',
    mask_ratio=0.4,
    masking='blocks',
    data_preprocessor=dict(
        type='SelfSupDataPreprocessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        to_rgb=True,
    ),
    backbone=dict(
        type='MaskFeatViT',
        arch=dict(embed_dims=768, num_layers=12, num_heads=12, feedforward_channels=3072),
        img_size='$image_size',
        patch_size=16,
    ),
    target_generator=dict(type='HOGTarget', bins=9, cell=8, window=0),
)
