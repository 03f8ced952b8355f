"""Eyes and brows, and how the action units of the upper face move them.

AU1 / AU2 raise the inner / outer brow, AU4 lowers the brows and draws them
together; AU5 opens the upper lid, AU6 (cheek) and AU7 (lid) narrow the eye.
"""
from typing import Dict, Tuple

import numpy as np

from .canvas import Canvas, arc, ribbon
from .colours import mix, shade
from .params import Identity

EYE_Y = -.17
_T = np.linspace(-1, 1, 20)                  # inner corner .. outer corner
_LID = (1 - np.abs(_T)**2.3)**.75
_CIRCLE = np.stack([np.cos(np.linspace(0, 2 * np.pi, 25)[:-1]),
                    np.sin(np.linspace(0, 2 * np.pi, 25)[:-1])], 1)


def lid_lines(who: Identity, side: int, au: Dict[str, float]) -> Tuple[np.ndarray, np.ndarray]:
    """Upper and lower lid, (20, 2) each, from the inner to the outer corner."""
    width = .195 * who.eye_size
    height = .092 * who.eye_size
    # Sad brows pull the lid's inner half up and let the outer half hang.
    droop = max(au['AU1'] - au['AU2'] - .6 * au['AU5'], 0)
    open_up = height * max(1 + .62 * au['AU5'] - .36 * au['AU7'] - .2 * au['AU6']
                           - .2 * au['AU9'] - .22 * droop, .12)
    open_low = height * .62 * max(1 + .3 * au['AU5'] - .5 * au['AU7'] - .75 * au['AU6']
                                  - .3 * au['AU9'], .05)
    x = side * (who.eye_x + _T * width)
    slant = -who.eye_tilt * (_T + 1) / 2
    upper = -open_up * _LID + slant + .042 * droop * (_T + .3)
    glare = .06 * au['AU4'] * max(1 - au['AU1'], 0) * (1 - _T) / 2 * _LID
    lower = open_low * _LID + slant + .03 * droop * (_T + .2) - .02 * au['AU6'] * _LID
    lower = np.maximum(lower, upper + glare + .004)
    return (np.stack([x, EYE_Y + np.minimum(upper + glare, lower)], 1),
            np.stack([x, EYE_Y + lower], 1))


def draw_eye(canvas: Canvas, who: Identity, side: int, au: Dict[str, float],
             gaze: Tuple[float, float]) -> None:
    """One eye: white, iris, pupil, highlight, lids, lashes and the lid's crease."""
    upper, lower = lid_lines(who, side, au)
    outline = np.concatenate([upper, lower[::-1]])
    iris = .093 * who.eye_size
    centre = np.array([side * who.eye_x + gaze[0], EYE_Y - .012 + gaze[1] - .02 * au['AU5']])

    def ball() -> None:
        canvas.fill(outline, mix((232, 236, 240), who.skin, .1))
        canvas.fill(upper + (0, .012), (175, 178, 186))
        canvas.fill(np.concatenate([upper, upper[::-1] + (0, .035)]), (168, 172, 184))
        canvas.fill(centre + iris * _CIRCLE, shade(who.iris, .45))
        canvas.fill(centre + iris * .84 * _CIRCLE, who.iris)
        canvas.fill(centre + iris * .45 * _CIRCLE, (14, 14, 16))
        canvas.fill(centre + (-.032, -.034) + iris * .24 * _CIRCLE, (250, 250, 250))

    canvas.paint_inside(outline, ball)
    dark = shade(mix(who.hair, (20, 20, 30), .7), .6)
    canvas.stroke(upper, .042, dark)
    canvas.stroke(lower, .016, shade(who.skin, .52))
    lift = .055 + .025 * au['AU5'] - .02 * au['AU4']
    canvas.stroke(upper[4:16] - (0, lift), .014, shade(who.skin, .62))


def brow_line(who: Identity, side: int, au: Dict[str, float]) -> np.ndarray:
    """Centre line (20, 2) of a brow from its inner to its outer end."""
    together = .055 * au['AU4'] + .015 * au['AU9']
    inner = (.155 - together,
             .01 - .15 * au['AU1'] - .02 * au['AU2'] + .135 * au['AU4'] * (1 - .55 * au['AU1'])
             + .05 * au['AU9'])
    middle = (who.eye_x + .03,
              -.06 - who.brow_arch - .07 * au['AU1'] - .19 * au['AU2']
              + .10 * au['AU4'] * (1 - .4 * au['AU1']) + .04 * au['AU9'] + .015 * au['AU6'])
    outer = (who.eye_x + .30,
             .045 - .085 * au['AU2'] + .055 * max(au['AU1'] - au['AU2'], 0) - .02 * au['AU4']
             + .02 * au['AU6'])
    line = arc(inner, middle, outer, 20)
    line[:, 0] *= side
    line[:, 1] += who.brow_y
    return line


def draw_brow(canvas: Canvas, who: Identity, side: int, au: Dict[str, float]) -> None:
    """A brow: thick at its inner third, thin at the temple."""
    line = brow_line(who, side, au)
    run = np.linspace(0, 1, 20)[:, None]
    width = who.brow_thick * np.minimum(.55 + 3 * run, 1.) * (1 - .72 * run**1.7)
    colour = mix(shade(who.hair, .62), who.skin, .12)
    canvas.fill(ribbon(line, width * 1.25), mix(colour, who.skin, .55))
    canvas.fill(ribbon(line, width), colour)
