"""Small models of masked images."""

import torch
from mmpretrain.registry import MODELS

TINY = dict(embed_dims=24, num_layers=2, num_heads=3, feedforward_channels=48)


def mae_style(size=48, patch=16, target=None, **backbone):
    return MODELS.build(
        dict(
            type='MaskFeatMAE',
            backbone=dict(
                type='VisiblePatchViT', arch=TINY, img_size=size, patch_size=patch, **backbone
            ),
            neck=dict(decoder_embed_dim=16, decoder_num_heads=2),
            target_generator=target,
        )
    )


def token_style(size=48, patch=16, target=None, **model):
    return MODELS.build(
        dict(
            type='MaskFeatTokens',
            backbone=dict(type='MaskFeatViT', arch=TINY, img_size=size, patch_size=patch),
            target_generator=target,
            **model,
        )
    )


def started(model):
    """With weights that are not all alike: the host's first ones have zeros."""
    model.init_weights()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.requires_grad:
                parameter.add_(0.05 * torch.randn(parameter.shape))
    return model


def pixels_of(mask, size, patch):
    """(N, 1, H, W), 1 in masked patches."""
    side = size // patch
    squares = mask.float().view(-1, 1, side, side)
    return squares.repeat_interleave(patch, 2).repeat_interleave(patch, 3)
