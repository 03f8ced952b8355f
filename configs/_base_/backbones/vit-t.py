# As vit-b.py, ViT-T/16.
_base_ = 'vit-b.py'

in_channels = 192
model = dict(backbone=dict(arch='deit-tiny'))
