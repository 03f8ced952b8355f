# The field's input, as in EAC's public code: the whole crop at 224 px, the
# second view mirrored, erasing drawn for each view. Erasing fills with the
# ImageNet mean (BGR), which ResNet's normalisation brings to 0.
random_erasing = dict(
    type='RandomErasing',
    erase_prob=0.5,
    min_area_ratio=0.02,
    max_area_ratio=0.25,
    mode='const',
    fill_color=[103.53, 116.28, 123.675])
mirror = dict(type='RandomFlip', prob=1., direction='horizontal')
pack_views = dict(
    type='PackInputs', algorithm_keys=('view_matrix', 'clean_label', 'votes'))

two_view_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='Resize', scale=224),
    dict(
        type='MultiViewTransform',
        views=[[random_erasing], [mirror, random_erasing]]),
    pack_views,
]
# What EAC does on clean labels: one erased image and its mirror.
shared_erasing_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='Resize', scale=224),
    random_erasing,
    dict(type='MultiViewTransform', views=[[], [mirror]]),
    pack_views,
]
# What EAC does on noisy labels: pixel noise in the first view, now and then.
pixel_noise_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='Resize', scale=224),
    dict(
        type='MultiViewTransform',
        views=[[dict(type='GaussianNoise'), random_erasing],
               [mirror, random_erasing]]),
    pack_views,
]
one_view_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='Resize', scale=224),
    dict(type='RandomFlip', prob=0.5, direction='horizontal'),
    random_erasing,
    dict(type='PackInputs', algorithm_keys=('clean_label', 'votes')),
]
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='Resize', scale=224),
    dict(type='PackInputs'),
]

# What the field reports: overall accuracy, and the mean over classes.
val_evaluator = [
    dict(type='Accuracy', topk=(1, )),
    dict(type='MeanClassAccuracy'),
]
test_evaluator = val_evaluator
