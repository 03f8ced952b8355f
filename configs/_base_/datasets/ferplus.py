# FERPlus, 8 classes, trained on Train + Valid (28 236 images, the public list
# of RAN and SCN), tested on Test (3 137). The folder: environment variable
# FERPLUS_ROOT, or --cfg-options train_dataloader.dataset.data_root=...
# Other protocols: split='train' (25 045; the training loader), and for all
# three loaders contempt=False (configs/clex/clex_r18_ferplus7_noise30.py),
# rule='argmax', vote_file='fer2013new.csv'.
_base_ = 'pipelines.py'

data_root = '{{$FERPLUS_ROOT:data/ferplus}}'
num_classes = 8

train_dataloader = dict(
    batch_size=32,
    num_workers=4,
    dataset=dict(
        type='FERPlus',
        data_root=data_root,
        split='train+valid',
        pipeline={{_base_.two_view_pipeline}}),
    sampler=dict(type='DefaultSampler', shuffle=True))
val_dataloader = dict(
    batch_size=64,
    num_workers=4,
    dataset=dict(
        type='FERPlus',
        data_root=data_root,
        split='test',
        test_mode=True,
        pipeline={{_base_.test_pipeline}}),
    sampler=dict(type='DefaultSampler', shuffle=False))
test_dataloader = val_dataloader
