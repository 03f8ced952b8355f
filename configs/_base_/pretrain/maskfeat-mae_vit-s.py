# As maskfeat-mae_vit-b.py, with ViT-S and half of the decoder's width.
_base_ = 'maskfeat-mae_vit-b.py'

model = dict(
    backbone=dict(arch=dict(embed_dims=384, num_heads=6, feedforward_channels=1536)),
    neck=dict(decoder_embed_dim=256, decoder_num_heads=8),
)
