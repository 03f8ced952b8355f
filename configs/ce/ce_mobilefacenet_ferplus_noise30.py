_base_ = 'ce_mobilefacenet_ferplus.py'

train_dataloader = dict(
    dataset=dict(noise=dict(kind='symmetric', rate=.3, seed=0)))
