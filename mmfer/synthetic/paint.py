"""Paint the skin, the nose, the eyes and the mouth of a face from its curves."""

import numpy as np

from .canvas import Canvas, Relief, arc, circle, mix, ribbon, shade
from .shape import EYE_Y, Shape

_CIRCLE, _TONGUE = circle(24), np.linspace(0, 2 * np.pi, 20)
_SHADOW_TINT = (1.12, 1.05, 0.85)  # BGR: shadows on skin are warm
_WHITE = (255, 255, 255)


def paint_head(canvas: Canvas, shape: Shape) -> None:
    """Neck, ears, and the face's skin with its soft shadows, lights and wrinkles."""
    who, outline = shape.who, shape.outline
    neck = np.array([(-0.55, 0.6), (0.55, 0.6), (0.62, 1.6), (-0.62, 1.6)])
    canvas.fill(neck, shade(who.skin, 0.66), flat=True)
    for side in (-1, 1):
        ear = (side * (who.width + 0.02), -0.02) + _CIRCLE * (0.12, 0.24)
        canvas.fill(ear, shade(who.skin, 0.88), flat=True)
        canvas.fill(ear * (1, 0.7) + (side * 0.015, 0), shade(who.skin, 0.72), flat=True)
    canvas.fill(outline, who.skin, flat=True)

    wide, fine = Relief(canvas, 0.09), Relief(canvas, 0.022)  # for forms, for wrinkles
    age = 0.45 + 0.55 * who.age
    wide.fill(outline, -0.26, flat=True)  # the head turns away from the viewer at its rim
    wide.fill((outline - (0, -0.05)) * (0.84, 0.88), 0.0, flat=True)
    _forehead(fine, shape, age)
    for k in range(2):
        _side(wide, fine, shape, k, age)
    _nose_and_chin(wide, fine, shape)
    if who.beard == 'stubble':
        wide.fill(outline[outline[:, 1] > 0.5] * (0.97, 0.99), -0.24, flat=True)
    canvas.multiply((wide, fine), _SHADOW_TINT)
    for side, au in zip((-1, 1), shape.sides):  # nostrils
        up = 0.045 * au.AU9 + 0.02 * au.AU10
        hole = _CIRCLE * (0.042, 0.022 + 0.008 * au.AU9)
        centre = (side * who.nose_width * 0.5, who.nose_y + 0.025 - up)
        canvas.fill(centre + hole, shade(who.skin, 0.36), 0.22)


def _forehead(fine: Relief, shape: Shape, age: float) -> None:
    who, au = shape.who, shape.both
    raised = 0.35 * au.AU1 + 0.65 * au.AU2
    for row in range(3):
        y = who.brow_y - 0.2 - 0.1 * row - 0.05 * raised
        half = 0.25 + 0.3 * au.AU2 - 0.03 * row
        middle = (0, y - 0.05 - 0.06 * (au.AU1 - au.AU2))
        fine.stroke(arc((-half, y + 0.02), middle, (half, y + 0.02)), 0.03, -0.34 * raised * age)
    frown, y = min(au.AU4 + 0.3 * au.AU9, 1.0), who.brow_y
    for x in (-0.05, 0.05):
        line = arc((x * 1.5, y - 0.1), (x * 0.8, y + 0.02), (x * 1.1, y + 0.17))
        fine.stroke(line, 0.045, -0.5 * frown * age)


