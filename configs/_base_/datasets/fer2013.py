# FER2013, 7 classes, its own labels: trained on Training (28 709 images), tested on
# PrivateTest (3 589), as papers report. The folder: environment variable
# FER2013_ROOT, or --cfg-options data_root=PATH. The mirrors' whole test folder:
# split='valid+test' of the test loader.
_base_ = 'pipelines.py'

data_root = '{{$FER2013_ROOT:data/fer2013}}'
num_classes = 7
image_size = 224

train_dataloader = dict(
    batch_size=32,
    num_workers=4,
    dataset=dict(type='FER2013', data_root='$data_root', split='train', pipeline='$train_pipeline'),
    sampler=dict(type='DefaultSampler', shuffle=True),
)
val_dataloader = dict(
    batch_size=64,
    num_workers=4,
    dataset=dict(
        type='FER2013',
        data_root='$data_root',
        split='test',
        test_mode=True,
        pipeline='$test_pipeline',
    ),
    sampler=dict(type='DefaultSampler', shuffle=False),
)
test_dataloader = val_dataloader
