# As maskfeat_vit-b.py, with ViT-T.
_base_ = 'maskfeat_vit-b.py'

model = dict(backbone=dict(arch=dict(embed_dims=192, num_heads=3, feedforward_channels=768)))
