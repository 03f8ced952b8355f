# For two CPU cores: the first 3 000 images of FERPlus Train, 48 px, 5 epochs;
# tested on Valid. Makes the candidate sets of the README, from whose folds it
# trains: tools/dataset_tools/make_candidates.py.
_base_ = 'ce_mobilefacenet_ferplus.py'

train_pipeline, test_pipeline = _base_.train_pipeline, _base_.test_pipeline
train_pipeline[1].scale = test_pipeline[1].scale = 48
total_batch_size = 48
train_dataloader = dict(
    batch_size=total_batch_size,
    num_workers=1,
    dataset=dict(split='train', indices=3000, pipeline=train_pipeline))
val_dataloader = dict(
    num_workers=1, dataset=dict(split='valid', pipeline=test_pipeline))
test_dataloader = val_dataloader

optim_wrapper = dict(
    optimizer=dict(lr=5e-4),
    paramwise_cfg=dict(custom_keys={'head': dict(lr_mult=5.)}))
param_scheduler = dict(type='ExponentialLR', gamma=.85, by_epoch=True)
train_cfg = dict(max_epochs=5)
default_hooks = dict(
    logger=dict(interval=10), checkpoint=dict(max_keep_ckpts=1))
