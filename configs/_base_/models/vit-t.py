# The same with a ViT-T/16.
_base_ = 'vit-b.py'

model = dict(
    backbone=dict(arch='deit-tiny'),
    head=dict(in_channels=192, heads=3))
