# As vit-b.py, ViT-S/16.
_base_ = 'vit-b.py'

in_channels = 384
model = dict(backbone=dict(arch='deit-small'))
