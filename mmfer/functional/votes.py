"""Annotators' votes to soft labels by named rules (numpy).

An image's votes are (A,) counts or shares: K classes first, then answers outside them, such as
FER+'s 'unknown' and 'not a face'.
"""

from collections.abc import Callable

import numpy as np

from .arguments import check_choice, check_number

_SLACK = 1e-9  # shares written as decimals add up to .9999 or 1.0001


def select_votes(
    votes: np.ndarray, num_classes: int, rule: str, min_votes: float = 2
) -> np.ndarray:
    """The votes that a rule keeps.

    ``majority``, ``share`` and ``cumulative`` are those of the FER+ authors' code (Barsoum et al.,
    ICMI 2016); each first drops answers with fewer than ``min_votes`` votes, and T is the sum of
    what remains.

    - ``majority``: the first answer with the most votes, if it has more than T / 2.
    - ``share``: the answers with at least .3 T, if together they have more than T / 2.
    - ``cumulative``: answers from the most votes down, equal ones together, until they have .75 T,
      at most 3 and not past an answer outside the classes; if they have more than T / 2.
    - ``argmax``: the first answer with the most votes.
    - ``all``: every answer with a vote.

    Args:
        votes: (N, A), A >= ``num_classes``.
        num_classes: how many of the first columns are classes.
        min_votes: 2 drops single votes; 0 for shares, which do not tell them.

    Returns:
        (N, A) the votes kept, 0 elsewhere; a row of zeros where the rule comes to no answer.

    Raises:
        ValueError: on an unknown rule, ``min_votes`` below 0, or votes that are no (N, A) numbers
            of at least 0.

    >>> votes = [[0, 6, 3, 1], [0, 4, 4, 2]]
    >>> select_votes(votes, 3, 'majority').tolist()
    [[0.0, 6.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]]
    >>> select_votes(votes, 3, 'share').tolist()
    [[0.0, 6.0, 3.0, 0.0], [0.0, 4.0, 4.0, 0.0]]
    """
    check_choice('rule', rule, VOTE_RULES)
    check_number('min_votes', min_votes, least=0)
    votes = np.asarray(votes, dtype=np.float64)
    if votes.ndim != 2 or votes.shape[1] < num_classes:
        raise ValueError(
            f'votes of shape {votes.shape}; (N, A) with at least {num_classes} answers are needed'
        )
    if votes.size and not (np.isfinite(votes).all() and votes.min() >= 0):
        raise ValueError('votes hold values that are negative or not finite')
    if rule in COUNTED:
        votes = np.where(votes < min_votes, 0, votes)
    kept = VOTE_RULES[rule](votes, num_classes)
    if rule in COUNTED:
        kept[kept.sum(axis=1) <= votes.sum(axis=1) / 2 + _SLACK] = 0
    return kept


def votes_to_score(
    votes: np.ndarray, num_classes: int, rule: str, min_votes: float = 2, outside: str = 'counted'
) -> np.ndarray:
    """Soft labels: the votes that a rule keeps, as a distribution.

    Args:
        votes, num_classes, rule, min_votes: of :func:`select_votes`.
        outside: ``'counted'``: answers outside the classes take part in the rule, and an image that
            such an answer wins has no label; ``'ignored'``: they are dropped first.

    Returns:
        (N, K) float64; a row sums to 1, or is 0 where the image has no label.

    Raises:
        ValueError: as :func:`select_votes`, or on an unknown ``outside``.

    >>> votes_to_score([[4, 0, 4, 2], [1, 0, 2, 7]], 3, 'share').tolist()
    [[0.5, 0.0, 0.5], [0.0, 0.0, 0.0]]
    >>> votes_to_score([[1, 0, 2, 7]], 3, 'share', outside='ignored').tolist()
    [[0.0, 0.0, 1.0]]
    """
    check_choice('outside', outside, OUTSIDE)
    votes = np.asarray(votes, dtype=np.float64)
    if outside == 'ignored' and votes.ndim == 2:
        votes = votes[:, :num_classes]
    kept = select_votes(votes, num_classes, rule, min_votes)
    classes = kept[:, :num_classes].copy()
    if len(kept):
        classes[kept.argmax(axis=1) >= num_classes] = 0
    return classes / np.maximum(classes.sum(axis=1, keepdims=True), np.finfo(np.float64).tiny)


def vote_ambiguity(votes: np.ndarray) -> np.ndarray:
    """(N,) float64: the entropy of the annotators' votes over its largest value, 0 (all agree, or
    there are none) to 1 (all answers alike).

    Args:
        votes: (N, A) counts or shares.

    >>> vote_ambiguity([[10, 0], [5, 5]]).tolist()
    [0.0, 1.0]
    """
    votes = np.asarray(votes, dtype=np.float64)
    total = votes.sum(axis=1, keepdims=True)
    p = votes / np.where(total > 0, total, 1)
    entropy = -(p * np.log(np.where(p > 0, p, 1))).sum(axis=1)
    return np.abs(entropy) / np.log(votes.shape[1])


def _first_top(votes: np.ndarray, num_classes: int) -> np.ndarray:
    kept = np.zeros_like(votes)
    if len(votes):
        top = votes.argmax(axis=1)[:, None]
        np.put_along_axis(kept, top, np.take_along_axis(votes, top, axis=1), axis=1)
    return kept


def _share(votes: np.ndarray, num_classes: int) -> np.ndarray:
    least = 0.3 * votes.sum(axis=1, keepdims=True) - _SLACK
    return np.where(votes >= least, votes, 0)


def _cumulative(votes: np.ndarray, num_classes: int) -> np.ndarray:
    kept, left = np.zeros_like(votes), votes.copy()
    enough = 0.75 * votes.sum(axis=1) - _SLACK
    open_ = np.ones(len(votes), dtype=bool)
    while True:
        level = left.max(axis=1, initial=0)
        open_ &= (level > 0) & (kept.sum(axis=1) < enough)
        open_ &= (kept > 0).sum(axis=1) < 3
        if not open_.any():
            break
        equal = open_[:, None] & (left == level[:, None])
        kept[:, :num_classes] += np.where(equal, votes, 0)[:, :num_classes]
        beyond = equal[:, num_classes:].any(axis=1)
        # Such an answer counts only where nothing is ahead of it.
        alone = np.flatnonzero(beyond & ~kept.any(axis=1))
        first = num_classes + equal[alone, num_classes:].argmax(axis=1) if len(alone) else alone
        kept[alone, first] = level[alone]
        open_ &= ~beyond
        left[equal] = 0
    kept[(kept > 0).sum(axis=1) > 3] = 0
    return kept


VOTE_RULES: dict[str, Callable[[np.ndarray, int], np.ndarray]] = {
    'majority': _first_top,
    'argmax': _first_top,
    'share': _share,
    'cumulative': _cumulative,
    'all': lambda votes, num_classes: votes.copy(),
}
COUNTED = ('majority', 'share', 'cumulative')  # drop few votes, and keep more than half or none
OUTSIDE = ('counted', 'ignored')
