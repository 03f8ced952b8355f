# Cross-entropy on one view. loss=... takes any other, see gce.py.
train_pipeline = '$one_view_pipeline'
method = dict(
    head=dict(
        type='MultiViewHead',
        num_classes='$num_classes',
        in_channels='$in_channels',
        loss=dict(type='CrossEntropyLoss'),
    )
)
