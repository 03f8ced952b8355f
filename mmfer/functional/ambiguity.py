"""Which images are ambiguous, judged by a model that did not see them.

GAAVE (geometry-aware adversarial vulnerability estimation) counts how many steps of an attack a
prediction survives. Of its paper, the abstract and a caption were to be had: the count includes the
starting point, the example has four steps; how it tells ambiguous images is a reading.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from .arguments import check_number


class Attack(NamedTuple):
    """``logits`` (N, C) float32 of the images as they are, ``kappa`` (N,) int64, and
    ``adversarial``, the images after the last step."""

    logits: Tensor
    kappa: Tensor
    adversarial: Tensor


def pgd_step(
    images: Tensor,
    start: Tensor,
    gradient: Tensor,
    alpha: Tensor,
    eps: Tensor,
    low: Tensor,
    high: Tensor,
) -> Tensor:
    """One step of projected gradient ascent in the maximum norm: x' = clip(x + alpha sign(g), start
    - eps, start + eps), then to the values that an image can have.

    Args:
        images, start, gradient: (N, C, H, W); the present images, those at the start, the gradient
            of the loss by the former.
        alpha, eps, low, high: step, radius, lowest and highest value, in units of ``images`` and of
            a shape that fits, such as (C, 1, 1).

    >>> one = torch.ones(1)
    >>> pgd_step(.5 * one, .3 * one, -one, .1 * one, .3 * one, 0 * one, one)
    tensor([0.4000])
    """
    moved = images + alpha * gradient.sign()
    moved = torch.maximum(torch.minimum(moved, start + eps), start - eps)
    return torch.maximum(torch.minimum(moved, high), low)


def steps_kept(predictions: Tensor, labels: Tensor) -> Tensor:
    """kappa_i = sum_t 1[prediction_it = y_i], over the start and T steps.

    Args:
        predictions: (T + 1, N) class ids; the first row is of the start.
        labels: (N,) class ids.

    Returns:
        (N,) int64, 0 (never the label) to T + 1 (always).

    >>> steps_kept(torch.tensor([[1, 0], [1, 1], [0, 1]]), torch.tensor([1, 1]))
    tensor([2, 2])
    """
    return (predictions == labels).sum(dim=0)


def attack(
    forward: Callable[[Tensor], Tensor],
    images: Tensor,
    labels: Tensor,
    steps: int,
    alpha: Tensor,
    eps: Tensor,
    low: Tensor,
    high: Tensor,
) -> Attack:
    """kappa by PGD: x_t+1 = P(x_t + alpha sign grad CE(f(x_t), y)).

    All images take all steps, also those whose prediction has changed, as in the code of
    geometry-aware training (GAIRAT, ICLR 2021). Nothing is drawn.

    Args:
        forward: images to logits (N, C); a model in evaluation mode.
        labels: (N,) the given class ids.
        steps: T, at least 0.
        alpha, eps, low, high: of :func:`pgd_step`.

    Raises:
        ValueError: on a negative number of steps.

    >>> flat = torch.tensor([[1., -1.]])  # class 0 where x > 0
    >>> x, one = torch.tensor([[.25], [.05]]), torch.ones(1)
    >>> attack(lambda x: x @ flat, x, torch.tensor([0, 0]), 4, .1 * one,
    ...        one, -one, one).kappa  # .25, .15, .05, -.05 ...; .05, -.05 ...
    tensor([3, 1])
    """
    steps = check_number('steps', steps, least=0, whole=True)
    now = start = images.detach()
    seen = []
    for _ in range(steps):
        now = now.detach().requires_grad_()
        with torch.enable_grad():
            logits = forward(now).float()
            # A sum: an image's gradient does not depend on the batch.
            loss = F.cross_entropy(logits, labels, reduction='sum')
            (gradient,) = torch.autograd.grad(loss, now)
        seen.append(logits.detach())
        now = pgd_step(now.detach(), start, gradient, alpha, eps, low, high)
    with torch.no_grad():
        seen.append(forward(now).float())
    predictions = torch.stack([logits.argmax(dim=1) for logits in seen])
    return Attack(seen[0], steps_kept(predictions, labels), now)


def prediction_margin(logits: np.ndarray) -> np.ndarray:
    """How far the likeliest class is ahead, of logits (N, C), C >= 2: p_(1) - p_(2), p =
    softmax(logits); (N,) float64.

    >>> prediction_margin([[0., 0.], [np.log(3), 0.]]).round(6).tolist()
    [0.0, 0.5]
    """
    logits = np.asarray(logits, dtype=np.float64)
    p = np.exp(logits - logits.max(axis=1, keepdims=True))
    p = np.sort(p / p.sum(axis=1, keepdims=True), axis=1)
    return p[:, -1] - p[:, -2]


def stratified_folds(
    labels: np.ndarray, num_folds: int, seed: int, groups: np.ndarray | None = None
) -> np.ndarray:
    """The fold of each image, each class spread evenly over the folds.

    Args:
        labels: (N,) class ids.
        num_folds: at least 2.
        groups: (N,) ids; images of one group, such as copies of a file, share the first one's fold.

    Returns:
        (N,) int64 in [0, num_folds).

    Raises:
        ValueError: on fewer than 2 folds, or fewer groups than folds.

    >>> folds = stratified_folds([0, 0, 1, 1], 2, seed=0)
    >>> sorted(folds[:2].tolist()), sorted(folds[2:].tolist())
    ([0, 1], [0, 1])
    """
    labels = np.asarray(labels, dtype=np.int64)
    groups = np.arange(len(labels)) if groups is None else np.asarray(groups)
    _, first, group_of = np.unique(groups, return_index=True, return_inverse=True)
    if not 2 <= num_folds <= len(first):
        raise ValueError(
            f'{num_folds} folds of {len(first)} different images; allowed: 2 or more, and not more '
            'than images'
        )
    order = np.random.RandomState(seed).permutation(len(first))
    by_class = order[np.argsort(labels[first[order]], kind='stable')]
    # One deal over the classes in turn: the folds' sizes differ by one.
    fold = np.empty(len(first), dtype=np.int64)
    fold[by_class] = np.arange(len(first)) % num_folds
    return fold[group_of.reshape(-1)]
