# EAC on FERPlus without contempt, as EAC and its followers use it, ResNet-18. lr 2e-4 as its README
# says of ResNet-18. With --noise also:
# --cfg-options train_pipeline='$pixel_noise_pipeline'
_base_ = [
    '../_base_/datasets/ferplus7.py',
    '../_base_/backbones/r18.py',
    '../_base_/methods/eac.py',
    '../_base_/schedules/adam_exp_60e.py',
    '../_base_/default_runtime.py',
]

model = _base_.method
optim_wrapper = dict(optimizer=dict(lr=2e-4))
