# MoCo v2 (MMPretrain's), ResNet-50, on the same faces. The paper's table: SGD
# .03, batch 256, weight decay 1e-4, 200 epochs. Two views of one kind.
_base_ = [
    '../_base_/datasets/fer_unlabelled_views.py',
    '../_base_/models/mocov2_r50.py',
    '../_base_/schedules/sgd_cosine_pretrain_200e.py',
    '../_base_/pretrain_runtime.py',
]

crop, jitter, blur = _base_.crop, _base_.jitter, _base_.blur
crop.crop_ratio_range = (.2, 1.)
jitter.transforms[0].saturation = .4
blur.prob = .5
view = [crop, jitter, _base_.grey, blur, _base_.flip]
train_pipeline = _base_.two_view_pipeline
train_pipeline[2] = dict(type='MultiView', num_views=2, transforms=[view])
train_dataloader = dict(batch_size=256, dataset=dict(pipeline=train_pipeline))
