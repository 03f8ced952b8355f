"""Head, nose, and the soft relief of the skin: cheeks, folds, wrinkles, furrows."""

import numpy as np

from .canvas import Canvas, arc, smooth
from .colours import shade
from .eyes import EYE_Y, lid_lines
from .mouth import Mouth
from .params import Identity
from .shade import Shade

Sides = tuple[dict[str, float], dict[str, float]]
_ANGLE = np.linspace(0, 2 * np.pi, 25)[:-1]
_CIRCLE = np.stack([np.cos(_ANGLE), np.sin(_ANGLE)], 1)
_TOP = -1.22


def head_outline(who: Identity, jaw_drop: float) -> np.ndarray:
    """The face's outline (48, 2): skull, cheek bones, jaw, chin. ``jaw_drop`` is AU26."""
    chin = who.chin + 0.13 * jaw_drop
    jaw = who.width * who.jaw
    right = np.array(
        [
            (0, _TOP),
            (0.5 * who.width, _TOP + 0.04),
            (0.86 * who.width, -0.8),
            (who.width, -0.25),
            (0.98 * who.width, 0.15),
            (jaw, 0.66),
            (0.72 * jaw, 0.66 + 0.62 * (chin - 0.66)),
            (0.34 * jaw, chin - 0.01),
            (0, chin),
        ]
    )
    right = smooth(right, 25)
    return np.concatenate([right, right[-2:0:-1] * (-1, 1)])


def draw_head(canvas: Canvas, who: Identity, outline: np.ndarray) -> None:
    """Neck, ears and the face's plain skin."""
    neck = np.array([(-0.55, 0.6), (0.55, 0.6), (0.62, 1.6), (-0.62, 1.6)])
    canvas.fill(neck, shade(who.skin, 0.66), flat=True)
    for side in (-1, 1):
        ear = (side * (who.width + 0.02), -0.02) + _CIRCLE * (0.12, 0.24)
        canvas.fill(ear, shade(who.skin, 0.88), flat=True)
        canvas.fill(ear * (1, 0.7) + (side * 0.015, 0), shade(who.skin, 0.72), flat=True)
    canvas.fill(outline, who.skin, flat=True)


def relief(
    wide: Shade, fine: Shade, who: Identity, sides: Sides, mouth: Mouth, outline: np.ndarray
) -> None:
    """Lay the skin's soft shadows and lights: ``wide`` for forms, ``fine`` for wrinkles."""
    both = {name: (sides[0][name] + sides[1][name]) / 2 for name in sides[0]}
    age = 0.45 + 0.55 * who.age
    wide.fill(outline, -0.26, flat=True)  # the head turns away from the viewer at its rim
    wide.fill((outline - (0, -0.05)) * (0.84, 0.88), 0.0, flat=True)
    _forehead(fine, who, both, age)
    for k, side in enumerate((-1, 1)):
        au = sides[k]
        _eye_socket(wide, fine, who, side, au, age)
        _cheek(wide, fine, who, side, au, mouth, age)
    _nose(wide, fine, who, sides)
    chin = mouth.bottom[14:18].mean(0)
    wide.fill(chin + (0, 0.08) + _CIRCLE * (0.16, 0.035), -0.16)
    wide.fill(chin + (0, 0.24) + _CIRCLE * (0.15, 0.1), 0.08)
    if both['AU17'] > 0.1:
        fine.fill(chin + (0, 0.2) + _CIRCLE * (0.13, 0.07), -0.16 * both['AU17'])
        fine.stroke(
            arc(chin + (-0.16, 0.13), chin + (0, 0.03), chin + (0.16, 0.13)),
            0.045,
            -0.35 * both['AU17'],
        )


def _forehead(fine: Shade, who: Identity, au: dict[str, float], age: float) -> None:
    raised = 0.35 * au['AU1'] + 0.65 * au['AU2']
    for row in range(3):
        y = who.brow_y - 0.2 - 0.1 * row - 0.05 * raised
        half = 0.25 + 0.3 * au['AU2'] - 0.03 * row
        line = arc(
            (-half, y + 0.02), (0, y - 0.05 - 0.06 * (au['AU1'] - au['AU2'])), (half, y + 0.02)
        )
        fine.stroke(line, 0.03, -0.34 * raised * age)
    frown = au['AU4'] + 0.3 * au['AU9']
    for side in (-1, 1):
        x = 0.05 * side
        fine.stroke(
            arc(
                (x * 1.5, who.brow_y - 0.1),
                (x * 0.8, who.brow_y + 0.02),
                (x * 1.1, who.brow_y + 0.17),
            ),
            0.045,
            -0.5 * min(frown, 1.0) * age,
        )


