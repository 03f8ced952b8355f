# AffectNet, 8 classes, either release, tested on the manual validation set (the
# test set was never given out). The folder: environment variable
# AFFECTNET_ROOT, or --cfg-options data_root=PATH.
# Training is not balanced, validation is: each class as often as every other,
# by the labels that training sees.
_base_ = 'pipelines.py'

data_root = '{{$AFFECTNET_ROOT:data/affectnet}}'
num_classes = 8
image_size = 224

train_dataloader = dict(
    batch_size=32,
    num_workers=4,
    dataset=dict(
        type='AffectNet',
        data_root='$data_root',
        split='train',
        num_classes='$num_classes',
        pipeline='$train_pipeline',
    ),
    sampler=dict(type='ClassBalancedSampler'),
)
val_dataloader = dict(
    batch_size=64,
    num_workers=4,
    dataset=dict(
        type='AffectNet',
        data_root='$data_root',
        split='valid',
        num_classes='$num_classes',
        test_mode=True,
        pipeline='$test_pipeline',
    ),
    sampler=dict(type='DefaultSampler', shuffle=False),
)
test_dataloader = val_dataloader
