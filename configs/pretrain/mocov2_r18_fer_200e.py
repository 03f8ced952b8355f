# As mocov2_r50_fer_200e.py, ResNet-18.
_base_ = 'mocov2_r50_fer_200e.py'

model = dict(backbone=dict(depth=18), neck=dict(in_channels=512, hid_channels=512))
