# What EAC's public code does on clean labels: the second view is the mirror of
# the erased first one.
_base_ = 'clex_r18_rafdb.py'

train_dataloader = dict(
    dataset=dict(pipeline=_base_.shared_erasing_pipeline))
