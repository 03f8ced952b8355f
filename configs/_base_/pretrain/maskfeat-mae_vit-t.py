# As maskfeat-mae_vit-b.py, with ViT-T and a quarter of the decoder's width.
_base_ = 'maskfeat-mae_vit-b.py'

model = dict(
    backbone=dict(arch=dict(embed_dims=192, num_heads=3, feedforward_channels=768)),
    neck=dict(decoder_embed_dim=128, decoder_num_heads=4),
)
