"""Losses of one sample each: logits and a target in, (N,) out, float32 or better.

:data:`LOSSES` holds them by name, for ``loss=dict(type='SampleLoss', fn=...)`` of any head. A class
id as target is the distribution with all in one class.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from .arguments import at_least_float32, check_number


def cross_entropy(logits: Tensor, target: Tensor) -> Tensor:
    """Cross-entropy with a label, or with a confidence in each class (PLL-FER, arXiv 2209.15402,
    eq. 1; the same in PRODEN, ICML 2020).

    ``L_i = - sum_j c_ij log softmax(o_i)_j``.

    Args:
        logits: (N, K).
        target: (N,) class ids, or (N, K) rows that sum to 1; no gradient flows into it.

    >>> loss = cross_entropy(torch.zeros(1, 2), torch.tensor([[.5, .5]]))
    >>> round(loss.item(), 4)
    0.6931
    """
    logits = at_least_float32(logits)
    if target.dim() == 1:
        return F.cross_entropy(logits, target, reduction='none')
    return -_expect(logits.log_softmax(dim=1), target)


def generalised_cross_entropy(logits: Tensor, target: Tensor, q: float = 0.7) -> Tensor:
    """GCE (NeurIPS 2018, eq. 6): between cross-entropy and the absolute error.

    ``L_i = sum_j t_ij (1 - p_ij^q) / q``, untruncated, from 0 to 1 / q. At ``q = 1`` it is ``1 -
    p_y``, half of the mean absolute error; towards ``q = 0`` it is cross-entropy.

    Args:
        logits, target: of :func:`cross_entropy`.
        q: in (0, 1]; .7 as published.

    Raises:
        ValueError: on a q outside (0, 1].

    >>> round(generalised_cross_entropy(torch.zeros(1, 2), torch.tensor([1]), q=1.).item(), 4)
    0.5
    """
    check_number('q', q, above=0, most=1, hint='e.g. .7')
    log_p = at_least_float32(logits).log_softmax(dim=1)
    # p^q by the logarithm: at p = 0 its gradient is 0, not infinite
    return _expect((1 - (q * log_p).exp()) / q, target)


def symmetric_cross_entropy(
    logits: Tensor, target: Tensor, alpha: float = 0.1, beta: float = 1.0, floor: float = -4.0
) -> Tensor:
    """SCE (ICCV 2019, eq. 7): cross-entropy, and with the places exchanged.

    ``L_i = alpha CE(t, p) - beta sum_j p_ij max(log t_ij, floor)``. With a class id the second term
    is ``-floor (1 - p_y)``.

    Differs from: the public code takes log 1e-4 (-9.2) for log 0, the paper -4; pass ``floor`` for
    the other.

    Args:
        logits, target: of :func:`cross_entropy`.
        alpha, beta: weights; .1 and 1, published for CIFAR-10 (CIFAR-100: 6 and .1).
        floor: what log 0 is taken for, below 0 (A in the paper).

    Raises:
        ValueError: on a floor that is not below 0, or a negative weight.

    >>> round(symmetric_cross_entropy(torch.zeros(1, 2), torch.tensor([0]), alpha=0.).item(), 4)
    2.0
    """
    check_number('floor', floor, below=0, what='stands for log 0', hint='e.g. -4')
    check_number('alpha', alpha, least=0, what='is a weight')
    check_number('beta', beta, least=0, what='is a weight')
    logits = at_least_float32(logits)
    p = logits.softmax(dim=1)
    soft = F.one_hot(target, logits.size(1)).to(p.dtype) if target.dim() == 1 else target.detach()
    reverse = -(p * soft.to(p.dtype).log().clamp_min(floor)).sum(dim=1)
    return alpha * cross_entropy(logits, target) + beta * reverse


def _expect(values: Tensor, target: Tensor) -> Tensor:
    """``sum_j t_ij v_ij``, without a gradient for the target."""
    if target.dim() == 1:
        return values.gather(1, target[:, None]).squeeze(1)
    target = target.detach().to(values.dtype)
    # a class outside the set may have log p of -inf, which 0 would make NaN
    return torch.where(target > 0, target * values, 0.0).sum(dim=1)


LOSSES: dict[str, Callable[..., Tensor]] = {
    'ce': cross_entropy,
    'gce': generalised_cross_entropy,
    'sce': symmetric_cross_entropy,
}
