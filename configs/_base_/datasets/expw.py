# ExpW, 7 classes, faces by the boxes of its list. Its owners gave no split: 80 % of the
# pictures for training, 20 % for testing, by their names (held_out_share of both loaders;
# split='all' of the test loader for a model of another data set). The folder:
# environment variable EXPW_ROOT, or --cfg-options data_root=PATH.
_base_ = 'pipelines.py'

data_root = '{{$EXPW_ROOT:data/expw}}'
num_classes = 7
image_size = 224

train_dataloader = dict(
    batch_size=32,
    num_workers=4,
    dataset=dict(type='ExpW', data_root='$data_root', split='train', pipeline='$train_pipeline'),
    sampler=dict(type='DefaultSampler', shuffle=True),
)
val_dataloader = dict(
    batch_size=64,
    num_workers=4,
    dataset=dict(
        type='ExpW',
        data_root='$data_root',
        split='test',
        test_mode=True,
        pipeline='$test_pipeline',
    ),
    sampler=dict(type='DefaultSampler', shuffle=False),
)
test_dataloader = val_dataloader
