"""A face's curves: its outline, lids, brows and lips as the action units move them, and the 68
landmarks that lie on them.

AU1 / AU2 raise the inner / outer brow, AU4 lowers the brows and draws them together; AU5 opens the
upper lid, AU6 (cheek) and AU7 (lid) narrow the eye. AU12 pulls the lip corners up, AU15 down, AU20
sideways; AU10 raises the upper lip, AU16 lowers the lower one; AU17 pushes the chin up; AU23 and
AU24 tighten and press the lips; AU25 parts them, AU26 drops the jaw; AU14 dimples a corner.
"""

from typing import NamedTuple

import numpy as np

from .canvas import Canvas, along, arc, smooth
from .face import ActionUnits, Face, Identity

EYE_Y = -0.17
_LID_T = np.linspace(-1, 1, 20)  # inner corner .. outer corner
_LID = (1 - np.abs(_LID_T) ** 2.3) ** 0.75
_T = np.linspace(-1, 1, 32)  # of the lips, left .. right
_ROUND = np.sqrt(1 - _T**2)
_BOX = (1 - _T**6) ** 0.6  # a stretched mouth opens like a box
_RIGHT = (_T + 1) / 2  # weight of the right side's action units
_CUPID = 0.25 * np.exp(-((_T / 0.12) ** 2)) - 0.16 * np.exp(-(((np.abs(_T) - 0.3) / 0.18) ** 2))


class Mouth(NamedTuple):
    """The lips' four contours, (32, 2) each, left to right, and how much teeth show (0..1)."""

    top: np.ndarray
    upper: np.ndarray
    lower: np.ndarray
    bottom: np.ndarray
    upper_teeth: float
    lower_teeth: float


class Shape:
    """The curves of a face, in face units.

    ``sides`` are the action units of the picture's left and right side, ``both`` their means.
    ``outline`` (48, 2) goes round the head: skull, cheek bones, jaw, chin. ``lids`` and ``brows``
    are those of the left and right side: the (upper, lower) lid and the brow's centre, (20, 2)
    each, from the inner to the outer end.
    """

    def __init__(self, face: Face) -> None:
        self.who = who = face.identity
        self.sides = tuple(ActionUnits(*column) for column in face.units.T.tolist())
        self.both = ActionUnits(*((left + right) / 2 for left, right in zip(*self.sides)))
        self.outline = _head_outline(who, self.both.AU26)
        self.lids = [_lids(who, side, au) for side, au in zip((-1, 1), self.sides)]
        self.brows = [_brow(who, side, au) for side, au in zip((-1, 1), self.sides)]
        self.mouth = _mouth(who, self.sides, self.both)


def _head_outline(who: Identity, jaw_drop: float) -> np.ndarray:
    chin, jaw, top = who.chin + 0.13 * jaw_drop, who.width * who.jaw, -1.22
    knots = [(0, top), (0.5 * who.width, top + 0.04), (0.86 * who.width, -0.8)]
    knots += [(who.width, -0.25), (0.98 * who.width, 0.15), (jaw, 0.66)]
    knots += [(0.72 * jaw, 0.66 + 0.62 * (chin - 0.66)), (0.34 * jaw, chin - 0.01), (0, chin)]
    right = smooth(knots, 25)
    return np.concatenate([right, right[-2:0:-1] * (-1, 1)])


