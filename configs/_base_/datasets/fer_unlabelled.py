# Faces without labels: the training images of RAF-DB, FERPlus and AffectNet in one list. Their
# folders: environment variables RAFDB_ROOT, FERPLUS_ROOT and AFFECTNET_ROOT. Fewer sets:
# train_dataloader = dict(dataset=dict(datasets= [...])) in a leaf. What is tested on is refused,
# and copies of it are left out: see UnlabelledFER. FERPlus is 'train+valid' as in ferplus8.py,
# tested on Test; who chooses by Valid pre-trains on split='train'. rule='argmax' takes its images
# without a majority of votes in, too.
image_size = 224
faces = [
    dict(type='RAFDB', data_root='{{$RAFDB_ROOT:data/rafdb}}', split='train'),
    dict(type='FERPlus', data_root='{{$FERPLUS_ROOT:data/ferplus}}', split='train+valid'),
    dict(type='AffectNet', data_root='{{$AFFECTNET_ROOT:data/affectnet}}', split='train'),
]

crop_ratio_range = (0.5, 1.0)  # MaskFeat's: at least half of the area
# The box is AffectNet's original release's; other faces are cropped already and left alone.
mim_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='CropFaceBox'),
    dict(
        type='RandomResizedCrop',
        scale='$image_size',
        crop_ratio_range='$crop_ratio_range',
        interpolation='bicubic',
    ),
    dict(type='RandomFlip', prob=0.5, direction='horizontal'),
    dict(type='PackInputs'),
]
# SimMIM's: with the mask of each picture, in squares of 16 px
simmim_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='CropFaceBox'),
    dict(
        type='RandomResizedCrop',
        scale='$image_size',
        crop_ratio_range='$crop_ratio_range',
        interpolation='bicubic',
    ),
    dict(type='RandomFlip', prob=0.5, direction='horizontal'),
    dict(
        type='SimMIMMaskGenerator',
        input_size='$image_size',
        mask_patch_size=16,
        model_patch_size=16,
        mask_ratio=0.75,
    ),
    dict(type='PackInputs'),
]
train_pipeline = '$mim_pipeline'

train_dataloader = dict(
    batch_size=192,
    num_workers=8,
    dataset=dict(type='UnlabelledFER', datasets=faces, copies='drop', pipeline='$train_pipeline'),
    sampler=dict(type='DefaultSampler', shuffle=True),
)