def _side(wide: Relief, fine: Relief, shape: Shape, k: int, age: float) -> None:
    """Eye socket, cheek and the corner of the mouth, left (0) or right (1)."""
    side, au, who = (-1, 1)[k], shape.sides[k], shape.who
    x = side * who.eye_x
    wide.fill((x - 0.05 * side, EYE_Y - 0.09) + _CIRCLE * (0.24, 0.1), -0.16 - 0.14 * au.AU4)
    bag = shape.lids[k][1][3:15] + (0, 0.075)
    fine.stroke(bag, 0.04, -0.12 * age - 0.22 * max(au.AU6, au.AU7 * 0.6))
    corner = np.array([side * (who.eye_x + 0.22 * who.eye_size), EYE_Y])
    for rise in (-0.085, -0.01, 0.07):  # crow's feet
        end = corner + (side * 0.17, rise * 1.5)
        start, bend = corner + (side * 0.02, rise * 0.4), corner + (side * 0.09, rise)
        fine.stroke(arc(start, bend, end, 8), 0.026, -0.5 * au.AU6 * age)

    raised = max(au.AU6, 0.6 * au.AU12)
    wide.fill((side * 0.54, 0.2 - 0.05 * raised) + _CIRCLE * (0.2, 0.14), 0.07 + 0.13 * raised)
    wide.fill((side * 0.72, 0.5) + _CIRCLE * (0.12, 0.26), -0.12 - 0.04 * au.AU26)
    corner = shape.mouth.upper[-k]  # the first, the last

    def beside(x: float, y: float) -> np.ndarray:
        return corner + (side * x, y)

    wing = np.array([side * (who.nose_width + 0.03), who.nose_y - 0.04 - 0.05 * au.AU9])
    fold = 0.10 * age + 0.42 * au.AU12 + 0.34 * au.AU10 + 0.25 * au.AU9
    fold = fold + 0.2 * au.AU20 + 0.12 * au.AU15
    bulge = 0.1 + 0.1 * au.AU12 + 0.05 * au.AU10
    end = beside(0.05 + 0.03 * au.AU12, 0.03 + 0.06 * au.AU15)
    fine.stroke(arc(wing, (wing + end) / 2 + (side * bulge, -0.05), end), 0.045, -min(fold, 0.6))
    if au.AU15 > 0.1:  # from the corner down to the jaw
        line = arc(beside(0, 0.02), beside(0.05, 0.08), beside(0.04, 0.19))
        fine.stroke(line, 0.045, -0.4 * au.AU15)
    dimple = max(au.AU14, 0.5 * au.AU12)
    if dimple > 0.1:
        line = arc(beside(0.045, -0.085), beside(0.085, 0), beside(0.04, 0.075), 8)
        fine.stroke(line, 0.05, -0.5 * dimple)


def _nose_and_chin(wide: Relief, fine: Relief, shape: Shape) -> None:
    y, w = shape.who.nose_y, shape.who.nose_width
    ridge = np.array([(-0.045, -0.35), (0.045, -0.35), (0.06, y - 0.08), (-0.06, y - 0.08)])
    wide.fill(ridge, 0.1, 0.12)
    wide.fill((0, y - 0.06) + _CIRCLE * (0.08, 0.06), 0.12, 0.3)
    for side, au in zip((-1, 1), shape.sides):
        up = 0.05 * au.AU9 + 0.02 * au.AU10
        flank = arc((side * 0.09, -0.28), (side * 0.055, 0.02), (side * (w - 0.03), y - 0.1 - up))
        fine.stroke(flank, 0.04, -0.13, 0.1)
        outer, edge = (side * (w + 0.05), y + 0.01 - up), (side * (w - 0.04), y + 0.035 - up)
        fine.stroke(arc((side * w, y - 0.1 - up), outer, edge), 0.04, -0.4, 0.1)
        for row in range(3):  # bunny lines
            top = -0.13 + 0.085 * row
            line = arc((side * 0.02, top), (side * 0.07, top - 0.01), (side * 0.13, top - 0.055), 8)
            fine.stroke(line, 0.032, -0.55 * shape.both.AU9, 0.1)
    fine.stroke(arc((-w * 0.7, y + 0.05), (0, y + 0.085), (w * 0.7, y + 0.05)), 0.05, -0.25, 0.15)
    chin, pushed = shape.mouth.bottom[14:18].mean(0), shape.both.AU17
    wide.fill(chin + (0, 0.08) + _CIRCLE * (0.16, 0.035), -0.16)
    wide.fill(chin + (0, 0.24) + _CIRCLE * (0.15, 0.1), 0.08)
    if pushed > 0.1:
        fine.fill(chin + (0, 0.2) + _CIRCLE * (0.13, 0.07), -0.16 * pushed)
        line = arc(chin + (-0.16, 0.13), chin + (0, 0.03), chin + (0.16, 0.13))
        fine.stroke(line, 0.045, -0.35 * pushed)


