# EAC (ECCV 2022). The views are its public code's on clean labels: one erased image and its mirror.
# With noise: train_pipeline = '$pixel_noise_pipeline'.
train_pipeline = '$shared_erasing_pipeline'
method = dict(
    head=dict(type='EACHead', num_classes='$num_classes', in_channels='$in_channels', lambda_ac=5.0)
)
