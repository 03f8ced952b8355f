# Faces of your own: a leaf sets classes and num_classes, data_root
# and ann_file, see configs/own.
_base_ = 'pipelines.py'

classes = ('angry', 'happy', 'neutral', 'sad')
num_classes = len(classes)
image_size = 224
data_root = '{{$MMFER_OWN_DATA:data/own}}'
ann_file = 'labels.csv'  # '' for class folders
data_prefix = None  # the folder below data_root that the table's paths start from
columns = dict()  # of the table that are called otherwise: dict(path=, label=, split=)
id_base = None  # the id of the first class, where the ids do not tell
val_split = 'valid'  # of the folders, or of the table's column: each epoch is validated on it
test_split = '$val_split'  # tools/test.py
on_missing = 'raise'  # 'skip' trains without images that are not there

train_dataloader = dict(
    batch_size=32,
    num_workers=4,
    dataset=dict(
        type='FERFolder',
        data_root='$data_root',
        ann_file='$ann_file',
        data_prefix='$data_prefix',
        classes='$classes',
        columns='$columns',
        id_base='$id_base',
        split='train',
        on_missing='$on_missing',
        pipeline='$train_pipeline',
    ),
    sampler=dict(type='DefaultSampler', shuffle=True),
)
val_dataloader = dict(
    batch_size=64,
    num_workers=4,
    dataset=dict(
        type='FERFolder',
        data_root='$data_root',
        ann_file='$ann_file',
        data_prefix='$data_prefix',
        classes='$classes',
        columns='$columns',
        id_base='$id_base',
        split='$val_split',
        test_mode=True,
        pipeline='$test_pipeline',
    ),
    sampler=dict(type='DefaultSampler', shuffle=False),
)
test_dataloader = dict(val_dataloader, dataset=dict(val_dataloader['dataset'], split='$test_split'))
