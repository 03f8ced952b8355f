# ViT-B/16 from a self-supervised run on faces (configs/pretrain). The encoder: environment variable
# MMFER_VIT, or tools/train.py --init encoder:PATH (others:
# --init imagenet, none). For linear heads: the mean of the patch tokens, as MAE and MaskFeat are
# fine-tuned; the label queries take all tokens.
in_channels = 768
model = dict(
    type='MultiViewClassifier',
    data_preprocessor=dict(
        type='MultiViewPreprocessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        to_rgb=True,
    ),
    backbone=dict(
        type='VisionTransformer',
        arch='base',
        img_size='$image_size',
        patch_size=16,
        out_type='avg_featmap',
        final_norm=False,
        drop_path_rate=0.1,  # MAE's and MaskFeat's fine-tuning
        init_cfg=dict(
            type='EncoderWeights',
            checkpoint='{{$MMFER_VIT:checkpoints/maskfeat-mae_vit-b_fer.pth}}',
        ),
    ),
)
