# What EAC's public code adds on noisy labels: pixel noise in the first view,
# with probability .5.
_base_ = 'clex_r18_rafdb_noise30.py'

train_dataloader = dict(dataset=dict(pipeline=_base_.pixel_noise_pipeline))
