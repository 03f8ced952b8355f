# RAF-DB, 7 classes. The folder: environment variable RAFDB_ROOT, or
# --cfg-options data_root=PATH.
_base_ = 'pipelines.py'

data_root = '{{$RAFDB_ROOT:data/rafdb}}'
num_classes = 7
image_size = 224

train_dataloader = dict(
    batch_size=32,
    num_workers=4,
    dataset=dict(type='RAFDB', data_root='$data_root', split='train', pipeline='$train_pipeline'),
    sampler=dict(type='DefaultSampler', shuffle=True),
)
val_dataloader = dict(
    batch_size=64,
    num_workers=4,
    dataset=dict(
        type='RAFDB',
        data_root='$data_root',
        split='test',
        test_mode=True,
        pipeline='$test_pipeline',
    ),
    sampler=dict(type='DefaultSampler', shuffle=False),
)
test_dataloader = val_dataloader
