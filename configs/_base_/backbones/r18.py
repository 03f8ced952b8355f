# ResNet-18 from MS-Celeb-1M, as the papers start. The face weights: environment variable
# MMFER_MSCELEB, or tools/train.py --init face:PATH (others: --init imagenet, none).
in_channels = 512
model = dict(
    type='MultiViewClassifier',
    data_preprocessor=dict(
        type='MultiViewPreprocessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        to_rgb=True,
    ),
    backbone=dict(
        type='ResNet',
        depth=18,
        num_stages=4,
        out_indices=(3,),
        style='pytorch',
        zero_init_residual=False,
        init_cfg=dict(
            type='FaceWeights',
            checkpoint='{{$MMFER_MSCELEB:checkpoints/resnet18_msceleb.pth}}',
            keys='torchvision',
        ),
    ),
    neck=dict(type='GlobalAveragePooling'),
)