def _eye_socket(
    wide: Shade, fine: Shade, who: Identity, side: int, au: dict[str, float], age: float
) -> None:
    x = side * who.eye_x
    wide.fill((x - 0.05 * side, EYE_Y - 0.09) + _CIRCLE * (0.24, 0.1), -0.16 - 0.14 * au['AU4'])
    _, lower = lid_lines(who, side, au)
    bag = lower[3:15] + (0, 0.075)
    fine.stroke(bag, 0.04, -0.12 * age - 0.22 * max(au['AU6'], au['AU7'] * 0.6))
    corner = np.array([side * (who.eye_x + 0.22 * who.eye_size), EYE_Y])
    for rise in (-0.085, -0.01, 0.07):  # crow's feet
        end = corner + (side * 0.17, rise * 1.5)
        start, bend = corner + (side * 0.02, rise * 0.4), corner + (side * 0.09, rise)
        fine.stroke(arc(start, bend, end, 8), 0.026, -0.5 * au['AU6'] * age)


def _cheek(
    wide: Shade,
    fine: Shade,
    who: Identity,
    side: int,
    au: dict[str, float],
    mouth: Mouth,
    age: float,
) -> None:
    raised = max(au['AU6'], 0.6 * au['AU12'])
    apple = np.array([side * 0.54, 0.2 - 0.05 * raised])
    wide.fill(apple + _CIRCLE * (0.2, 0.14), 0.07 + 0.13 * raised)
    wide.fill((side * 0.72, 0.5) + _CIRCLE * (0.12, 0.26), -0.12 - 0.04 * au['AU26'])
    corner = mouth.upper[0 if side < 0 else -1]
    wing = np.array([side * (who.nose_width + 0.03), who.nose_y - 0.04 - 0.05 * au['AU9']])
    fold = (
        0.10 * age
        + 0.42 * au['AU12']
        + 0.34 * au['AU10']
        + 0.25 * au['AU9']
        + 0.2 * au['AU20']
        + 0.12 * au['AU15']
    )
    bulge = 0.1 + 0.1 * au['AU12'] + 0.05 * au['AU10']
    end = corner + (side * (0.05 + 0.03 * au['AU12']), 0.03 + 0.06 * au['AU15'])
    fine.stroke(arc(wing, (wing + end) / 2 + (side * bulge, -0.05), end), 0.045, -min(fold, 0.6))
    if au['AU15'] > 0.1:  # from the corner down to the jaw
        fine.stroke(
            arc(corner + (0, 0.02), corner + (side * 0.05, 0.08), corner + (side * 0.04, 0.19)),
            0.045,
            -0.4 * au['AU15'],
        )
    dimple = max(au['AU14'], 0.5 * au['AU12'])
    if dimple > 0.1:
        fine.stroke(
            arc(
                corner + (side * 0.045, -0.085),
                corner + (side * 0.085, 0),
                corner + (side * 0.04, 0.075),
                8,
            ),
            0.05,
            -0.5 * dimple,
        )


def _nose(wide: Shade, fine: Shade, who: Identity, sides: Sides) -> None:
    wrinkle = (sides[0]['AU9'] + sides[1]['AU9']) / 2
    y, w = who.nose_y, who.nose_width
    wide.fill(
        np.array([(-0.045, -0.35), (0.045, -0.35), (0.06, y - 0.08), (-0.06, y - 0.08)]), 0.1, 0.12
    )
    wide.fill((0, y - 0.06) + _CIRCLE * (0.08, 0.06), 0.12, 0.3)
    for side, au in zip((-1, 1), sides):
        up = 0.05 * au['AU9'] + 0.02 * au['AU10']
        fine.stroke(
            arc((side * 0.09, -0.28), (side * 0.055, 0.02), (side * (w - 0.03), y - 0.1 - up)),
            0.04,
            -0.13,
            0.1,
        )
        fine.stroke(
            arc(
                (side * w, y - 0.1 - up),
                (side * (w + 0.05), y + 0.01 - up),
                (side * (w - 0.04), y + 0.035 - up),
            ),
            0.04,
            -0.4,
            0.1,
        )
        for row in range(3):  # bunny lines
            top = -0.13 + 0.085 * row
            line = arc((side * 0.02, top), (side * 0.07, top - 0.01), (side * 0.13, top - 0.055), 8)
            fine.stroke(line, 0.032, -0.55 * wrinkle, 0.1)
    fine.stroke(arc((-w * 0.7, y + 0.05), (0, y + 0.085), (w * 0.7, y + 0.05)), 0.05, -0.25, 0.15)


def draw_nostrils(canvas: Canvas, who: Identity, sides: Sides) -> None:
    """The two dark openings below the tip."""
    for side, au in zip((-1, 1), sides):
        up = 0.045 * au['AU9'] + 0.02 * au['AU10']
        centre = (side * who.nose_width * 0.5, who.nose_y + 0.025 - up)
        canvas.fill(
            centre + _CIRCLE * (0.042, 0.022 + 0.008 * au['AU9']), shade(who.skin, 0.36), 0.22
        )
