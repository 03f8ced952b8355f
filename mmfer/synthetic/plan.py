"""Which faces a data set holds: an index and an expression for every picture."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from .params import face_rng

BALANCES = ('balanced', 'natural')
# RAF-DB's training images a class; contempt, which RAF-DB lacks, is about as rare as fear in
# FERPlus.
NATURAL = dict(
    surprise=1290,
    fear=281,
    disgust=717,
    happiness=4772,
    sadness=1982,
    anger=705,
    neutral=2524,
    contempt=200,
)
# Faces of split k start at index k * SPLIT_STRIDE: a larger training set leaves the test faces as
# they are.
SPLIT_STRIDE = 1_000_000
_PLAN_STREAM = 3


class Item(NamedTuple):
    """One picture to draw. ``path`` is relative to the data set's root."""

    path: str
    split: str
    index: int
    expression: str


def expressions_of(
    count: int, first: int, seed: int, classes: Sequence[str], balance: str
) -> list[str]:
    """The expression of the faces ``first`` .. ``first + count - 1``.

    'balanced' shuffles every run of K faces, so counts differ by at most one; 'natural' draws each
    face with RAF-DB's class shares. A face's expression does not depend on ``count``.

    Raises:
        ValueError: ``balance`` is unknown, or there are more than SPLIT_STRIDE faces.
    """
    if balance not in BALANCES:
        raise ValueError(f'unknown balance {balance!r}; allowed: {", ".join(BALANCES)}')
    if not 0 <= count <= SPLIT_STRIDE:
        raise ValueError(f'a split has 0..{SPLIT_STRIDE} faces, not {count}')
    picks: list[int] = []
    shares = np.array([NATURAL[name] for name in classes], dtype=float)
    k = len(classes)
    for block in range(-(-count // k)):
        rng = face_rng(seed, first + block * k, _PLAN_STREAM)
        picks += (
            rng.permutation(k)
            if balance == 'balanced'
            else rng.choice(k, size=k, p=shares / shares.sum())
        ).tolist()
    return [classes[pick] for pick in picks[:count]]
