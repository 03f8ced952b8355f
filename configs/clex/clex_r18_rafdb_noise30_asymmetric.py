# A class turns into the one that it is confused with (LA-Net's map): harder
# than the same rate of symmetric noise.
_base_ = 'clex_r18_rafdb.py'

train_dataloader = dict(
    dataset=dict(noise=dict(kind='asymmetric', rate=.3, seed=0)))
