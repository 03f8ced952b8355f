# ELR (NeurIPS 2020): cross-entropy, and the pull of earlier predictions.
train_pipeline = '$one_view_pipeline'
method = dict(
    head=dict(
        type='ELRHead',
        num_classes='$num_classes',
        in_channels='$in_channels',
        beta=0.7,
        lambda_elr=3.0,
    )
)