def _lids(who: Identity, side: int, au: ActionUnits) -> tuple[np.ndarray, np.ndarray]:
    t, height = _LID_T, 0.092 * who.eye_size
    # Sad brows pull the lid's inner half up and let the outer half hang.
    droop = max(au.AU1 - au.AU2 - 0.6 * au.AU5, 0)
    up = 1 + 0.62 * au.AU5 - 0.36 * au.AU7 - 0.2 * au.AU6 - 0.2 * au.AU9 - 0.22 * droop
    low = 1 + 0.3 * au.AU5 - 0.5 * au.AU7 - 0.75 * au.AU6 - 0.3 * au.AU9
    x = side * (who.eye_x + t * (0.195 * who.eye_size))
    slant = -who.eye_tilt * (t + 1) / 2
    upper = -height * max(up, 0.12) * _LID + slant + 0.042 * droop * (t + 0.3)
    glare = 0.06 * au.AU4 * max(1 - au.AU1, 0) * (1 - t) / 2 * _LID
    lower = height * 0.62 * max(low, 0.05) * _LID + slant
    lower = lower + 0.03 * droop * (t + 0.2) - 0.02 * au.AU6 * _LID
    lower = np.maximum(lower, upper + glare + 0.004)
    upper = np.minimum(upper + glare, lower)
    return np.stack([x, EYE_Y + upper], 1), np.stack([x, EYE_Y + lower], 1)


def _brow(who: Identity, side: int, au: ActionUnits) -> np.ndarray:
    inner = 0.01 - 0.15 * au.AU1 - 0.02 * au.AU2
    inner = inner + 0.135 * au.AU4 * (1 - 0.55 * au.AU1) + 0.05 * au.AU9
    middle = -0.06 - who.brow_arch - 0.07 * au.AU1 - 0.19 * au.AU2
    middle = middle + 0.10 * au.AU4 * (1 - 0.4 * au.AU1) + 0.04 * au.AU9 + 0.015 * au.AU6
    outer = 0.045 - 0.085 * au.AU2 + 0.055 * max(au.AU1 - au.AU2, 0) - 0.02 * au.AU4 + 0.02 * au.AU6
    x = 0.155 - (0.055 * au.AU4 + 0.015 * au.AU9)
    line = arc((x, inner), (who.eye_x + 0.03, middle), (who.eye_x + 0.30, outer), 20)
    line[:, 0] *= side
    line[:, 1] += who.brow_y
    return line


def _lip_corner(who: Identity, side: int, au: ActionUnits) -> tuple[float, float]:
    round_jaw = au.AU26 * max(1 - au.AU20 - au.AU12, 0)
    x = who.mouth_width + 0.13 * au.AU12 + 0.12 * au.AU20 + 0.05 * au.AU14 + 0.03 * au.AU10
    x = x - 0.11 * round_jaw - 0.05 * au.AU23 - 0.02 * au.AU15
    y = -0.012 - 0.15 * au.AU12 + 0.11 * au.AU15 + 0.05 * au.AU20 - 0.08 * au.AU14
    y = y + 0.08 * au.AU26 * (1 - 0.6 * au.AU12) + 0.02 * au.AU10
    return side * x, y


def _mouth(who: Identity, sides: tuple[ActionUnits, ActionUnits], au: ActionUnits) -> Mouth:
    (x0, y0), (x1, y1) = (_lip_corner(who, *pair) for pair in zip((-1, 1), sides))
    x = x0 * (1 - _RIGHT) + x1 * _RIGHT
    middle = 0.045 * au.AU12 - 0.05 * au.AU15 - 0.055 * au.AU17 - 0.03 * au.AU9 - 0.035 * au.AU10
    bend = np.abs(_T) ** 1.7
    rest = middle * (1 - bend) + np.where(_T < 0, y0, y1) * bend

    stretched = min(au.AU20 + 0.7 * au.AU16 + 0.5 * au.AU12, 1.0)
    opening = _ROUND * (1 - stretched) + _BOX * stretched
    if au.AU12 > 0.3:  # a smile opens below its straight upper lip
        opening = opening * (1 - 0.25 * np.abs(_T))
    up = 0.03 * au.AU25 + 0.02 * au.AU26 + 0.05 * au.AU10 * au.AU25 + 0.02 * au.AU20 * au.AU25
    low = 0.05 * au.AU25 + 0.3 * au.AU26 + 0.07 * au.AU16 * au.AU25
    low = low + 0.05 * au.AU20 * au.AU25 + 0.05 * au.AU12 * au.AU25
    sneer = sides[0].AU10 * (1 - _RIGHT) + sides[1].AU10 * _RIGHT
    lift = 0.085 * sneer * np.exp(-(((np.abs(_T) - 0.45) / 0.35) ** 2))

    thin = max(1 - 0.45 * au.AU24 - 0.35 * au.AU23, 0.3)
    lip_up = who.lip * 0.85 * thin * (1 - 0.3 * au.AU12 - 0.25 * au.AU20)
    lip_low = who.lip * 1.15 * thin * (1 - 0.25 * au.AU12 + 0.15 * au.AU17 - 0.2 * au.AU20)
    upper = rest - up * opening - lift * (0.4 + 0.6 * au.AU25)
    lower = rest + low * opening
    full = (1 - np.abs(_T) ** 2.4) ** 0.9
    top = upper - lip_up * full * (1 - _CUPID) - 0.4 * lift * (1 - au.AU25)
    bottom = lower + lip_low * (1 - np.abs(_T) ** 2.2)
    return Mouth(
        *(np.stack([x, who.mouth_y + line], 1) for line in (top, upper, lower, bottom)),
        upper_teeth=min(0.15 + au.AU12 + au.AU10 + 0.55 * au.AU20, 1.0),
        lower_teeth=min(au.AU16 + 0.6 * au.AU20, 1.0),
    )


