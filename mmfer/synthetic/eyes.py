"""Eyes and brows, and how the action units of the upper face move them.

AU1 / AU2 raise the inner / outer brow, AU4 lowers the brows and draws them together; AU5 opens the
upper lid, AU6 (cheek) and AU7 (lid) narrow the eye.
"""

import numpy as np

from .canvas import Canvas, arc, ribbon
from .colours import mix, shade
from .params import Identity

EYE_Y = -0.17
_T = np.linspace(-1, 1, 20)  # inner corner .. outer corner
_LID = (1 - np.abs(_T) ** 2.3) ** 0.75
_CIRCLE = np.stack(
    [np.cos(np.linspace(0, 2 * np.pi, 25)[:-1]), np.sin(np.linspace(0, 2 * np.pi, 25)[:-1])], 1
)


def lid_lines(who: Identity, side: int, au: dict[str, float]) -> tuple[np.ndarray, np.ndarray]:
    """Upper and lower lid, (20, 2) each, from the inner to the outer corner."""
    width = 0.195 * who.eye_size
    height = 0.092 * who.eye_size
    # Sad brows pull the lid's inner half up and let the outer half hang.
    droop = max(au['AU1'] - au['AU2'] - 0.6 * au['AU5'], 0)
    open_up = height * max(
        1 + 0.62 * au['AU5'] - 0.36 * au['AU7'] - 0.2 * au['AU6'] - 0.2 * au['AU9'] - 0.22 * droop,
        0.12,
    )
    open_low = (
        height
        * 0.62
        * max(1 + 0.3 * au['AU5'] - 0.5 * au['AU7'] - 0.75 * au['AU6'] - 0.3 * au['AU9'], 0.05)
    )
    x = side * (who.eye_x + _T * width)
    slant = -who.eye_tilt * (_T + 1) / 2
    upper = -open_up * _LID + slant + 0.042 * droop * (_T + 0.3)
    glare = 0.06 * au['AU4'] * max(1 - au['AU1'], 0) * (1 - _T) / 2 * _LID
    lower = open_low * _LID + slant + 0.03 * droop * (_T + 0.2) - 0.02 * au['AU6'] * _LID
    lower = np.maximum(lower, upper + glare + 0.004)
    return (
        np.stack([x, EYE_Y + np.minimum(upper + glare, lower)], 1),
        np.stack([x, EYE_Y + lower], 1),
    )


def draw_eye(
    canvas: Canvas, who: Identity, side: int, au: dict[str, float], gaze: tuple[float, float]
) -> None:
    """One eye: white, iris, pupil, highlight, lids, lashes and the lid's crease."""
    upper, lower = lid_lines(who, side, au)
    outline = np.concatenate([upper, lower[::-1]])
    iris = 0.093 * who.eye_size
    centre = np.array([side * who.eye_x + gaze[0], EYE_Y - 0.012 + gaze[1] - 0.02 * au['AU5']])

    def ball() -> None:
        canvas.fill(outline, mix((232, 236, 240), who.skin, 0.1))
        canvas.fill(upper + (0, 0.012), (175, 178, 186))
        canvas.fill(np.concatenate([upper, upper[::-1] + (0, 0.035)]), (168, 172, 184))
        canvas.fill(centre + iris * _CIRCLE, shade(who.iris, 0.45))
        canvas.fill(centre + iris * 0.84 * _CIRCLE, who.iris)
        canvas.fill(centre + iris * 0.45 * _CIRCLE, (14, 14, 16))
        canvas.fill(centre + (-0.032, -0.034) + iris * 0.24 * _CIRCLE, (250, 250, 250))

    canvas.paint_inside(outline, ball)
    dark = shade(mix(who.hair, (20, 20, 30), 0.7), 0.6)
    canvas.stroke(upper, 0.042, dark)
    canvas.stroke(lower, 0.016, shade(who.skin, 0.52))
    lift = 0.055 + 0.025 * au['AU5'] - 0.02 * au['AU4']
    canvas.stroke(upper[4:16] - (0, lift), 0.014, shade(who.skin, 0.62))


def brow_line(who: Identity, side: int, au: dict[str, float]) -> np.ndarray:
    """Centre line (20, 2) of a brow from its inner to its outer end."""
    together = 0.055 * au['AU4'] + 0.015 * au['AU9']
    inner = (
        0.155 - together,
        0.01
        - 0.15 * au['AU1']
        - 0.02 * au['AU2']
        + 0.135 * au['AU4'] * (1 - 0.55 * au['AU1'])
        + 0.05 * au['AU9'],
    )
    middle = (
        who.eye_x + 0.03,
        -0.06
        - who.brow_arch
        - 0.07 * au['AU1']
        - 0.19 * au['AU2']
        + 0.10 * au['AU4'] * (1 - 0.4 * au['AU1'])
        + 0.04 * au['AU9']
        + 0.015 * au['AU6'],
    )
    outer = (
        who.eye_x + 0.30,
        0.045
        - 0.085 * au['AU2']
        + 0.055 * max(au['AU1'] - au['AU2'], 0)
        - 0.02 * au['AU4']
        + 0.02 * au['AU6'],
    )
    line = arc(inner, middle, outer, 20)
    line[:, 0] *= side
    line[:, 1] += who.brow_y
    return line


def draw_brow(canvas: Canvas, who: Identity, side: int, au: dict[str, float]) -> None:
    """A brow: thick at its inner third, thin at the temple."""
    line = brow_line(who, side, au)
    run = np.linspace(0, 1, 20)[:, None]
    width = who.brow_thick * np.minimum(0.55 + 3 * run, 1.0) * (1 - 0.72 * run**1.7)
    colour = mix(shade(who.hair, 0.62), who.skin, 0.12)
    canvas.fill(ribbon(line, width * 1.25), mix(colour, who.skin, 0.55))
    canvas.fill(ribbon(line, width), colour)
