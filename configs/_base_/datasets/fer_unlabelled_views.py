# The faces of fer_unlabelled.py, two views of each, for contrastive learning.
# MMPretrain's MoCo v3 views (ViT); MoCo v2's: train_pipeline =
# '$mocov2_pipeline'.
_base_ = 'fer_unlabelled.py'

crop = dict(
    type='RandomResizedCrop',
    scale='$image_size',
    crop_ratio_range=(.08, 1.),
    backend='pillow')
jitter = dict(
    type='RandomApply',
    transforms=[
        dict(
            type='ColorJitter',
            brightness=.4,
            contrast=.4,
            saturation=.2,
            hue=.1)
    ],
    prob=.8)
grey = dict(
    type='RandomGrayscale',
    prob=.2,
    keep_channels=True,
    channel_weights=(.114, .587, .2989))
blur = dict(
    type='GaussianBlur',
    magnitude_range=(.1, 2.),
    magnitude_std='inf',
    prob=1.)
flip = dict(type='RandomFlip', prob=.5)
rare_blur = dict(
    type='GaussianBlur',
    magnitude_range=(.1, 2.),
    magnitude_std='inf',
    prob=.1)

two_view_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='CropFaceBox'),
    dict(
        type='MultiView',
        num_views=[1, 1],
        transforms=[
            [crop, jitter, grey, blur, flip],
            [crop, jitter, grey, rare_blur,
             dict(type='Solarize', thr=128, prob=.2), flip],
        ]),
    dict(type='PackInputs'),
]

# MoCo v2's: two views of one kind
mocov2_view = [
    dict(crop, crop_ratio_range=(.2, 1.)),
    dict(
        type='RandomApply',
        transforms=[
            dict(
                type='ColorJitter',
                brightness=.4,
                contrast=.4,
                saturation=.4,
                hue=.1)
        ],
        prob=.8),
    grey,
    dict(blur, prob=.5),
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
