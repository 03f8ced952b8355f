# AffectNet, 8 classes, either release, tested on the manual validation set (the
# test set was never given out). The folder: environment variable
# AFFECTNET_ROOT, or --cfg-options train_dataloader.dataset.data_root=...
# Training is not balanced, validation is: each class as often as every other,
# by the labels that training sees. 7 classes: num_classes=7 of all three
# loaders and of the head (configs/clex/clex_r18_affectnet7.py).
_base_ = 'pipelines.py'

data_root = '{{$AFFECTNET_ROOT:data/affectnet}}'
num_classes = 8

# The original release gives whole pictures and the face's box; the newer one
# is cropped already, and the step leaves it alone.
crop = dict(type='CropFaceBox')
two_view_pipeline = _base_.two_view_pipeline
two_view_pipeline.insert(1, crop)
one_view_pipeline = _base_.one_view_pipeline
one_view_pipeline.insert(1, crop)
test_pipeline = _base_.test_pipeline
test_pipeline.insert(1, crop)

train_dataloader = dict(
    batch_size=32,
    num_workers=4,
    dataset=dict(
        type='AffectNet',
        data_root=data_root,
        split='train',
        num_classes=num_classes,
        pipeline=two_view_pipeline),
    sampler=dict(type='ClassBalancedSampler'))
val_dataloader = dict(
    batch_size=64,
    num_workers=4,
    dataset=dict(
        type='AffectNet',
        data_root=data_root,
        split='valid',
        num_classes=num_classes,
        test_mode=True,
        pipeline=test_pipeline),
    sampler=dict(type='DefaultSampler', shuffle=False))
test_dataloader = val_dataloader
