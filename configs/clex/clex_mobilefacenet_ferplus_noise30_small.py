# A comparison that two CPU cores finish: 3 000 images of FERPlus Train, 30 %
# symmetric noise, 80 px, 6 epochs, tested on all of Valid (Test stays
# untouched), MobileFaceNet from face weights. The row-* leaves switch parts
# off, as in the paper's ablation.
_base_ = 'clex_mobilefacenet_ferplus_noise30.py'

train_pipeline, test_pipeline = _base_.train_pipeline, _base_.test_pipeline
train_pipeline[1].scale = test_pipeline[1].scale = 80
model = dict(data_preprocessor=dict(channels_last=True))
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
train_cfg = dict(max_epochs=6)
default_hooks = dict(
    logger=dict(interval=10), checkpoint=dict(max_keep_ckpts=1))
