"""What passes between preprocessor, classifier and heads."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from ..functional import move_points


class Geometry(NamedTuple):
    """How a view lies to the first view of the same images, and to the image.

    ``mirrored`` (N,) bool. ``theta`` (N, 2, 3) or None: None says that every relation in the batch
    is the identity or the mirror, known before the batch goes to the device, so that no step waits
    for it. ``matrix`` (N, 3, 3) maps points of the image to the view, see
    :mod:`mmfer.functional.geometry`.
    """

    mirrored: Tensor
    theta: Tensor | None = None
    matrix: Tensor | None = None

    def locate(self, points: Tensor, swap: Sequence[int] | None = None) -> Tensor:
        """Landmarks of the image in the frame of this view.

        Args:
            points: (N, P, 2), x and y from -1 to 1 between the outer edges.
            swap: P places; where the image is mirrored in this view, point i is the one that was
                ``swap[i]``: left and right change names.

        Returns:
            (N, P, 2), beyond -1 and 1 where the view's frame cut them.

        Raises:
            ValueError: where nobody recorded what was done to the view.
        """
        if self.matrix is None:
            raise ValueError(
                'the samples do not tell how their views were made; use MultiViewTransform, and '
                "'view_matrix' in the algorithm_keys of PackInputs"
            )
        moved = move_points(points, self.matrix)
        if swap is None:
            return moved
        # a mirror turns the orientation round, also one that comes with a rotation
        turned = torch.linalg.det(self.matrix[:, :2, :2]) < 0
        return torch.where(turned[:, None, None], moved[:, list(swap)], moved)


class View(NamedTuple):
    """One view of a batch after a network.

    ``stages``: all that the backbone gives. ``embed`` (N, D), the head's ``pre_logits``, before the
    classifier. ``logits`` (N, K); None of an average, which has no classifier. ``code``: the head's
    ``project(embed)``, for contrastive terms, None without one. ``geometry`` is None where the
    pipeline did not record it.
    """

    stages: tuple[Tensor, ...]
    embed: Tensor
    logits: Tensor | None
    geometry: Geometry | None = None
    code: Tensor | None = None

    @property
    def feat(self) -> Tensor:
        """The last feature map (N, D, H, W), or the last tokens."""
        return self.stages[-1]


class Targets(NamedTuple):
    """What a method may learn from: ``label`` (N,) the given label, ``soft`` (N, K) a distribution
    over the classes (``gt_score``) or None, ``index`` (N,) the row of each image in its data set or
    None, ``extra`` what the head's ``extra`` asks for by name: ``landmarks`` (N, P, 2), ...

    ``draw`` (N,): the number of this draw of each image, another in each epoch, or None: what a
    method draws for a sample follows from it (:func:`~mmfer.functional.uniform_of`), so that
    several processes draw what one draws."""

    label: Tensor
    soft: Tensor | None = None
    index: Tensor | None = None
    extra: dict[str, Tensor] = {}
    draw: Tensor | None = None

    @property
    def given(self) -> Tensor:
        """What a cross-entropy learns from: ``soft`` where the batch has it (votes, mixed images),
        else ``label``."""
        return self.label if self.soft is None else self.soft
