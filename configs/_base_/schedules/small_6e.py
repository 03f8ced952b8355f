# For ferplus8_small.py: 6 epochs at a higher lr, the classifier's five times it.
_base_ = 'adam_exp_60e.py'

total_batch_size = 48
optim_wrapper = dict(
    optimizer=dict(lr=5e-4), paramwise_cfg=dict(custom_keys={'head': dict(lr_mult=5.0)})
)
param_scheduler = dict(type='ExponentialLR', gamma=0.85, by_epoch=True)
train_cfg = dict(max_epochs=6)
