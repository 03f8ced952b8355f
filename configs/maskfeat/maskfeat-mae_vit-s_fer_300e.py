# 300 epochs, as MaskFeat's own recipe has.
_base_ = 'maskfeat-mae_vit-s_fer_600e.py'

param_scheduler = _base_.param_scheduler
param_scheduler[1].update(T_max=270, end=300)
train_cfg = dict(max_epochs=300)
