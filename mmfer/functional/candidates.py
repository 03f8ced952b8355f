"""Candidate sets from votes and predictions, and what they hold (numpy).

A set is a row of (N, C) booleans, or of shares above 0.
"""

import numpy as np

from .arguments import check_choice, check_labels
from .votes import votes_to_score

# kept: the given label is in every set, in the place of the least likely member where the size is
# fixed; added: united with what was predicted or voted; not_added: that alone.
GIVEN = ('kept', 'added', 'not_added')


def topk_candidates(
    scores: np.ndarray,
    k: int,
    labels: np.ndarray,
    given: str = 'not_added',
    ambiguous: np.ndarray | None = None,
) -> np.ndarray:
    """The k classes that a model finds likeliest, the first where equal.

    Args:
        scores: (N, C) logits or probabilities.
        k: 1 to C.
        labels: (N,) given class ids.
        given: of ``GIVEN``; ``'not_added'`` is the text of 'Rethinking the Learning Paradigm for
            FER', ``'added'`` gives k or k + 1 members.
        ambiguous: (N,) bool; the others' set is their given label alone. None: all are.

    Returns:
        (N, C) bool.

    Raises:
        ValueError: on scores of another shape or that are not finite, k outside 1 to C, labels
            outside the classes, an unknown policy.

    >>> topk_candidates([[.1, .6, .3]], 2, [0]).astype(int).tolist()
    [[0, 1, 1]]
    >>> topk_candidates([[.1, .6, .3]], 2, [0], 'kept').astype(int).tolist()
    [[1, 1, 0]]
    """
    scores = np.asarray(scores, dtype=np.float64)
    labels = np.asarray(labels)
    if scores.ndim != 2 or len(scores) != len(labels):
        raise ValueError(
            f'scores of shape {scores.shape} for {len(labels)} images; one row an image and one '
            'column a class are needed'
        )
    labels = check_labels(labels, scores.shape[1])
    if not np.isfinite(scores).all():
        raise ValueError('scores hold values that are not finite')
    if isinstance(k, bool) or not isinstance(k, (int, np.integer)) or not 1 <= k <= scores.shape[1]:
        raise ValueError(f'k={k!r}; allowed: 1 to {scores.shape[1]}, the number of classes')
    check_choice('given', given, GIVEN)
    rows = np.arange(len(labels))
    ranked = scores.copy()
    if given == 'kept':
        ranked[rows, labels] = np.inf
    order = np.argsort(-ranked, axis=1, kind='stable')
    sets = np.zeros(scores.shape, dtype=bool)
    np.put_along_axis(sets, order[:, :k], True, axis=1)
    if given == 'added':
        sets[rows, labels] = True
    if ambiguous is not None:
        clear = ~np.asarray(ambiguous, dtype=bool)
        sets[clear] = False
        sets[clear, labels[clear]] = True
    return sets


def threshold_score(
    votes: np.ndarray, num_classes: int, threshold: float, outside: str = 'counted'
) -> np.ndarray:
    """Soft labels: the answers with at least ``threshold`` of all votes.

    Unlike the rule ``share`` of :func:`select_votes`, no single vote is dropped first, and what
    remains need not be half of the votes.

    Args:
        votes, num_classes, outside: of :func:`votes_to_score`.
        threshold: share of the votes, above 0 and at most 1.

    Returns:
        (N, C) float64; a row sums to 1, or is 0 where the image has no label.

    >>> threshold_score([[5, 3, 2], [0, 1, 9]], 2, .3).tolist()
    [[0.625, 0.375], [0.0, 0.0]]
    """
    if isinstance(threshold, (str, bool)) or threshold is None or not 0 < threshold <= 1:
        raise ValueError(
            f'threshold={threshold!r} is no share of votes; it is above 0 and at most 1: write .2 '
            'for 20 %'
        )
    votes = np.asarray(votes, dtype=np.float64)
    if outside == 'ignored' and votes.ndim == 2:
        votes = votes[:, :num_classes]
    # 1e-9: shares written as decimals add up to .9999 or 1.0001.
    least = threshold * votes.sum(axis=-1, keepdims=True) - 1e-9
    return votes_to_score(np.where(votes >= least, votes, 0), num_classes, 'all', outside=outside)


def candidate_score(sets: np.ndarray) -> np.ndarray:
    """(N, C) float64, each member's share alike: the confidence that training starts from.

    Args:
        sets: (N, C), above 0 for a member.

    Raises:
        ValueError: on an empty set; tells the row.

    >>> candidate_score([[1, 0, 1, 0], [0, 1, 0, 0]]).tolist()
    [[0.5, 0.0, 0.5, 0.0], [0.0, 1.0, 0.0, 0.0]]
    """
    members = np.asarray(sets) > 0
    count = members.sum(axis=1, keepdims=True)
    if (empty := np.flatnonzero(count[:, 0] == 0)).size:
        raise ValueError(
            f'the candidate set of row {empty[0]} is empty ({empty.size} in all); each needs a '
            'member'
        )
    return members / count


def add_label(scores: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Unite sets with a label: where it lacks, it gets 1 / (m + 1) beside m members, whose shares
    keep their proportions.

    Args:
        scores: (N, C); rows sum to 1.
        labels: (N,) class ids.

    >>> add_label([[.75, .25, 0], [.5, .5, 0]], [2, 0]).tolist()
    [[0.5, 0.16666666666666666, 0.3333333333333333], [0.5, 0.5, 0.0]]
    """
    scores = np.array(scores, dtype=np.float64)
    labels = check_labels(labels, scores.shape[1])
    lacks = np.flatnonzero(scores[np.arange(len(labels)), labels] == 0)
    members = (scores[lacks] > 0).sum(axis=1)
    scores[lacks] *= (members / (members + 1))[:, None]
    scores[lacks, labels[lacks]] = 1 / (members + 1)
    return scores


def membership(sets: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """(C, C) float64, row c: how often each class is in the sets of class c's images; NaN for none.
    With the clean labels, the diagonal is the coverage of each class.

    Args:
        sets: (N, C), above 0 for a member.
        labels: (N,) class ids.

    >>> membership([[1, 1], [1, 0], [1, 0]], [0, 0, 1]).tolist()
    [[1.0, 0.5], [1.0, 0.0]]
    """
    members = np.asarray(sets) > 0
    num_classes = members.shape[1]
    labels = check_labels(labels, num_classes)
    sums = np.zeros((num_classes, num_classes))
    np.add.at(sums, labels, members)
    images = np.bincount(labels, minlength=num_classes)
    return sums / np.where(images > 0, images, np.nan)[:, None]
