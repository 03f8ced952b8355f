# MoCo's: SGD .03 at batch 256, momentum .9, weight decay 1e-4, cosine over 200 epochs. The
# published batch is kept on several GPUs: see adam_exp_60e.py.
total_batch_size = 256
auto_scale_lr = dict(base_batch_size=256)

optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.03, momentum=0.9, weight_decay=1e-4))
param_scheduler = dict(type='CosineAnnealingLR', T_max=200, by_epoch=True, begin=0, end=200)
train_cfg = dict(by_epoch=True, max_epochs=200)
