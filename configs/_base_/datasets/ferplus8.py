# FERPlus, 8 classes, trained on Train + Valid (28 236 images, the public list
# of RAN and SCN), tested on Test (3 137). The folder: environment variable
# FERPLUS_ROOT, or --cfg-options data_root=PATH.
# Other protocols: split='train' (25 045; the training loader), and for all
# three loaders rule='argmax', vote_file='fer2013new.csv'; without contempt:
# ferplus7.py.
_base_ = 'pipelines.py'

data_root = '{{$FERPLUS_ROOT:data/ferplus}}'
num_classes = 8
image_size = 224

train_dataloader = dict(
    batch_size=32,
    num_workers=4,
    dataset=dict(
        type='FERPlus', data_root='$data_root', split='train+valid', pipeline='$train_pipeline'
    ),
    sampler=dict(type='DefaultSampler', shuffle=True),
)
val_dataloader = dict(
    batch_size=64,
    num_workers=4,
    dataset=dict(
        type='FERPlus',
        data_root='$data_root',
        split='test',
        test_mode=True,
        pipeline='$test_pipeline',
    ),
    sampler=dict(type='DefaultSampler', shuffle=False),
)
test_dataloader = val_dataloader
