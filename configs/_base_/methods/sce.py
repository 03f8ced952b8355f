# SCE (ICCV 2019): cross-entropy, and with label and prediction exchanged.
train_pipeline = '$one_view_pipeline'
method = dict(
    head=dict(
        type='MultiViewHead',
        num_classes='$num_classes',
        in_channels='$in_channels',
        loss=dict(type='SampleLoss', fn='sce', alpha=0.1, beta=1.0, floor=-4.0),
    )
)
