_base_ = 'ce_r18_affectnet7.py'

train_dataloader = dict(
    dataset=dict(noise=dict(kind='symmetric', rate=.3, seed=0)))
