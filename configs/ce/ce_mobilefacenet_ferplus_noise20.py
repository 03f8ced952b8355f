_base_ = 'ce_mobilefacenet_ferplus.py'

train_dataloader = dict(
    dataset=dict(noise=dict(kind='symmetric', rate=.2, seed=0)))
