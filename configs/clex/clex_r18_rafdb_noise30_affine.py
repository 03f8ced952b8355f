# Views that differ by more than a mirror: a small rotation, scale and shift
# each; attention consistency aligns the maps by what was done.
_base_ = 'clex_r18_rafdb_noise30.py'

affine = dict(type='FaceAffine', degrees=10., scale=(.9, 1.1), shift=.05)
train_pipeline = _base_.two_view_pipeline
train_pipeline[2].views = [[affine, *view]
                           for view in train_pipeline[2].views]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