def landmarks_68(face: Face, side: int) -> np.ndarray:
    """Landmarks (68, 2), x and y in pixels of a picture of ``side`` x ``side``.

    The order is that of the iBUG 300-W scheme, left and right being the picture's: the outline from
    the left temple over the chin (8) to the right one (0..16), brows (17..26), bridge (27..30) and
    base of the nose (31..35), eyes (36..47), lips outside (48..59) and inside (60..67), each
    clockwise from its left corner. They lie on the curves that are drawn, hidden or not, and may
    lie outside of the picture.
    """
    canvas, shape = Canvas(side, face.pose), Shape(face)
    right = shape.outline[:25]
    right = right[right[:, 1] > EYE_Y]
    length = np.concatenate([[0.0], np.hypot(*np.diff(right, axis=0).T).cumsum()])
    right = along(right, np.linspace(0, length[-1], 9), length)  # temple .. chin, evenly
    jaw = np.concatenate([right * (-1, 1), right[-2::-1]])

    brows = [_at(brow, np.linspace(0, 1, 5)) for brow in shape.brows]
    eyes = []
    for sign, (upper, lower) in zip((-1, 1), shape.lids):  # inner .. outer corner
        run = np.array([1.0, 0.66, 0.34, 0.0])[::-sign]  # the picture's left .. right
        eyes += [_at(upper, run), _at(lower, run[2:0:-1])]
    run, inner = np.linspace(0, 1, 7), np.array([0.08, 0.27, 0.5, 0.73, 0.92])
    lips = [_at(shape.mouth.top, run), _at(shape.mouth.bottom, run[5:0:-1])]
    lips += [_at(shape.mouth.upper, inner), _at(shape.mouth.lower, inner[3:0:-1])]

    y, w = face.identity.nose_y, face.identity.nose_width
    bridge = np.stack([np.zeros(4), np.linspace(EYE_Y - 0.02, y - 0.05, 4)], 1)
    below = y + np.array([0.035, 0.055, 0.07, 0.055, 0.035])
    base = np.stack([w * np.linspace(-0.8, 0.8, 5), below], 1)
    parts = [canvas.project(jaw, flat=True), *map(canvas.project, (brows[0][::-1], brows[1]))]
    parts += [canvas.project(bridge, np.array([0.08, 0.12, 0.2, 0.3])), canvas.project(base, 0.15)]
    return np.concatenate([*parts, *map(canvas.project, [*eyes, *lips])])


def _at(line: np.ndarray, run: np.ndarray) -> np.ndarray:
    """Points of ``line`` (n, 2) at fractions ``run`` of its number of points."""
    return along(line, run * (len(line) - 1))
