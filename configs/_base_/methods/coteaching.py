# Co-teaching (NeurIPS 2018): two networks that choose samples for each other. forget_rate is the
# share of wrong labels, if it is known.
train_pipeline = '$one_view_pipeline'
method = dict(
    peer=dict(),
    head=dict(
        type='CoTeachingHead',
        num_classes='$num_classes',
        in_channels='$in_channels',
        forget_rate=0.3,
        ramp_epochs=10,
    ),
)
