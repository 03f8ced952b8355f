"""Whether the points of a table are those of faces, as its columns are read.

A face may lie on its side, look away or be listed wrongly, a table of them may not: more than half
of its faces have to stand upright with their parts in order, and more than four fifths where the
columns, read in another way, give such faces. So a table of another order of points or columns is
seen, whatever a single face looks like.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import permutations
from operator import itemgetter
from typing import NamedTuple

import numpy as np
from mmengine.logging import MMLogger

from ..functional.align import reduce_landmarks
from ..functional.face_layout import face_layout, is_face, is_upright
from .landmark_columns import WORDS

INSIST = 'as_listed=True (--as-listed) takes the points as they stand'
MIRROR = [1, 0, 2, 4, 3]
_SHARES = 1.5  # no table of pixels ends here, and no table of shares of the sides goes on
_EYE = 0.35  # the points round an eye lie nearer to its middle, as a share of the points' box
_FEW = 3  # faces below this number may all lie on their side
_USUAL = 0.8  # share of upright faces; tables of photographs have more
_SAMPLE = 100  # faces


class Points(NamedTuple):
    """What is read of N faces: ``five`` (N, 5, 2), ``eyes`` (N,) how far the points round an eye
    scatter, ``wheres`` N places in the file, ``listed`` the first faces' points in the file's
    order, (P, 2) each, ``named`` whether the columns' words tell the points, ``boxes`` (N, 4)."""

    path: str
    five: np.ndarray
    eyes: np.ndarray
    wheres: Sequence[str]
    listed: Sequence[np.ndarray]
    named: bool = False
    boxes: np.ndarray | None = None


class Verdict(NamedTuple):
    """``five`` as they are to be used; whether they are shares of the picture's sides; and N texts,
    what is wrong with a face or ''."""

    five: np.ndarray
    shares: bool
    faults: list[str]


def check_points(points: Points, as_listed: bool = False) -> Verdict:
    """Check the points of a whole table, and say what is told of single faces.

    Raises:
        ValueError: where more than half are no faces, or lie on their side; names the first, and
            the reading that would fit.
    """
    five, path = points.five, points.path
    shares = bool(np.median(np.abs(five).max(axis=(1, 2))) <= _SHARES)
    if as_listed:
        return Verdict(five, shares, [''] * len(five))
    logger = MMLogger.get_current_instance()
    swapped = points.named and _is_mirrored(five)
    if swapped:
        five = five[:, MIRROR]
        logger.info(f"{path}: its left eye is the person's own, on the right of the picture")
    layout = face_layout(five)
    good = is_face(layout, stretched=shares) & (points.eyes <= _EYE * layout.size)
    lying = ~is_upright(layout)
    fits = good if len(five) < _FEW and not swapped else good & ~lying
    share = fits.mean()
    rolled = good.mean() >= _USUAL and not swapped  # faces, but not upright
    better = '' if rolled or share >= _USUAL else _better_readings(points, shares)
    if better or share <= 0.5:
        raise ValueError(_why_not(points, five, fits, good, better))
    negative = (five < -0.05).any(axis=(1, 2))
    if shares and 2 * negative.sum() > len(five):
        place = int(negative.argmax())
        raise ValueError(
            f'{points.wheres[place]}: {_show(five[place])}; {negative.sum()} of {len(five)} faces '
            'have negative shares: do they count from -1 to 1? Give pixels, or shares from 0 to 1, '
            f'(value + 1) / 2; {INSIST}'
        )
    _check_boxes(points, five, shares)
    faults = [''] * len(five)
    wrong = ~is_face(layout, turned=True, stretched=shares) | ~(layout.size > (0 if shares else 2))
    if shares:
        wrong |= np.abs(five).max(axis=(1, 2)) > 2
    for place in wrong.nonzero()[0].tolist():
        faults[place] = f'{points.wheres[place]}: the points {_show(five[place])} are no face'
    if wrong.any():
        logger.warning(
            f'{path}: {wrong.sum()} of {len(five)} faces are not used, since their points are none '
            f'of a face; the first: {faults[int(wrong.argmax())]}; {INSIST}'
        )
    if (lying & ~wrong).any():
        first = points.wheres[int((lying & ~wrong).argmax())]
        logger.warning(
            f'{path}: {(lying & ~wrong).sum()} of {len(five)} faces lie on their side or upside '
            f'down, the first: {first}; they are turned upright'
        )
    return Verdict(five, shares, faults)


