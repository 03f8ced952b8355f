# CLEX (CVPR 2026), with the published hyper-parameters.
train_pipeline = '$two_view_pipeline'
method = dict(
    head=dict(
        type='CLEXHead',
        num_classes='$num_classes',
        in_channels='$in_channels',
        lambda_csl=1.0,
        lambda_ce=0.4,
        lambda_ac=2.0,
        gamma=0.5,
        p=3.0,
        d=1,
    )
)
