# PLL-FER with everything: a ViT-B/16 whose patch tokens two decoder blocks
# query, one label embedding a class; confidences of the candidates revised
# while training. The encoder's weights: environment variable MMFER_VIT, or
# --cfg-options model.backbone.init_cfg.checkpoint=PATH; from random weights:
# model.backbone.init_cfg=None optim_wrapper.paramwise_cfg.layer_decay_rate=1.
model = dict(
    type='ImageClassifier',
    data_preprocessor=dict(
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        to_rgb=True),
    backbone=dict(
        type='VisionTransformer',
        arch='base',
        img_size=224,
        patch_size=16,
        out_type='raw',  # all tokens; the head drops the class token
        drop_path_rate=.1,  # MAE's and MaskFeat's fine-tuning
        init_cfg=dict(
            type='EncoderWeights',
            checkpoint='{{$MMFER_VIT:checkpoints/maskfeat-mae_vit-b_fer.pth}}')),
    head=dict(
        type='LabelQueryHead',
        num_classes=7,
        in_channels=768,
        blocks=2,  # published
        heads=12,  # the encoder's; width, heads and dropout are not told
        dropout=.1,
        self_attention=False,
        class_token='dropped',
        embeddings='optimal',
        tau=.001,  # published
        lambda_uniformity=0.,  # positions before training; no weight is told
        confidence=dict(
            update='revise',
            response='sigmoid',  # published
            threshold=.5,  # ours: the published one is lost
            measure='margin')))
