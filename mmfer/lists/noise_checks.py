"""Whether noisy labels can be what a noise file meant: its first id, and how much it changes."""

import numbers
from collections.abc import Sequence

import numpy as np

from ..functional import transition_matrix

UNSTATED = 'unstated'  # nothing is known of the rate
MOST = 0.9  # changed share above which a file is refused where no rate is stated
FEW = 5  # images of a class, all of which noise may well change
CLEAR = 0.5  # of the other reading's changes, which the right reading stays below
INSIST = 'if it is as it should be, insist with noise=dict(..., expect_rate=None)'


def likelier_base(path: str, ids: np.ndarray, clean: np.ndarray) -> int:
    """0 or 1, the first class id of a file in which neither 0 nor K occurs: with it, far fewer
    labels change.

    Args:
        ids: (N,) as in the file.
        clean: (N,) class ids from 0.

    Raises:
        ValueError: Where neither reading changes fewer than half of the other's labels, and at most
            ``MOST``.

    >>> likelier_base('n.txt', np.array([1, 2, 1, 2]), np.array([0, 1, 0, 0]))
    1
    """
    shares = [float((ids - base != clean).mean()) for base in (0, 1)]
    best = int(shares[1] < shares[0])
    if shares[best] >= CLEAR * shares[1 - best] or shares[best] > MOST:
        raise ValueError(
            f'{path}: its ids {sorted(set(ids.tolist()))[:9]} may count from 0 (which changes '
            f'{100 * shares[0]:.1f} % of the labels) or from 1 ({100 * shares[1]:.1f} %); give '
            'noise=dict(..., id_base=0) or id_base=1'
        )
    return best


def check_change(
    path: str,
    clean: np.ndarray,
    given: np.ndarray,
    classes: Sequence[str],
    expect_rate: float | str | None,
    written_here: bool = False,
) -> None:
    """Refuse noise that changes what no noise changes. ``clean`` and ``given`` are (N,) ids from 0.

    Args:
        expect_rate: a share of changed labels, to which that of the file has to be as near as a
            quarter of it, or .05 but no more than half of it, and three standard deviations of N
            draws: what one counts as the rate differs. ``UNSTATED``: it is at most ``MOST``. Either
            way, the file must not turn most of each class into one class, each into another: that
            is another order of the classes. Nor may half of the classes come to nothing: that is a
            column of marks. A rate above ``MOST`` allows that, and None allows all.
        written_here: the file's header says its classes and ids, so that without a stated rate
            nothing is refused.

    Raises:
        ValueError: Where it does, with the fix.
    """
    is_number = isinstance(expect_rate, numbers.Real) and not isinstance(expect_rate, bool)
    if expect_rate not in (None, UNSTATED) and not (is_number and 0 <= expect_rate <= 1):
        raise ValueError(
            f'noise=dict(..., expect_rate={expect_rate!r}): it is a share of changed labels in [0, '
            '1], or None for any'
        )
    if expect_rate is None or (expect_rate == UNSTATED and written_here):
        return
    clean, given = np.asarray(clean), np.asarray(given)
    share = float((clean != given).mean())
    said = f'{path}: {100 * share:.1f} % of the {len(clean)} labels change'
    order = 'are its ids in the order of these classes, and is id_base right?'
    bound = MOST if expect_rate == UNSTATED else expect_rate
    if (bound <= MOST) and (moved := _moved_classes(clean, given, len(classes))):
        shown = ', '.join(f'{classes[a]} is {classes[b]}' for a, b in list(moved.items())[:3])
        raise ValueError(
            f'{said}, each class into one other ({shown}): this is another class order or first '
            f'id, not noise; {order} Classes here: {tuple(classes)}; {INSIST}'
        )
    counts = np.bincount(clean, minlength=len(classes))
    there = np.flatnonzero(counts > FEW)
    gone = np.setdiff1d(there, given)
    if bound <= MOST and len(there) > 2 and 2 * len(gone) >= len(there):
        raise ValueError(
            f'{said}, and no image has the label {classes[gone[0]]!r} any more, which '
            f'{counts[gone[0]]} had, nor one of {len(gone) - 1} other classes; did the file lose '
            f'its column of labels, so that another one is read? {INSIST}'
        )
    if expect_rate == UNSTATED:
        if share > MOST:
            raise ValueError(
                f'{said}; allowed: up to {100 * MOST:.0f} %; {order} Classes here: '
                f'{tuple(classes)}; {INSIST}, or give the rate, expect_rate={share:.2f}'
            )
        return
    near = max(min(0.05, expect_rate / 2), expect_rate / 4)
    near += 3 * (expect_rate * (1 - expect_rate) / len(clean)) ** 0.5
    if abs(share - expect_rate) > near:
        raise ValueError(
            f'{said}, but expect_rate={expect_rate} is stated; allowed: '
            f'{100 * max(0, expect_rate - near):.1f} to {100 * min(1, expect_rate + near):.1f} %; '
            f'is it the right file, and {order} Else {INSIST}'
        )


def _moved_classes(clean: np.ndarray, given: np.ndarray, num_classes: int) -> dict[int, int]:
    """Class to class, where more than half of each class turns into one class, no two into the
    same, and not all into themselves; or twice as many images do so as keep their class, and
    that by far more than chance where noise changes up to ``MOST``. Else {}."""
    there = np.unique(clean)
    matrix = transition_matrix(clean, given, num_classes)[there]
    targets = _one_to_one(matrix)
    moved = {int(a): int(b) for a, b in zip(there, targets) if a != b}
    clear = bool((matrix[np.arange(len(there)), targets] > 0.5).all())
    turned = np.arange(num_classes)
    turned[there] = targets
    share, kept = (float((given == now[clean]).mean()) for now in (turned, np.arange(num_classes)))
    far = share >= 2 * kept and share - kept > 4 * (share / len(clean)) ** 0.5
    far = far and 1 - kept <= MOST
    return moved if clear or far else {}


def _one_to_one(matrix: np.ndarray) -> np.ndarray:
    """A column for each row, no two the same, the largest entries first."""
    targets = np.full(len(matrix), -1)
    for place in np.argsort(-matrix, axis=None, kind='stable'):
        row, column = divmod(int(place), matrix.shape[1])
        if targets[row] < 0 and column not in targets:
            targets[row] = column
    return targets
