# MaskFeat's target under MAE's architecture, ViT-B/16: the encoder sees the visible patches only.
# mask_ratio .4 as the text says; masking 'uniform' as MAE, or 'blocks' as MaskFeat. Number of
# patches and widths follow the encoder.
model = dict(
    type='MaskFeatMAE',
    data_preprocessor=dict(
        type='SelfSupDataPreprocessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        to_rgb=True,
    ),
    backbone=dict(
        type='VisiblePatchViT',
        arch=dict(embed_dims=768, num_layers=12, num_heads=12, feedforward_channels=3072),
        img_size='$image_size',
        patch_size=16,
        mask_ratio=0.4,
        masking='uniform',
    ),
    neck=dict(
        type='MAEPretrainDecoder', decoder_depth=2, decoder_embed_dim=512, decoder_num_heads=16
    ),
    target_generator=dict(type='HOGTarget', bins=9, cell=8, window=0),
    init_cfg=[
        dict(type='Xavier', layer='Linear', distribution='uniform'),
        dict(type='Constant', layer='LayerNorm', val=1.0, bias=0.0),
    ],
)
