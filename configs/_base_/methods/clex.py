# CLEX (CVPR 2026), with the published hyper-parameters.
train_pipeline = '$two_view_pipeline'
method = dict(
    head=dict(
        type='CLEXHead',
        num_classes='$num_classes',
        in_channels='$in_channels',
        lambda_csl=1.,
        lambda_ce=.4,
        lambda_ac=2.,
        gamma=.5,
        p=3.,
        d=1))
