# The same with a ViT-S/16.
_base_ = 'vit-b.py'

model = dict(
    backbone=dict(arch='deit-small'),
    head=dict(in_channels=384, heads=6))
