_base_ = 'ce_r18_affectnet8.py'

train_dataloader = dict(
    dataset=dict(noise=dict(kind='symmetric', rate=.1, seed=0)))