def _is_mirrored(five: np.ndarray) -> bool:
    layout = face_layout(five)
    return 2 * ((layout.eyes < 0) & (layout.mouth < 0)).sum() > len(five)


def _show(points: np.ndarray) -> list[list[float]]:
    return np.round(points, 3).tolist()


def _why_not(
    points: Points, five: np.ndarray, fits: np.ndarray, good: np.ndarray, better: str
) -> str:
    place = int((~fits).argmax())
    fix = better or 'check the order of the points and of the columns, and name them'
    if not better and good.mean() > 0.5:
        fix = (
            'they lie on their side or upside down, or their order is another: give points of the '
        )
        fix += 'pictures as they are read, and name the columns'
    return (
        f'{points.wheres[place]}: {_show(five[place])} is no upright face with the left eye (of '
        f'the picture), right eye, nose tip, left and right mouth corner in this order, and '
        f'{(~fits).sum()} of {len(five)} are none; {fix}. {INSIST}'
    )


def _better_readings(points: Points, shares: bool) -> str:
    """How else the first points would fit; '' where in no other way. Geometry alone cannot tell an
    exchanged axis from exchanged names, so that all of them are told."""
    listed = list(points.listed[:_SAMPLE])
    if len({len(one) for one in listed}) > 1:
        return ''
    fits = []
    for fix, change in _readings(len(listed[0]), points.named):
        layout = face_layout(np.stack([reduce_landmarks(change(one)) for one in listed]))
        if (is_face(layout, stretched=shares) & is_upright(layout)).mean() >= _USUAL:
            fits.append(fix)
    return f'they would fit {", or ".join(fits)}: look at the pictures' if fits else ''


def _readings(count: int, named: bool) -> Iterator[tuple[str, Callable]]:
    """Other ways to read a row of points, and what the user does where one of them fits."""
    n = count
    if not named:
        yield f'with the header file,x1,...,x{n},y1,...,y{n}', lambda p: p.reshape(2, -1).T
        yield f'with the header file,y1,...,y{n},x1,...,x{n}', lambda p: p.reshape(2, -1)[::-1].T
        yield f'with the header file,x1,y1,...,x{n},y{n}', lambda p: p.T.reshape(-1, 2)
    yield 'with x and y exchanged (correct the header)', lambda p: p[:, ::-1]
    if count == 5:
        exchanged = "with x and y exchanged and the person's left eye first (correct the header)"
        yield exchanged, lambda p: p[MIRROR, ::-1]
    yield 'with y counted from below (give the height less y)', lambda p: p * (1, -1)
    mirrored = 'as points of mirrored pictures (give those of the pictures as they are)'
    yield mirrored, lambda p: p * (-1, 1)
    for order in list(permutations(range(5)))[1:] if count == 5 and not named else ():
        # the name of each point of the file, by its place in the order of names
        names = [f'{WORDS[order.index(i)]}_{axis}' for i in range(5) for axis in 'xy']
        yield f'with the header file,{",".join(names)}', itemgetter([*order])


def outside_box(five: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """(N,) bool: whether the middle of (N, 5, 2) points is away from (N, 4) boxes, of sides above
    0, by more than a quarter of a side."""
    corner, sides = boxes[:, :2], boxes[:, 2:]
    middle = five.mean(axis=1)
    near = (corner - sides / 4 <= middle) & (middle <= corner + 1.25 * sides)
    return ~near.all(axis=1) & np.isfinite(boxes).all(axis=1) & (sides > 0).all(axis=1)


def _check_boxes(points: Points, five: np.ndarray, shares: bool) -> None:
    """ValueError where the table has boxes, and most faces lie outside of theirs."""
    if points.boxes is None or shares:
        return
    away = outside_box(five, points.boxes)
    if 2 * away.sum() > len(five):
        place = int(away.argmax())
        raise ValueError(
            f'{points.wheres[place]}: the points {_show(five[place])} lie outside of the box '
            f'{points.boxes[place].tolist()} (x, y, width, height), as those of {away.sum()} of '
            f'{len(five)} faces do; give both in pixels of the whole picture, or leave out the '
            f"box's columns; {INSIST}"
        )
