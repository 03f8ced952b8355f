# Faces of your own: copy this file, set `classes` and `faces`. The recipe is in
# README.md. data_root: environment variable MMFER_OWN_DATA, or write it here.
_base_ = [
    '../_base_/datasets/pipelines.py',
    '../_base_/models/resnet18_clex.py',
    '../_base_/schedules/adam_exp_60e.py',
    '../_base_/default_runtime.py',
]

classes = ('angry', 'happy', 'neutral', 'sad')
faces = dict(
    type='FERFolder',
    data_root='{{$MMFER_OWN_DATA:data/own}}',
    ann_file='labels.csv',  # '' for class folders
    classes=classes)

train_dataloader = dict(
    batch_size=32,
    num_workers=4,
    dataset=dict(**faces, split='train', pipeline=_base_.two_view_pipeline),
    sampler=dict(type='DefaultSampler', shuffle=True))
val_dataloader = dict(
    batch_size=64,
    num_workers=4,
    dataset=dict(
        **faces, split='valid', test_mode=True, pipeline=_base_.test_pipeline),
    sampler=dict(type='DefaultSampler', shuffle=False))
test_dataloader = val_dataloader
model = dict(head=dict(num_classes=len(classes)))
