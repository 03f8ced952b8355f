# The README's small comparison, which two CPU cores finish: MobileFaceNet from face weights, 3 000
# images, 30 % symmetric noise, 6 epochs.
_base_ = [
    '../_base_/datasets/ferplus8_small.py',
    '../_base_/backbones/mobilefacenet.py',
    '../_base_/methods/coteaching.py',
    '../_base_/schedules/small_6e.py',
    '../_base_/small_runtime.py',
]

model = dict(_base_.method, data_preprocessor=dict(channels_last=True))
