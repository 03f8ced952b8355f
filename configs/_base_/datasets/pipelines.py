# Pipelines by name: train_pipeline = '$two_view_pipeline' in a method or a leaf. The field's input,
# as in EAC's public code: the whole crop, the second view mirrored, erasing drawn for each view.
# Erasing fills with the ImageNet mean (BGR), which ResNet's normalisation brings to 0. The face's
# box is that of AffectNet's original release; other faces are cropped already, and the step leaves
# them alone. The size is the variable image_size of the data set; a step is a variable, too:
# random_erasing = dict(erase_prob=.25) in a leaf.
load = dict(type='LoadImageFromFile')
crop = dict(type='CropFaceBox')
resize = dict(type='Resize', scale='$image_size')
random_erasing = dict(
    type='RandomErasing',
    erase_prob=0.5,
    min_area_ratio=0.02,
    max_area_ratio=0.25,
    mode='const',
    fill_color=[103.53, 116.28, 123.675],
)
mirror = dict(type='RandomFlip', prob=1.0, direction='horizontal')
pack_views = dict(type='PackInputs', algorithm_keys=('view_matrix', 'clean_label', 'votes'))
pack = dict(type='PackInputs', algorithm_keys=('clean_label', 'votes'))

two_view_pipeline = [
    '$load',
    '$crop',
    '$resize',
    dict(type='MultiViewTransform', views=[['$random_erasing'], ['$mirror', '$random_erasing']]),
    '$pack_views',
]
# What EAC does on clean labels: one erased image and its mirror.
shared_erasing_pipeline = [
    '$load',
    '$crop',
    '$resize',
    '$random_erasing',
    dict(type='MultiViewTransform', views=[[], ['$mirror']]),
    '$pack_views',
]
# What EAC does on noisy labels: pixel noise in the first view, now and then.
pixel_noise_pipeline = [
    '$load',
    '$crop',
    '$resize',
    dict(
        type='MultiViewTransform',
        views=[[dict(type='GaussianNoise'), '$random_erasing'], ['$mirror', '$random_erasing']],
    ),
    '$pack_views',
]
# Views that differ by more than a mirror: a small rotation, scale and shift each; attention
# consistency aligns the maps by what was done.
affine = dict(type='FaceAffine', degrees=10.0, scale=(0.9, 1.1), shift=0.05)
affine_pipeline = [
    '$load',
    '$crop',
    '$resize',
    dict(
        type='MultiViewTransform',
        views=[['$affine', '$random_erasing'], ['$affine', '$mirror', '$random_erasing']],
    ),
    '$pack_views',
]
one_view_pipeline = [
    '$load',
    '$crop',
    '$resize',
    dict(type='RandomFlip', prob=0.5, direction='horizontal'),
    '$random_erasing',
    '$pack',
]
# PLL-FER's fine-tuning, on which its paper is silent: as MAE's, but for crops that keep at least
# half of the aligned face (ImageNet's keep 8 %), and without Mixup, CutMix and label smoothing,
# which would mix the candidates of several images.
finetune_pipeline = [
    '$load',
    '$crop',
    '$resize',
    dict(type='RandomResizedCrop', scale='$image_size', crop_ratio_range=(0.5, 1.0)),
    dict(type='RandomFlip', prob=0.5, direction='horizontal'),
    dict(
        type='RandAugment',
        policies='timm_increasing',
        num_policies=2,
        total_level=10,
        magnitude_level=9,
        magnitude_std=0.5,
        hparams=dict(pad_val=[104, 116, 124], interpolation='bicubic'),
    ),
    dict(
        type='RandomErasing',
        erase_prob=0.25,
        mode='rand',
        min_area_ratio=0.02,
        max_area_ratio=1 / 3,
        fill_color=[103.53, 116.28, 123.675],
        fill_std=[57.375, 57.12, 58.395],
    ),
    '$pack',
]
test_pipeline = ['$load', '$crop', '$resize', dict(type='PackInputs')]

# What the field reports: overall accuracy, and the mean over classes.
val_evaluator = [
    dict(type='Accuracy', topk=(1,)),
    dict(type='MeanClassAccuracy'),
]
test_evaluator = val_evaluator
