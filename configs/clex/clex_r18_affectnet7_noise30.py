# A cell of the paper's main table: 30 % symmetric noise.
_base_ = 'clex_r18_affectnet7.py'

train_dataloader = dict(dataset=dict(noise=dict(kind='symmetric', rate=0.3, seed=0)))
