# A cell of the paper's main table: 20 % symmetric noise.
_base_ = 'clex_r18_ferplus8.py'

train_dataloader = dict(dataset=dict(noise=dict(kind='symmetric', rate=0.2, seed=0)))
