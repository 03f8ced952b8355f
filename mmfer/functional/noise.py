"""Label noise: clean labels in, noisy labels out, (N,) int64, a new array (numpy).

All is drawn from ``numpy.random.RandomState``, whose stream is frozen: a seed gives the same labels
with every numpy and on every machine.
"""

from collections.abc import Callable

import numpy as np

from .arguments import check_draw

# The confusions of LA-Net's public code (ICCV 2023), a class to a class.
FER_CONFUSIONS = dict(
    anger='disgust',
    disgust='anger',
    fear='surprise',
    happiness='neutral',
    sadness='neutral',
    surprise='anger',
    neutral='sadness',
)


def symmetric_noise(labels: np.ndarray, num_classes: int, rate: float, seed: int) -> np.ndarray:
    """Move a share of the labels to another class, uniformly.

    ``rate`` is the fraction really changed, to the image (``round(rate * N)``), as in EAC's noise
    files on RAF-DB (10.11, 20.36 and 30.33 %).

    Args:
        labels: (N,) integer class ids in [0, num_classes).
        rate: fraction of labels to change, in [0, 1].

    Raises:
        ValueError: on a rate outside [0, 1], labels outside the classes, fewer than 2 classes, or a
            seed that is no integer of 0 to 2**32 - 1.

    >>> noisy = symmetric_noise(np.zeros(10, int), 7, rate=.3, seed=0)
    >>> int((noisy != 0).sum())
    3
    """
    labels, rng = _start(labels, num_classes, seed)
    chosen = _choose(rng, len(labels), rate)
    shift = rng.randint(1, num_classes, size=len(chosen), dtype=np.int64)
    labels[chosen] = (labels[chosen] + shift) % num_classes
    return labels


def symmetric_inclusive_noise(
    labels: np.ndarray, num_classes: int, rate: float, seed: int
) -> np.ndarray:
    """Draw a share of the labels anew, uniformly from all classes.

    The true class may come out, so that about ``rate * (C - 1) / C`` of the labels really change.

    Args and errors as :func:`symmetric_noise`; ``rate`` is the fraction drawn anew.

    >>> noisy = symmetric_inclusive_noise(np.zeros(7000, int), 7, 1., seed=0)
    >>> round(float((noisy != 0).mean()), 2)  # 6 / 7 = .857
    0.86
    """
    labels, rng = _start(labels, num_classes, seed)
    chosen = _choose(rng, len(labels), rate)
    labels[chosen] = rng.randint(0, num_classes, size=len(chosen), dtype=np.int64)
    return labels


def asymmetric_noise(
    labels: np.ndarray, num_classes: int, rate: float, seed: int, targets: np.ndarray
) -> np.ndarray:
    """Move a share of the labels to the class that theirs is confused with.

    Args:
        rate: fraction to change, in [0, 1], of the labels whose class has a target.
        targets: (C,) the class that each one turns into, or -1 where it keeps its labels.

    Raises:
        ValueError: as :func:`symmetric_noise`; on a class that is its own target, ids outside the
            classes, or no target at all.

    >>> asymmetric_noise([0, 0, 1, 2], 3, 1., 0, targets=[1, 2, -1]).tolist()
    [1, 1, 2, 2]
    """
    labels, rng = _start(labels, num_classes, seed)
    targets = np.asarray(targets, dtype=np.int64)
    if targets.shape != (num_classes,):
        raise ValueError(
            f'targets of shape {targets.shape} for {num_classes} classes; one a class is needed, '
            '-1 where it stays'
        )
    if (own := np.flatnonzero(targets == np.arange(num_classes))).size:
        raise ValueError(
            f'class {own[0]} is mapped onto itself, so its labels would not change; give -1 where '
            'a class stays'
        )
    if targets.min() < -1 or targets.max() >= num_classes:
        raise ValueError(
            f'targets {targets.tolist()} leave the classes; allowed: 0 to {num_classes - 1}, or -1'
        )
    if (targets < 0).all():
        raise ValueError('no class has a target, so nothing would change; give at least one')
    movable = np.flatnonzero(targets[labels] >= 0)
    chosen = movable[_choose(rng, len(movable), rate)]
    labels[chosen] = targets[labels[chosen]]
    return labels


def pair_noise(labels: np.ndarray, num_classes: int, rate: float, seed: int) -> np.ndarray:
    """Move a share of the labels to the next class (pair flipping of Co-teaching, NeurIPS 2018);
    the last goes to the first.

    Args and errors as :func:`symmetric_noise`.

    >>> pair_noise([0, 1, 2], 3, 1., seed=0).tolist()
    [1, 2, 0]
    """
    following = (np.arange(num_classes) + 1) % num_classes
    return asymmetric_noise(labels, num_classes, rate, seed, following)


