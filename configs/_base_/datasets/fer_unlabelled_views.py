# The faces of fer_unlabelled.py, two views of each, for contrastive learning. MMPretrain's MoCo v3
# views (ViT); MoCo v2's: train_pipeline = '$mocov2_pipeline'.
_base_ = 'fer_unlabelled.py'

crop = dict(
    type='RandomResizedCrop', scale='$image_size', crop_ratio_range=(0.08, 1.0), backend='pillow'
)
jitter = dict(
    type='RandomApply',
    transforms=[dict(type='ColorJitter', brightness=0.4, contrast=0.4, saturation=0.2, hue=0.1)],
    prob=0.8,
)
grey = dict(
    type='RandomGrayscale', prob=0.2, keep_channels=True, channel_weights=(0.114, 0.587, 0.2989)
)
blur = dict(type='GaussianBlur', magnitude_range=(0.1, 2.0), magnitude_std='inf', prob=1.0)
flip = dict(type='RandomFlip', prob=0.5)
rare_blur = dict(type='GaussianBlur', magnitude_range=(0.1, 2.0), magnitude_std='inf', prob=0.1)

two_view_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='CropFaceBox'),
    dict(
        type='MultiView',
        num_views=[1, 1],
        transforms=[
            [crop, jitter, grey, blur, flip],
            [crop, jitter, grey, rare_blur, dict(type='Solarize', thr=128, prob=0.2), flip],
        ],
    ),
    dict(type='PackInputs'),
]

# MoCo v2's: two views of one kind
mocov2_view = [
    dict(crop, crop_ratio_range=(0.2, 1.0)),
    dict(
        type='RandomApply',
        transforms=[
            dict(type='ColorJitter', brightness=0.4, contrast=0.4, saturation=0.4, hue=0.1)
        ],
        prob=0.8,
    ),
    grey,
    dict(blur, prob=0.5),
    flip,
]
mocov2_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='CropFaceBox'),
    dict(type='MultiView', num_views=2, transforms=[mocov2_view]),
    dict(type='PackInputs'),
]

train_pipeline = '$two_view_pipeline'
train_dataloader = dict(drop_last=True)