def paint_eye(canvas: Canvas, shape: Shape, k: int, gaze: tuple[float, float]) -> None:
    """The left (0) or right (1) eye: white, iris, pupil, highlight, lids, lashes and the lid's
    crease; and its brow, thick at the inner third, thin at the temple."""
    side, au, who = (-1, 1)[k], shape.sides[k], shape.who
    upper, lower = shape.lids[k]
    outline = np.concatenate([upper, lower[::-1]])
    iris = 0.093 * who.eye_size
    centre = np.array([side * who.eye_x + gaze[0], EYE_Y - 0.012 + gaze[1] - 0.02 * au.AU5])
    with canvas.inside(outline):
        canvas.fill(outline, mix((232, 236, 240), who.skin, 0.1))
        canvas.fill(upper + (0, 0.012), (175, 178, 186))
        canvas.fill(np.concatenate([upper, upper[::-1] + (0, 0.035)]), (168, 172, 184))
        canvas.fill(centre + iris * _CIRCLE, shade(who.iris, 0.45))
        canvas.fill(centre + iris * 0.84 * _CIRCLE, who.iris)
        canvas.fill(centre + iris * 0.45 * _CIRCLE, (14, 14, 16))
        canvas.fill(centre + (-0.032, -0.034) + iris * 0.24 * _CIRCLE, (250, 250, 250))
    canvas.stroke(upper, 0.042, shade(mix(who.hair, (20, 20, 30), 0.7), 0.6))
    canvas.stroke(lower, 0.016, shade(who.skin, 0.52))
    lift = 0.055 + 0.025 * au.AU5 - 0.02 * au.AU4
    canvas.stroke(upper[4:16] - (0, lift), 0.014, shade(who.skin, 0.62))

    run = np.linspace(0, 1, 20)[:, None]
    width = who.brow_thick * np.minimum(0.55 + 3 * run, 1.0) * (1 - 0.72 * run**1.7)
    colour = mix(shade(who.hair, 0.62), who.skin, 0.12)
    canvas.fill(ribbon(shape.brows[k], width * 1.25), mix(colour, who.skin, 0.55))
    canvas.fill(ribbon(shape.brows[k], width), colour)


def paint_mouth(canvas: Canvas, shape: Shape) -> None:
    """Lips, and between them the dark inside with teeth and tongue."""
    who, mouth = shape.who, shape.mouth
    red = mix(mix(shade(who.skin, 0.86), (96, 92, 190), 0.38), (60, 40, 190), 0.55 * who.lip_tint)
    gap = float((mouth.lower - mouth.upper)[:, 1].max())
    canvas.fill(np.concatenate([mouth.top, mouth.bottom[::-1]]), red)
    canvas.fill(np.concatenate([mouth.top, mouth.upper[::-1]]), shade(red, 0.84))
    shine = mouth.lower * 0.45 + mouth.bottom * 0.55
    canvas.stroke(shine[8:20], 0.022, mix(red, _WHITE, 0.22))
    if gap > 0.015:
        inside = np.concatenate([mouth.upper, mouth.lower[::-1]])
        with canvas.inside(inside):
            canvas.fill(inside, (28, 18, 52))
            if gap > 0.12:
                centre = mouth.lower.mean(0) + (0, 0.25 * gap)
                tongue = np.stack([0.16 * np.cos(_TONGUE), 0.45 * gap * np.sin(_TONGUE)], 1)
                canvas.fill(centre + tongue, (78, 66, 150))
            white = (222, 232, 236)
            if mouth.upper_teeth > 0.3:
                edge = mouth.upper[::-1] + (0, min(0.1 * mouth.upper_teeth, 0.95 * gap))
                canvas.fill(np.concatenate([mouth.upper, edge]), white)
            if mouth.lower_teeth > 0.3:
                edge = mouth.lower[::-1] - (0, min(0.075 * mouth.lower_teeth, 0.5 * gap))
                canvas.fill(np.concatenate([mouth.lower, edge]), shade(white, 0.93))
    canvas.stroke(mouth.upper, 0.026, shade(red, 0.42))
    if gap > 0.015:
        canvas.stroke(mouth.lower, 0.016, shade(red, 0.55))
