"""Where training stands."""

from typing import NamedTuple


class Progress(NamedTuple):
    """Whole epochs and steps behind, from 0, and how many there are of each.

    >>> Progress(epoch=0, epochs=60, step=5, steps=23040).step
    5
    """

    epoch: int
    epochs: int
    step: int
    steps: int
