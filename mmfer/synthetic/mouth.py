"""The mouth, and how the action units of the lower face shape it.

AU12 pulls the lip corners up, AU15 down, AU20 sideways; AU10 raises the upper lip, AU16 lowers the
lower one; AU17 pushes the chin up; AU23 and AU24 tighten and press the lips; AU25 parts them, AU26
drops the jaw; AU14 dimples a corner.
"""

from typing import NamedTuple

import numpy as np

from .canvas import Canvas
from .colours import mix, shade
from .params import Identity

_T = np.linspace(-1, 1, 32)
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


def mouth_shape(who: Identity, sides: tuple[dict[str, float], dict[str, float]]) -> Mouth:
    """The lips' contours for the action units of the (left, right) side."""
    both = {name: (sides[0][name] + sides[1][name]) / 2 for name in sides[0]}
    corners = []
    for sign, au in zip((-1, 1), sides):
        round_jaw = au['AU26'] * max(1 - au['AU20'] - au['AU12'], 0)
        x = (
            who.mouth_width
            + 0.13 * au['AU12']
            + 0.12 * au['AU20']
            + 0.05 * au['AU14']
            + 0.03 * au['AU10']
            - 0.11 * round_jaw
            - 0.05 * au['AU23']
            - 0.02 * au['AU15']
        )
        y = (
            -0.012
            - 0.15 * au['AU12']
            + 0.11 * au['AU15']
            + 0.05 * au['AU20']
            - 0.08 * au['AU14']
            + 0.08 * au['AU26'] * (1 - 0.6 * au['AU12'])
            + 0.02 * au['AU10']
        )
        corners.append((sign * x, y))
    (x0, y0), (x1, y1) = corners
    middle = (
        0.045 * both['AU12']
        - 0.05 * both['AU15']
        - 0.055 * both['AU17']
        - 0.03 * both['AU9']
        - 0.035 * both['AU10']
    )
    x = x0 * (1 - _RIGHT) + x1 * _RIGHT
    bend = np.abs(_T) ** 1.7
    rest = middle * (1 - bend) + np.where(_T < 0, y0, y1) * bend

    stretched = min(both['AU20'] + 0.7 * both['AU16'] + 0.5 * both['AU12'], 1.0)
    opening = _ROUND * (1 - stretched) + _BOX * stretched
    if both['AU12'] > 0.3:  # a smile opens below its straight upper lip
        opening = opening * (1 - 0.25 * np.abs(_T))
    up = (
        0.03 * both['AU25']
        + 0.02 * both['AU26']
        + 0.05 * both['AU10'] * both['AU25']
        + 0.02 * both['AU20'] * both['AU25']
    )
    low = (
        0.05 * both['AU25']
        + 0.3 * both['AU26']
        + 0.07 * both['AU16'] * both['AU25']
        + 0.05 * both['AU20'] * both['AU25']
        + 0.05 * both['AU12'] * both['AU25']
    )
    sneer = sides[0]['AU10'] * (1 - _RIGHT) + sides[1]['AU10'] * _RIGHT
    lift = 0.085 * sneer * np.exp(-(((np.abs(_T) - 0.45) / 0.35) ** 2))

    thin = max(1 - 0.45 * both['AU24'] - 0.35 * both['AU23'], 0.3)
    lip_up = who.lip * 0.85 * thin * (1 - 0.3 * both['AU12'] - 0.25 * both['AU20'])
    lip_low = (
        who.lip * 1.15 * thin * (1 - 0.25 * both['AU12'] + 0.15 * both['AU17'] - 0.2 * both['AU20'])
    )
    upper = rest - up * opening - lift * (0.4 + 0.6 * both['AU25'])
    lower = rest + low * opening
    full = (1 - np.abs(_T) ** 2.4) ** 0.9
    top = upper - lip_up * full * (1 - _CUPID) - 0.4 * lift * (1 - both['AU25'])
    bottom = lower + lip_low * (1 - np.abs(_T) ** 2.2)
    y = who.mouth_y
    return Mouth(
        *(np.stack([x, y + line], 1) for line in (top, upper, lower, bottom)),
        upper_teeth=min(0.15 + both['AU12'] + both['AU10'] + 0.55 * both['AU20'], 1.0),
        lower_teeth=min(both['AU16'] + 0.6 * both['AU20'], 1.0),
    )


def draw_mouth(canvas: Canvas, who: Identity, mouth: Mouth) -> None:
    """Lips, and between them the dark inside with teeth and tongue."""
    red = mix(mix(shade(who.skin, 0.86), (96, 92, 190), 0.38), (60, 40, 190), 0.55 * who.lip_tint)
    gap = float((mouth.lower - mouth.upper)[:, 1].max())
    canvas.fill(np.concatenate([mouth.top, mouth.bottom[::-1]]), red)
    canvas.fill(np.concatenate([mouth.top, mouth.upper[::-1]]), shade(red, 0.84))
    shine = mouth.lower * 0.45 + mouth.bottom * 0.55
    canvas.stroke(shine[8:20], 0.022, mix(red, (255, 255, 255), 0.22))
    if gap > 0.015:
        inside = np.concatenate([mouth.upper, mouth.lower[::-1]])

        def cavity() -> None:
            canvas.fill(inside, (28, 18, 52))
            if gap > 0.12:
                centre = mouth.lower.mean(0) + (0, 0.25 * gap)
                angle = np.linspace(0, 2 * np.pi, 20)
                canvas.fill(
                    centre + np.stack([0.16 * np.cos(angle), 0.45 * gap * np.sin(angle)], 1),
                    (78, 66, 150),
                )
            white = (222, 232, 236)
            if mouth.upper_teeth > 0.3:
                drop = (0, min(0.1 * mouth.upper_teeth, 0.95 * gap))
                canvas.fill(np.concatenate([mouth.upper, mouth.upper[::-1] + drop]), white)
            if mouth.lower_teeth > 0.3:
                rise = (0, min(0.075 * mouth.lower_teeth, 0.5 * gap))
                canvas.fill(
                    np.concatenate([mouth.lower, mouth.lower[::-1] - rise]), shade(white, 0.93)
                )

        canvas.paint_inside(inside, cavity)
    canvas.stroke(mouth.upper, 0.026, shade(red, 0.42))
    if gap > 0.015:
        canvas.stroke(mouth.lower, 0.016, shade(red, 0.55))
