"""Channels of the pictures: three of colour, one of grey ones, as many as the network takes."""

import inspect

from mmpretrain.registry import MODELS
from torch import Tensor, nn

GREY = (
    'One channel: load = dict(color_type="grayscale"), model.backbone.in_channels=1, and '
    'model.data_preprocessor with one number each in mean and std; three channels, also of grey '
    'files: leave color_type, in_channels, mean and std out'
)


def input_channels(backbone: dict | nn.Module | None) -> int | None:
    """The channels that a backbone's config, or its default, says that it takes; None where nobody
    says it."""
    if not isinstance(backbone, dict):
        return None
    if 'in_channels' in backbone:
        return backbone['in_channels']
    kind = backbone.get('type')
    kind = MODELS.get(kind) if isinstance(kind, str) else kind
    known = inspect.signature(kind.__init__).parameters.get('in_channels') if kind else None
    return known.default if known and isinstance(known.default, int) else None


def check_normalisation(channels: int | None, mean: Tensor | None) -> None:
    """Raises ValueError where mean and std have other channels than the network: the first step
    would end in an error of its first layer. One number is for all channels."""
    if channels and mean is not None and len(mean) not in (1, channels):
        raise ValueError(
            f'model.data_preprocessor has mean and std of {len(mean)} channels, and '
            f'model.backbone.in_channels={channels}. {GREY}'
        )


def check_channels(channels: int | None, inputs: Tensor | list[Tensor]) -> None:
    """Raises ValueError on pictures (N, C, H, W) of other channels than the network takes."""
    for batch in [inputs] if isinstance(inputs, Tensor) else inputs:
        if channels and batch.dim() == 4 and batch.size(1) != channels:
            raise ValueError(
                f'the pictures have {batch.size(1)} channel(s), and '
                f'model.backbone.in_channels={channels}. {GREY}'
            )
