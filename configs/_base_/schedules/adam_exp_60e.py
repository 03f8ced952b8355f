# EAC's, NLA's and CLEX's recipe: Adam 1e-4, weight decay 1e-4, x .9 an epoch, 60 epochs, batch 32.
#
# On several GPUs tools/train.py keeps the published batch: 32 in all, so 8 images on each of 4
# GPUs, and the learning rate stays 1e-4 (batch-norm statistics are each GPU's own). For larger
# batches say so:
# --cfg-options total_batch_size=128, with --auto-scale-lr for a learning rate that grows with it,
# which the papers did not try.
total_batch_size = 32
auto_scale_lr = dict(base_batch_size=32)

optim_wrapper = dict(optimizer=dict(type='Adam', lr=1e-4, weight_decay=1e-4))
param_scheduler = dict(type='ExponentialLR', gamma=0.9, by_epoch=True)
train_cfg = dict(by_epoch=True, max_epochs=60, val_interval=1)
val_cfg = dict()
test_cfg = dict()
