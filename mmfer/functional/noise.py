"""Label noise: clean labels in, noisy labels out (numpy)."""

from typing import Callable, Dict

import numpy as np


def symmetric_noise(labels: np.ndarray, num_classes: int, rate: float,
                    seed: int) -> np.ndarray:
    """Move a share of the labels to another class, uniformly.

    The true class is excluded: ``rate`` is the fraction of labels really
    changed, to the image (``round(rate * N)``), which is what EAC's noise
    files on RAF-DB hold (10.11, 20.36 and 30.33 %).

    The legacy generator ``numpy.random.RandomState`` is used on purpose: its
    stream is frozen, so a seed gives the same labels with every numpy and on
    every machine.

    Args:
        labels: (N,) integer class ids in [0, num_classes).
        rate: fraction of labels to change, in [0, 1].

    Returns:
        (N,) int64, a new array.

    Raises:
        ValueError: on a rate outside [0, 1] or fewer than 2 classes.

    >>> noisy = symmetric_noise(np.zeros(10, int), 7, rate=.3, seed=0)
    >>> int((noisy != 0).sum())
    3
    """
    if not 0 <= rate <= 1:
        raise ValueError(f'noise rate {rate} is outside [0, 1]; it is a '
                         'fraction: write .3 for 30 %')
    if num_classes < 2:
        raise ValueError(f'{num_classes} class(es) leave no other class to '
                         'move a label to; at least 2 are needed')
    labels = np.asarray(labels, dtype=np.int64)
    rng = np.random.RandomState(seed)
    chosen = rng.permutation(len(labels))[:round(rate * len(labels))]
    shift = rng.randint(1, num_classes, size=len(chosen), dtype=np.int64)
    noisy = labels.copy()
    noisy[chosen] = (labels[chosen] + shift) % num_classes
    return noisy


def transition_matrix(clean: np.ndarray, noisy: np.ndarray,
                      num_classes: int) -> np.ndarray:
    """Row c: the shares of the labels that images of class c were given.

    Returns:
        (C, C) float64; a row sums to 1, or to 0 for a class with no image.

    >>> transition_matrix([0, 0, 1], [0, 1, 1], 2).tolist()
    [[0.5, 0.5], [0.0, 1.0]]
    """
    counts = np.zeros((num_classes, num_classes))
    np.add.at(counts, (np.asarray(clean), np.asarray(noisy)), 1)
    return counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)


NOISES: Dict[str, Callable] = {'symmetric': symmetric_noise}
