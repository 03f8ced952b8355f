"""What the formulas share about their arguments: names, labels, seeds, precision, and how far
training is."""

from collections.abc import Iterable
from math import inf
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor


class Progress(NamedTuple):
    """Whole epochs and steps behind, from 0, and how many there are of each.

    >>> Progress(epoch=0, epochs=60, step=5, steps=23040).step
    5
    """

    epoch: int
    epochs: int
    step: int
    steps: int


def at_least_float32(x: Tensor) -> Tensor:
    """Half precision taken up to float32, in which losses compute; anything else as it is.

    >>> at_least_float32(torch.ones(1, dtype=torch.bfloat16)).dtype
    torch.float32
    """
    return x.float() if x.dtype in (torch.float16, torch.bfloat16) else x


def check_choice(name: str, value: str, allowed: Iterable[str]) -> None:
    """ValueError on a value of the argument ``name`` that is not among the allowed ones."""
    if value not in allowed:
        raise ValueError(f'{name}={value!r} is unknown; allowed: {tuple(allowed)}')


def check_number(
    name: str,
    value: float,
    least: float | None = None,
    above: float | None = None,
    most: float | None = None,
    below: float | None = None,
    whole: bool = False,
    hint: str = '',
    what: str = '',
) -> float:
    """The number that a setting gives; where a whole one is meant, as ``int``, also of 1e3.

    Args:
        name, value: of the setting.
        least, above, most, below: its bounds; ``least`` and ``most`` are allowed themselves.
        whole: no fractions.
        hint: what the error says after the bounds, such as an example.
        what: what the error says of the setting.

    Raises:
        ValueError: on a value out of bounds, NaN, infinity, a truth value, a text.

    >>> check_number('steps', 1e3, least=0, whole=True)
    1000
    """
    number = isinstance(value, (int, float, np.integer, np.floating))
    # comparisons only, which refuse NaN, too
    right = number and not isinstance(value, bool) and -inf < value < inf
    right = right and not (whole and value != int(value))
    right = right and (least is None or value >= least) and (above is None or value > above)
    if right and (most is None or value <= most) and (below is None or value < below):
        return int(value) if whole else value
    ends = (('from', least), ('above', above), ('to', most), ('below', below))
    said = [f'{word} {end}' for word, end in ends if end is not None]
    if len(said) == 2 and most is not None:
        said = [' '.join(said)]
    kind = 'whole numbers' if whole else 'numbers'
    about = f' {what}' if what else ''
    raise ValueError(
        f'{name}={value!r}{about}; allowed: {kind} {", ".join(said + [hint] * bool(hint))}'
    )


def check_labels(labels: np.ndarray, num_classes: int) -> np.ndarray:
    """(N,) int64 class ids.

    Raises:
        ValueError: on ids outside the classes.

    >>> check_labels([0, 2], 3)
    array([0, 2])
    """
    labels = np.asarray(labels, dtype=np.int64)
    if labels.size and not 0 <= labels.min() <= labels.max() < num_classes:
        raise ValueError(
            f'labels go from {labels.min()} to {labels.max()}; allowed: 0 to {num_classes - 1}'
        )
    return labels


def check_draw(
    labels: np.ndarray, num_classes: int, seed: int, what: str, other: str, changed: str
) -> np.ndarray:
    """:func:`check_labels` where ``what`` is drawn for them; the words go into the errors.

    Raises:
        ValueError: on ids outside the classes, fewer than 2 classes, or a seed that is no integer
            of 0 to 2**32 - 1, as ``numpy.random.RandomState`` takes them.
    """
    if num_classes < 2:
        raise ValueError(f'{num_classes} class(es) leave no other {other}; at least 2 are needed')
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)):
        raise ValueError(
            f'{what} seed {seed!r} is no integer; without one each process and each run would '
            f'train on other {changed}'
        )
    if not 0 <= seed < 2**32:
        raise ValueError(
            f'{what} seed {seed} is outside of what numpy takes; allowed: 0 to 2**32 - 1'
        )
    return check_labels(labels, num_classes)
