# PLL-FER with everything: two decoder blocks query the tokens of a ViT, one label embedding a
# class; confidences of the candidates are revised while training.
train_pipeline = '$finetune_pipeline'
tokens = dict(out_type='raw', final_norm=True)  # the head drops the class token
method = dict(
    backbone=tokens,
    head=dict(
        type='LabelQueryHead',
        num_classes='$num_classes',
        in_channels='$in_channels',
        blocks=2,  # published
        heads=12,  # ViT-B's own (S: 6, T: 3); width, heads and dropout are not told
        dropout=0.1,
        self_attention=False,
        class_token='dropped',
        embeddings='optimal',
        tau=0.001,  # published
        lambda_uniformity=0.0,  # positions before training; no weight is told
        confidence=dict(
            fn='revise',
            response='sigmoid',  # published
            threshold=0.5,  # ours: the published one is lost
            measure='margin',
        ),
    ),
)
