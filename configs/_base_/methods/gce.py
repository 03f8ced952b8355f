# GCE (NeurIPS 2018): between cross-entropy (q = 0) and 1 - p_y (q = 1).
train_pipeline = '$one_view_pipeline'
method = dict(
    head=dict(
        type='MultiViewHead',
        num_classes='$num_classes',
        in_channels='$in_channels',
        loss=dict(type='SampleLoss', fn='gce', q=0.7),
    )
)
