"""Which samples of a batch to learn from."""

import torch
from torch import Tensor

from .arguments import check_number


def smallest(loss: Tensor, count: int) -> Tensor:
    """The ``count`` samples with the smallest losses (Co-teaching, NeurIPS 2018, algorithm 1, lines
    4 and 5).

    Args:
        loss: (N,).
        count: from 0 to N; exactly so many are chosen, also among equals.

    Returns:
        (N,) bool.

    >>> smallest(torch.tensor([3., 1., 2.]), 2).tolist()
    [False, True, True]
    """
    if not 0 <= count <= len(loss):
        raise ValueError(f'{count} of {len(loss)} samples; allowed: 0 to {len(loss)}')
    chosen = loss.detach().topk(count, largest=False, sorted=False).indices
    return torch.zeros_like(loss, dtype=torch.bool).index_fill_(0, chosen, True)


def kept_share(epoch: int, forget_rate: float, ramp_epochs: int) -> float:
    """R(T) of Co-teaching: the share of a batch to learn from, ``1 - min(T / T_k, 1) tau``.

    Differs from: the public code falls over T_k - 1 epochs.

    Args:
        epoch: T, whole epochs behind.
        forget_rate: tau, in [0, 1): the share of wrong labels.
        ramp_epochs: T_k, at least 0; 0 forgets from the first epoch on.

    Raises:
        ValueError: on a rate or a number of epochs that does not fit.

    >>> [round(kept_share(epoch, .4, 2), 2) for epoch in range(4)]
    [1.0, 0.8, 0.6, 0.6]
    """
    check_number('forget_rate', forget_rate, least=0, below=1, what='is a share', hint='e.g. .3')
    check_number('ramp_epochs', ramp_epochs, least=0, whole=True)
    risen = min(epoch / ramp_epochs, 1.0) if ramp_epochs else 1.0
    return 1 - risen * forget_rate
