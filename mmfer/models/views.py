"""What passes between preprocessor, classifier and heads."""

from typing import NamedTuple, Optional

from torch import Tensor


class Geometry(NamedTuple):
    """How a view lies to the first view of the same images.

    ``mirrored`` (N,) bool. ``theta`` (N, 2, 3) or None: None says that every
    relation in the batch is the identity or the mirror, known before the
    batch goes to the device, so that no step waits for it.
    """

    mirrored: Tensor
    theta: Optional[Tensor] = None


class View(NamedTuple):
    """One view of a batch after the network: ``feat`` (N, D, H, W) is the
    last feature map, ``logits`` (N, C); ``geometry`` is None where the
    pipeline did not record it."""

    feat: Tensor
    logits: Tensor
    geometry: Optional[Geometry] = None


class Targets(NamedTuple):
    """What a method may learn from: ``label`` (N,) the given label, ``soft``
    (N, C) a distribution over classes (``gt_score``) or None, ``index`` (N,)
    the row of each image in its data set or None."""

    label: Tensor
    soft: Optional[Tensor] = None
    index: Optional[Tensor] = None
