"""Candidate sets by the protocols of partial-label learning (numpy).

Given are sets, (N, C) bool. All is drawn from ``numpy.random.RandomState``, whose stream is frozen:
a seed gives the same sets with every numpy and on every machine.
"""

from collections.abc import Callable
from math import comb

import numpy as np

from .arguments import check_choice, check_draw

SIZES = ('all_sets', 'sets_with_label')


def uniform_candidates(labels: np.ndarray, num_classes: int, rate: float, seed: int) -> np.ndarray:
    """Each other class enters independently with probability q: PiCO's protocol (ICLR 2022). A set
    may hold the label alone, or all classes.

    Args:
        labels: (N,) integer class ids in [0, num_classes), each in its set.
        rate: q, in [0, 1].

    Raises:
        ValueError: on a rate outside [0, 1], labels outside the classes, fewer than 2 classes, or a
            seed that is no integer of 0 to 2**32 - 1.

    >>> sets = uniform_candidates(np.zeros(7000, int), 7, .5, seed=0)
    >>> round(float(sets.sum(axis=1).mean()), 1)  # 1 + 6 * .5
    4.0
    """
    labels, rng = _start(labels, num_classes, seed, rate)
    sets = rng.random_sample((len(labels), num_classes)) < rate
    sets[np.arange(len(labels)), labels] = True
    return sets


def binomial_candidates(labels: np.ndarray, num_classes: int, rate: float, seed: int) -> np.ndarray:
    """As :func:`uniform_candidates`, and where no other class entered, one, drawn uniformly:
    PRODEN's protocol (ICML 2020). Every set has two members at least.

    >>> binomial_candidates([0, 1], 2, 0., seed=0).tolist()
    [[True, True], [True, True]]
    """
    sets = uniform_candidates(labels, num_classes, rate, seed)
    labels = np.asarray(labels, dtype=np.int64)
    alone = np.flatnonzero(sets.sum(axis=1) == 1)
    # A stream of its own: the sets of the first step stay those of `uniform`.
    rng = np.random.RandomState([seed, 2])
    shift = rng.randint(1, num_classes, size=len(alone), dtype=np.int64)
    sets[alone, (labels[alone] + shift) % num_classes] = True
    return sets


def pair_candidates(labels: np.ndarray, num_classes: int, rate: float, seed: int) -> np.ndarray:
    """The next class enters with probability q, the first after the last: PRODEN's second protocol.

    Args and errors as :func:`uniform_candidates`.

    >>> pair_candidates([0, 2], 3, 1., seed=0).astype(int).tolist()
    [[1, 1, 0], [1, 0, 1]]
    """
    labels, rng = _start(labels, num_classes, seed, rate)
    rows = np.arange(len(labels))
    sets = np.zeros((len(labels), num_classes), dtype=bool)
    sets[rows, labels] = True
    sets[rows, (labels + 1) % num_classes] |= rng.random_sample(len(labels)) < rate
    return sets


def uniform_sets_candidates(
    labels: np.ndarray, num_classes: int, seed: int, sizes: str = 'all_sets'
) -> np.ndarray:
    """A size is drawn, then that many classes with the label among them: the uniform sampling of RC
    and CC (Feng et al., NeurIPS 2020). No set holds all classes.

    Args:
        sizes: probability of the size s, 1 to C - 1. ``'all_sets'``: binom(C, s) / (2^C - 2), as in
            the public code; ``'sets_with_label'``: binom(C - 1, s - 1) / (2^(C - 1) - 1), by which
            all sets with the label are as likely, as the paper says it.

    Errors as :func:`uniform_candidates`, and on an unknown ``sizes``.

    >>> uniform_sets_candidates([0, 1], 2, seed=0).astype(int).tolist()
    [[1, 0], [0, 1]]
    """
    labels, rng = _start(labels, num_classes, seed)
    check_choice('sizes', sizes, SIZES)
    ways = [
        comb(num_classes, s) if sizes == 'all_sets' else comb(num_classes - 1, s - 1)
        for s in range(1, num_classes)
    ]
    edges = np.cumsum(ways) / sum(ways)
    draws = rng.random_sample(len(labels))
    # The last edge is 1 but for rounding, and no draw reaches 1.
    size = 1 + np.searchsorted(edges[:-1], draws, side='right')
    keys = rng.random_sample((len(labels), num_classes))
    keys[np.arange(len(labels)), labels] = -1
    rank = keys.argsort(axis=1, kind='stable').argsort(axis=1, kind='stable')
    return rank < size[:, None]


CANDIDATES: dict[str, Callable] = {
    'uniform': uniform_candidates,
    'uniform_sets': uniform_sets_candidates,
    'binomial': binomial_candidates,
    'pair': pair_candidates,
}


def _start(labels, num_classes, seed, rate=0.0):
    labels = check_draw(labels, num_classes, seed, 'candidates', 'candidate', 'sets')
    if isinstance(rate, (str, bool)) or rate is None or not 0 <= rate <= 1:
        raise ValueError(
            f'candidates rate {rate!r} is outside [0, 1]; it is the probability that a class '
            'enters a set'
        )
    # Two numbers: label noise of the same seed must not choose the images.
    return labels, np.random.RandomState([seed, 1])