def transition_noise(
    labels: np.ndarray, num_classes: int, matrix: np.ndarray, seed: int
) -> np.ndarray:
    """Draw each label from its class's row of a transition matrix.

    Args:
        matrix: (C, C); row c holds the probabilities of the labels of class c's images.

    Raises:
        ValueError: as :func:`symmetric_noise`; on a matrix of another shape, with entries outside
            [0, 1], or with rows that do not sum to 1 (within 1e-6).

    >>> transition_noise([0, 1], 2, [[0, 1], [0, 1]], seed=0).tolist()
    [1, 1]
    """
    labels, rng = _start(labels, num_classes, seed)
    try:
        matrix = np.asarray(matrix, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f'the transition matrix is no table of numbers: {error}') from None
    if matrix.shape != (num_classes, num_classes):
        raise ValueError(
            f'a transition matrix of shape {matrix.shape} for {num_classes} classes; '
            f'({num_classes}, {num_classes}) is needed'
        )
    if not (np.isfinite(matrix).all() and matrix.min() >= 0):
        raise ValueError(
            f'the transition matrix holds values that are no probabilities: {matrix.tolist()}'
        )
    sums = matrix.sum(axis=1)
    if (off := np.flatnonzero(np.abs(sums - 1) > 1e-6)).size:
        raise ValueError(
            f'row {off[0]} of the transition matrix sums to {sums[off[0]]:g}; each row has to sum '
            'to 1'
        )
    edges = matrix.cumsum(axis=1)
    # Tenths add up to less than 1: what comes after a row's last possible class must not be reached
    # through rounding.
    last = num_classes - 1 - (matrix > 0)[:, ::-1].argmax(axis=1)
    edges[np.arange(num_classes) >= last[:, None]] = np.inf
    draws = rng.random_sample(len(labels))
    return (draws[:, None] >= edges[labels]).sum(axis=1).astype(np.int64)


def instance_noise(
    labels: np.ndarray, num_classes: int, rate: float, seed: int, scores: np.ndarray
) -> np.ndarray:
    """Noise that depends on the image, by scores of a model or a projection.

    With p = softmax(scores): an image is chosen with a weight of 1 - p_y (without replacement,
    ``round(rate * N)`` in all), and its label moves to class k != y with probability p_k / (1 -
    p_y). Easy images keep their label, hard ones get the label that they resemble.

    Differs from: Xia et al., NeurIPS 2020, who draw each image's flip rate from a truncated normal,
    whatever the image, and scores from a random projection for each class; here the rate is exact.

    Args:
        scores: (N, C) logits.

    Raises:
        ValueError: as :func:`symmetric_noise`; on scores of another shape or that are not finite.

    >>> scores = [[30., 0, 0], [0, 2, -30], [30, 0, 0]]  # sure, doubtful, sure
    >>> instance_noise([0, 0, 0], 3, 1 / 3, seed=0, scores=scores).tolist()
    [0, 1, 0]
    """
    labels, rng = _start(labels, num_classes, seed)
    scores = np.asarray(scores, dtype=np.float64)
    if scores.shape != (len(labels), num_classes):
        raise ValueError(
            f'scores of shape {scores.shape} for {len(labels)} images of {num_classes} classes; '
            'one row an image and one column a class are needed'
        )
    if not np.isfinite(scores).all():
        raise ValueError('scores hold values that are not finite')
    count = _count(len(labels), rate)
    others = scores.copy()
    others[np.arange(len(labels)), labels] = -np.inf
    # In logarithms: a confident model leaves weights that underflow.
    weight = _logsumexp(others) - _logsumexp(scores)
    # Gumbel's trick: the top-k of log weight + Gumbel noise is a draw of k without replacement by
    # weight.
    order = np.argsort(-(weight + rng.gumbel(size=len(labels))), kind='stable')
    chosen = order[:count]
    labels[chosen] = (others + rng.gumbel(size=others.shape)).argmax(axis=1)[chosen]
    return labels


def transition_matrix(clean: np.ndarray, noisy: np.ndarray, num_classes: int) -> np.ndarray:
    """(C, C) float64, row c: the shares of the labels that images of class c were given, or zeros
    for a class with no image.

    >>> transition_matrix([0, 0, 1], [0, 1, 1], 2).tolist()
    [[0.5, 0.5], [0.0, 1.0]]
    """
    counts = np.zeros((num_classes, num_classes))
    np.add.at(counts, (np.asarray(clean), np.asarray(noisy)), 1)
    return counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)


NOISES: dict[str, Callable] = {
    'symmetric': symmetric_noise,
    'symmetric_inclusive': symmetric_inclusive_noise,
    'asymmetric': asymmetric_noise,
    'pair': pair_noise,
    'transition': transition_noise,
    'instance': instance_noise,
}


def _start(labels, num_classes, seed):
    labels = check_draw(labels, num_classes, seed, 'noise', 'class to move a label to', 'labels')
    return labels.copy(), np.random.RandomState(seed)


def _count(number: int, rate: float) -> int:
    if isinstance(rate, (str, bool)) or rate is None or not 0 <= rate <= 1:
        raise ValueError(
            f'noise rate {rate!r} is outside [0, 1]; it is a fraction: write .3 for 30 %'
        )
    return round(rate * number)


def _choose(rng: np.random.RandomState, number: int, rate: float) -> np.ndarray:
    return rng.permutation(number)[: _count(number, rate)]


def _logsumexp(x: np.ndarray) -> np.ndarray:
    top = x.max(axis=1, keepdims=True)
    return top[:, 0] + np.log(np.exp(x - top).sum(axis=1))
