"""What the network said before it fitted the wrong labels."""

import torch
from torch import Tensor

from .arguments import at_least_float32, check_number


def bounded_softmax(logits: Tensor, margin: float = 1e-4) -> Tensor:
    """Softmax kept away from 0 and 1, as ELR's public code does.

    Args:
        logits: (N, K).
        margin: from 0 and 1, in [0, .5).

    Returns:
        (N, K), float32 or better; rows sum to 1 but for the margin.

    Raises:
        ValueError: on a margin outside [0, .5).

    >>> bounded_softmax(torch.tensor([[1e4, 0.]]), margin=.25).tolist()
    [[0.75, 0.25]]
    """
    check_number('margin', margin, least=0, below=0.5)
    return at_least_float32(logits).softmax(dim=1).clamp(margin, 1 - margin)


def average_targets(p: Tensor, old: Tensor, beta: float = 0.7) -> Tensor:
    """ELR's target (NeurIPS 2020, eq. 9): ``t <- beta t + (1 - beta) p / sum p``.

    Args:
        p: (N, K), what the network says now; no gradient flows through.
        old: (N, K), the targets so far, 0 at first.
        beta: share that is kept, in [0, 1).

    Raises:
        ValueError: on a beta outside [0, 1).

    >>> average_targets(torch.tensor([[.5, .5]]), torch.zeros(1, 2), beta=.5).tolist()
    [[0.25, 0.25]]
    """
    check_number('beta', beta, least=0, below=1, hint='e.g. .7')
    p = p.detach()
    return beta * old + (1 - beta) * p / p.sum(dim=1, keepdim=True)


def early_learning(p: Tensor, target: Tensor) -> Tensor:
    """ELR (NeurIPS 2020, eq. 6), unweighed: ``log(1 - <p, t>)``.

    Falls where prediction and target agree. Its gradient takes back what cross-entropy asks for on
    labels that the target does not believe.

    Args:
        p: (N, K) of :func:`bounded_softmax`.
        target: (N, K) of :func:`average_targets`; no gradient flows into it.

    Returns:
        (N,), at most 0; 0 at a target of zeros.

    >>> p = torch.tensor([[.5, .5]])
    >>> round(early_learning(p, p).item(), 4)
    -0.6931
    """
    return torch.log1p(-(target.detach() * p).sum(dim=1))
