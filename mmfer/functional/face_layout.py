"""Whether points lie as those of a face do (numpy).

Points are those of :mod:`.align`, x to the right and y down. A face is looked at in its own frame:
down is from the middle of the eyes to the middle of the mouth, and that distance is 1; so a face
may lie on its side, be turned away or be of any size.
"""

from typing import NamedTuple

import numpy as np

from .align import FACE_TEMPLATES

# Bounds of what a face has; those of one that is turned far away are wider. Of 780 crops of FERPlus
# with YuNet's points, all keep the first ones but `alike`, and all but 2 that one, too.
_FACE = dict(eyes=(0.2, 4), mouth=(0.1, 4), down=(0.02, 0.99), right=(-0.7, 0.7), alike=(0.85, 2))
_TURNED = dict(eyes=(-0.15, 8), mouth=(-0.15, 8), down=(-0.4, 1.4), right=(-1.2, 1.2))
_TURNED['alike'] = (0.3, 2)
_STRETCHED = (0.5, 2)  # of points in units of a picture's sides, which differ
UPRIGHT = 60  # degrees; a head is seldom tilted by more


class Layout(NamedTuple):
    """Of N faces, (N,) each. ``eyes`` and ``mouth``: how far the right one lies to the right of the
    left one; ``down`` and ``right``: where the nose tip lies from the middle of the eyes; ``roll``:
    degrees by which the face is turned clockwise, -180 to 180; ``alike``: the share of the points'
    spread that a similarity to ``'arcface'`` explains, 1 of that face itself, 0 of one whose points
    have other places; ``size``: the larger side of the points' box, in their own unit. NaN where
    the middles of eyes and mouth coincide.

    >>> round(face_layout(FACE_TEMPLATES['arcface'][None]).alike.item(), 6)
    1.0
    """

    eyes: np.ndarray
    mouth: np.ndarray
    down: np.ndarray
    right: np.ndarray
    roll: np.ndarray
    alike: np.ndarray
    size: np.ndarray


def face_layout(points: np.ndarray) -> Layout:
    """Where the parts of faces lie.

    Args:
        points: (N, 5, 2): left eye, right eye, nose tip, left and right mouth corner.

    >>> face = [[(0, 0), (4, 0), (2, 2), (1, 4), (3, 4)]]
    >>> [abs(round(value.item(), 2)) for value in face_layout(face)]
    [1.0, 0.5, 0.5, 0.0, 0.0, 0.98, 4.0]
    >>> face_layout(-np.array(face)).roll.item()  # upside down
    180.0
    """
    points = np.asarray(points, dtype=np.float64)
    left, right, nose, left_corner, right_corner = np.moveaxis(points, 1, 0)
    middle = (left + right) / 2
    down = (left_corner + right_corner) / 2 - middle
    size = np.ptp(points, axis=1).max(axis=1)
    squared = (down**2).sum(axis=1)
    squared = np.where(squared > (1e-6 * size) ** 2, squared, np.nan)
    across = np.stack([down[:, 1], -down[:, 0]], axis=1)  # to the right of a face that is upright

    def along(steps: np.ndarray, axis: np.ndarray) -> np.ndarray:
        return (steps * axis).sum(axis=1) / squared

    roll = np.rad2deg(np.arctan2(-down[:, 0], down[:, 1]))
    return Layout(
        along(right - left, across),
        along(right_corner - left_corner, across),
        along(nose - middle, down),
        along(nose - middle, across),
        np.where(roll <= -180, 180.0, roll),
        _alike(points),
        size,
    )


def _alike(points: np.ndarray) -> np.ndarray:
    """1 - residual / spread of the least squares fit of
    :func:`~mmfer.functional.align.similarity_from_points`."""
    face = FACE_TEMPLATES['arcface'] - FACE_TEMPLATES['arcface'].mean(axis=0)
    points = points - points.mean(axis=1, keepdims=True)
    straight = (points * face).sum(axis=(1, 2))
    turned = (points[..., 0] * face[:, 1] - points[..., 1] * face[:, 0]).sum(axis=1)
    spread = (points**2).sum(axis=(1, 2)) * (face**2).sum()
    return (straight**2 + turned**2) / np.where(spread > 0, spread, np.nan)


def is_face(layout: Layout, turned: bool = False, stretched: bool = False) -> np.ndarray:
    """(N,) bool: whether each part lies where it does in a face, however that is rolled.

    Args:
        turned: also where it does in one that looks far to a side, up or down.
        stretched: also where x and y have different units.

    >>> face = FACE_TEMPLATES['arcface'][None]
    >>> [is_face(face_layout(points)).item() for points in (face, -face, face[..., ::-1])]
    [True, True, False]
    """
    bounds = dict(_TURNED if turned else _FACE)
    if stretched and not turned:
        bounds['alike'] = _STRETCHED
    fits = np.ones(len(layout.size), dtype=bool)
    for name, (low, high) in bounds.items():
        value = getattr(layout, name)
        fits &= (low <= value) & (value <= high)  # False of NaN
    return fits


def is_upright(layout: Layout) -> np.ndarray:
    """(N,) bool: whether the head is tilted by no more than ``UPRIGHT``.

    >>> face = FACE_TEMPLATES['arcface'][None]
    >>> [is_upright(face_layout(points)).item() for points in (face, -face)]
    [True, False]
    """
    return np.abs(layout.roll) <= UPRIGHT
