"""The 68 points that face detectors give, read off a drawn face's own geometry."""

from collections.abc import Sequence

import numpy as np

from .action_units import UNITS
from .canvas import Canvas
from .eyes import EYE_Y, brow_line, lid_lines
from .mouth import mouth_shape
from .params import Face
from .skin import head_outline


def landmarks_68(face: Face, side: int) -> np.ndarray:
    """Landmarks (68, 2), x and y in pixels of a picture of ``side`` x ``side``.

    The order is that of the iBUG 300-W scheme, left and right being the picture's: the outline from
    the left temple over the chin (8) to the right one (0..16), brows (17..26), bridge (27..30) and
    base of the nose (31..35), eyes (36..47), lips outside (48..59) and inside (60..67), each
    clockwise from its left corner. They lie on the curves that are drawn, hidden or not, and may
    lie outside of the picture.
    """
    canvas, who = Canvas(side, face.pose), face.identity
    sides = [dict(zip(UNITS, column)) for column in face.units.T.tolist()]
    outline = head_outline(who, (sides[0]['AU26'] + sides[1]['AU26']) / 2)
    right = outline[:25]
    right = _even(right[right[:, 1] > EYE_Y], 9)  # temple .. chin
    jaw = np.concatenate([right * (-1, 1), right[-2::-1]])

    brows = [
        _at(brow_line(who, side, au), np.linspace(0, 1, 5)) for side, au in zip((-1, 1), sides)
    ]
    eyes = []
    for sign, au in zip((-1, 1), sides):
        upper, lower = lid_lines(who, sign, au)  # inner .. outer corner
        run = np.array([1.0, 0.66, 0.34, 0.0])[::-sign]  # the picture's left .. right
        eyes += [_at(upper, run), _at(lower, run[2:0:-1])]
    mouth = mouth_shape(who, tuple(sides))
    run, inner = np.linspace(0, 1, 7), np.array([0.08, 0.27, 0.5, 0.73, 0.92])
    lips = [
        _at(mouth.top, run),
        _at(mouth.bottom, run[5:0:-1]),
        _at(mouth.upper, inner),
        _at(mouth.lower, inner[3:0:-1]),
    ]

    y, w = who.nose_y, who.nose_width
    bridge = np.stack([np.zeros(4), np.linspace(EYE_Y - 0.02, y - 0.05, 4)], 1)
    base = np.stack(
        [w * np.linspace(-0.8, 0.8, 5), y + np.array([0.035, 0.055, 0.07, 0.055, 0.035])], 1
    )
    return np.concatenate(
        [
            canvas.project(jaw, flat=True),
            canvas.project(brows[0][::-1]),
            canvas.project(brows[1]),
            canvas.project(bridge, np.array([0.08, 0.12, 0.2, 0.3])),
            canvas.project(base, 0.15),
            *map(canvas.project, [*eyes, *lips]),
        ]
    )


def _at(line: np.ndarray, run: Sequence[float]) -> np.ndarray:
    """Points of ``line`` (n, 2) at fractions ``run`` of its number of points."""
    where, at = np.asarray(run) * (len(line) - 1), np.arange(len(line))
    return np.stack([np.interp(where, at, line[:, 0]), np.interp(where, at, line[:, 1])], 1)


def _even(line: np.ndarray, n: int) -> np.ndarray:
    """``n`` points at even distances along ``line``."""
    steps: list[float] = np.hypot(*np.diff(line, axis=0).T).cumsum().tolist()
    length = np.array([0.0, *steps])
    where = np.linspace(0, length[-1], n)
    return np.stack([np.interp(where, length, line[:, 0]), np.interp(where, length, line[:, 1])], 1)
