"""Whether the points of a table are those of faces, as its columns are read.

A face may lie on its side, look away or be listed wrongly, a table of them may not: more than half
of its faces have to stand upright with their parts in order. So a table of another order of points
or columns is seen, whatever a single face looks like.
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
    if 2 * fits.sum() < len(five) or not fits.any():
        raise ValueError(_why_not(points, five, fits, good, shares))
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
    points: Points, five: np.ndarray, fits: np.ndarray, good: np.ndarray, shares: bool
) -> str:
    place = int((~fits).argmax())
    said = (
        f'{points.wheres[place]}: {_show(five[place])} is no upright face with the left eye (of '
        f'the picture), right eye, nose tip, left and right mouth corner in this order, and '
        f'{(~fits).sum()} of {len(five)} are none'
    )
    listed = list(points.listed[:_SAMPLE])
    for fix, change in _readings(len(listed[0]), points.named):
        again = face_layout(np.stack([reduce_landmarks(change(one)) for one in listed]))
        as_faces = is_face(again, stretched=shares) & is_upright(again)
        if 10 * as_faces.sum() > 8 * len(listed):
            return f'{said}; {fix}. {INSIST}'
    if 2 * good.sum() > len(five):
        turned = (
            'they lie on their side or upside down: were they found in pictures that were turned'
        )
        return f'{said}; {turned}? Give points of the pictures as they are. {INSIST}'
    return f'{said}; check the order of the points and of the columns, and name them. {INSIST}'


def _readings(count: int, named: bool) -> Iterator[tuple[str, Callable]]:
    """Other ways to read a row of points, and what the user does where one of them fits."""
    n, fit = count, 'they fit with the header'
    if not named and count == 5:
        for order in list(permutations(range(5)))[1:]:
            # the name of each point of the file, by its place in the order of names
            names = [f'{WORDS[order.index(i)]}_{axis}' for i in range(5) for axis in 'xy']
            yield f'{fit} file,{",".join(names)}', itemgetter([*order])
    if not named:
        yield f'{fit} file,x1,...,x{n},y1,...,y{n}', lambda p: p.reshape(2, -1).T
        yield f'{fit} file,y1,...,y{n},x1,...,x{n}', lambda p: p.reshape(2, -1)[::-1].T
        yield f'{fit} file,x1,y1,...,x{n},y{n}', lambda p: p.T.reshape(-1, 2)
    yield 'they fit with x and y exchanged: correct the header', lambda p: p[:, ::-1]
    if count == 5:
        exchanged = "they fit with x and y exchanged, the person's left eye first"
        yield f'{exchanged}: correct the header', lambda p: p[MIRROR, ::-1]
    yield 'they fit with y counted from below: give the height less y', lambda p: p * (1, -1)
    mirrored = 'they fit as points of mirrored pictures: give those of the pictures as they are'
    yield mirrored, lambda p: p * (-1, 1)


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
