from typing import NamedTuple

import torch
from torch import Tensor, nn

from ..settings import whole_numbers
from .gathering import gather


class Kept(NamedTuple):
    """``features`` (size, width), ``labels`` (size,), and ``filled`` (size,) bool, False where
    nothing was put yet."""

    features: Tensor
    labels: Tensor
    filled: Tensor


class FeatureQueue(nn.Module):
    """A queue of features with their (pseudo) labels, first in, first out (MoCo, CVPR 2020; PiCO,
    ICLR 2022; LA-Net, ICCV 2023).

    Buffers: saved, resumed, and the same on every process. Empty places are marked instead of left
    out, so that no shape depends on the data.

    Args:
        size: features that are kept.
        width: of each.

    Raises:
        ValueError: on sizes below 1.
    """

    def __init__(self, size: int, width: int):
        super().__init__()
        size, width = whole_numbers(size=size, width=width)
        self.register_buffer('features', torch.zeros(size, width))
        self.register_buffer('labels', torch.full((size,), -1))
        self.register_buffer('count', torch.zeros((), dtype=torch.long))

    def read(self) -> Kept:
        """All places, as copies that later :meth:`put` leave alone."""
        places = torch.arange(len(self.features), device=self.count.device)
        return Kept(self.features.clone(), self.labels.clone(), places < self.count)

    @torch.compiler.disable
    @torch.no_grad()
    def put(self, features: Tensor, labels: Tensor | None = None) -> None:
        """Put a batch in, that of all processes, over the oldest.

        Args:
            features: (N, width); of more than ``size`` the last stay.
            labels: (N,) integers; -1 each where None.

        Raises:
            ValueError: where the shapes do not fit; on all processes.
        """
        size, width = self.features.shape
        if labels is None:
            labels = features.new_full((len(features),), -1, dtype=torch.long)
        fault = None
        if features.shape != (len(labels), width):
            fault = ValueError(
                f'features of shape {tuple(features.shape)} and {len(labels)} labels; expected '
                f'({len(labels)}, {width})'
            )
        features, labels = gather(features, labels, fault=fault)
        skipped = max(len(features) - size, 0)
        steps = torch.arange(skipped, len(features), device=self.count.device)
        places = (self.count + steps) % size
        self.features.index_copy_(0, places, features[skipped:].to(self.features.dtype))
        self.labels.index_copy_(0, places, labels[skipped:].long())
        self.count += len(features)
