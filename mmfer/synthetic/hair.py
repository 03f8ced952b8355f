"""Hair, beard and glasses: what an identity wears, whatever it expresses."""

import numpy as np

from .canvas import Canvas, arc, smooth
from .colours import mix, shade
from .eyes import EYE_Y
from .mouth import Mouth
from .params import Identity
from .shade import Shade

_ANGLE = np.linspace(0, 2 * np.pi, 41)[:-1]
_CIRCLE = np.stack([np.cos(_ANGLE), np.sin(_ANGLE)], 1)
# Hair lines from left to right; x in half widths of the face.
_HAIR_LINES = {
    'short': (
        (-1.03, -0.15),
        (-0.97, -0.42),
        (-0.84, -0.72),
        (-0.5, -0.9),
        (0, -0.93),
        (0.5, -0.9),
        (0.84, -0.72),
        (0.97, -0.42),
        (1.03, -0.15),
    ),
    'parted': (
        (-1.03, -0.2),
        (-0.95, -0.5),
        (-0.8, -0.8),
        (-0.45, -1.02),
        (-0.3, -1.06),
        (0.2, -0.9),
        (0.75, -0.72),
        (0.96, -0.45),
        (1.03, -0.2),
    ),
    'fringe': (
        (-1.04, -0.2),
        (-0.95, -0.52),
        (-0.8, -0.6),
        (-0.4, -0.66),
        (0, -0.64),
        (0.4, -0.68),
        (0.8, -0.6),
        (0.95, -0.52),
        (1.04, -0.2),
    ),
    'long': (
        (-1.1, 0.75),
        (-1.02, 0.1),
        (-0.93, -0.4),
        (-0.6, -0.84),
        (-0.05, -1.06),
        (0.6, -0.84),
        (0.93, -0.4),
        (1.02, 0.1),
        (1.1, 0.75),
    ),
}
_HAIR_LINES['curly'] = _HAIR_LINES['short']


def draw_back_hair(canvas: Canvas, who: Identity) -> None:
    """The hair behind the head."""
    dark = shade(who.hair, 0.72)
    w = who.width
    if who.style == 'long':
        right = np.array(
            [
                (0, -1.42),
                (0.55, -1.36),
                (w + 0.08, -1.0),
                (w + 0.22, -0.3),
                (w + 0.24, 0.5),
                (w + 0.12, 1.3),
                (0.7, 1.6),
            ]
        )
        canvas.fill(smooth(np.concatenate([right, right[::-1] * (-1, 1)]), 49), dark, flat=True)
    elif who.style == 'curly':
        wave = 1 + 0.03 * np.sin(10 * _ANGLE)[:, None]
        canvas.fill((0, -0.52) + _CIRCLE * (w + 0.27, 0.95) * wave, dark, flat=True)
    elif who.style != 'bald':
        canvas.fill((0, -0.5) + _CIRCLE * (w + 0.09, 0.9), dark, flat=True)


def draw_front_hair(canvas: Canvas, who: Identity) -> None:
    """The hair over the forehead, with a few strands; its lower edge is the hair line."""
    if who.style == 'bald':
        return
    w = who.width
    line = smooth(np.array(_HAIR_LINES[who.style]) * (w, 1), 41)
    if who.style == 'curly':
        line[:, 1] += 0.03 * np.sin(np.arange(41) * 1.5)
    elif who.style == 'fringe':
        line[:, 1] += 0.018 * np.sin(np.arange(41) * 2.1)
    side = line[0, 1]
    top = smooth(
        np.array(
            [
                (1.1 * w, side),
                (1.12 * w, -0.7),
                (0.86 * w, -1.16),
                (0.45 * w, -1.4),
                (0, -1.45),
                (-0.45 * w, -1.4),
                (-0.86 * w, -1.16),
                (-1.12 * w, -0.7),
                (-1.1 * w, side),
            ]
        ),
        41,
    )
    canvas.fill(np.concatenate([line, top]), who.hair, flat=True)
    light, dark = mix(who.hair, (255, 255, 255), 0.13), shade(who.hair, 0.7)
    for k in range(5, 36, 3):  # strands from the crown towards the hair line
        root, tip = top[40 - k] * (0.8, 0.93), line[k]
        bend = (root + tip) / 2 + (0.06 * np.sign(tip[0]), 0)
        canvas.stroke(arc(root, bend, root + 0.93 * (tip - root)), 0.035, light if k % 2 else dark)


def shade_beard(wide: Shade, who: Identity, outline: np.ndarray) -> None:
    """Stubble: a soft shadow on the jaw."""
    if who.beard == 'stubble':
        wide.fill(outline[outline[:, 1] > 0.5] * (0.97, 0.99), -0.24, flat=True)


def draw_beard(canvas: Canvas, who: Identity, mouth: Mouth, outline: np.ndarray) -> None:
    """A full beard or a moustache; drawn before the lips."""
    colour = mix(shade(who.hair, 0.8), who.skin, 0.15)
    below_nose = who.nose_y + 0.09
    left, right = mouth.top[0], mouth.top[-1]
    if who.beard == 'full':
        edge = smooth(
            np.array(
                [
                    (-0.86 * who.width, 0.3),
                    (-0.62, 0.62),
                    left + (-0.08, -0.03),
                    (-0.2, below_nose + 0.03),
                    (0, below_nose),
                    (0.2, below_nose + 0.03),
                    right + (0.08, -0.03),
                    (0.62, 0.62),
                    (0.86 * who.width, 0.3),
                ]
            ),
            25,
        )
        canvas.fill_jaw(outline[outline[:, 1] > 0.25], edge, colour)
    elif who.beard == 'moustache':
        canvas.fill(
            np.concatenate(
                [
                    mouth.top[1:-1] + (0, 0.015),
                    [
                        right + (0.06, 0.05),
                        (0.22, below_nose + 0.02),
                        (0, below_nose),
                        (-0.22, below_nose + 0.02),
                        left + (-0.06, 0.05),
                    ],
                ]
            ),
            colour,
        )


def draw_glasses(canvas: Canvas, who: Identity) -> None:
    """Thin dark frames, clear lenses."""
    if not who.glasses:
        return
    frame = (44, 40, 46)
    for side in (-1, 1):
        centre = np.array([side * (who.eye_x + 0.01), EYE_Y + 0.015])
        canvas.outline(centre + _CIRCLE * (0.28, 0.24), 0.024, frame, 0.08)
        canvas.stroke(
            arc(
                (side * (who.eye_x + 0.28), EYE_Y - 0.04),
                (side * 0.8, EYE_Y - 0.06),
                (side * 0.96 * who.width, EYE_Y - 0.05),
            ),
            0.035,
            frame,
        )
    gap = who.eye_x - 0.26
    canvas.stroke(
        arc((-gap, EYE_Y - 0.02), (0, EYE_Y - 0.08), (gap, EYE_Y - 0.02)), 0.04, frame, 0.1
    )
