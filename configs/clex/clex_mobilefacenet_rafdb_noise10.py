_base_ = 'clex_mobilefacenet_rafdb.py'

train_dataloader = dict(
    dataset=dict(noise=dict(kind='symmetric', rate=.1, seed=0)))
