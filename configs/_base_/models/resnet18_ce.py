# ResNet-18 from MS-Celeb-1M, plain cross-entropy on one view. The face
# weights: environment variable MMFER_MSCELEB, or
# --cfg-options model.backbone.init_cfg.checkpoint=PATH.
model = dict(
    type='ImageClassifier',
    data_preprocessor=dict(
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        to_rgb=True),
    backbone=dict(
        type='ResNet',
        depth=18,
        num_stages=4,
        out_indices=(3, ),
        style='pytorch',
        zero_init_residual=False,
        init_cfg=dict(
            type='FaceWeights',
            checkpoint='{{$MMFER_MSCELEB:checkpoints/resnet18_msceleb.pth}}',
            keys='torchvision')),
    neck=dict(type='GlobalAveragePooling'),
    head=dict(
        type='LinearClsHead',
        num_classes=7,
        in_channels=512,
        init_cfg=None,  # PyTorch's, as in the field's public code
        loss=dict(type='CrossEntropyLoss')))
