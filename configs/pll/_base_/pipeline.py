# How the training images are varied, on which the paper is silent: as MAE's
# fine-tuning, but for crops that keep at least half of the aligned face
# (ImageNet's keep 8 %), and without Mixup, CutMix and label smoothing, which
# would mix the candidates of several images.
finetune_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='Resize', scale=224),
    dict(type='RandomResizedCrop', scale=224, crop_ratio_range=(.5, 1.)),
    dict(type='RandomFlip', prob=.5, direction='horizontal'),
    dict(
        type='RandAugment',
        policies='timm_increasing',
        num_policies=2,
        total_level=10,
        magnitude_level=9,
        magnitude_std=.5,
        hparams=dict(pad_val=[104, 116, 124], interpolation='bicubic')),
    dict(
        type='RandomErasing',
        erase_prob=.25,
        mode='rand',
        min_area_ratio=.02,
        max_area_ratio=1 / 3,
        fill_color=[103.53, 116.28, 123.675],
        fill_std=[57.375, 57.12, 58.395]),
    dict(type='PackInputs', algorithm_keys=('clean_label', 'votes')),
]
