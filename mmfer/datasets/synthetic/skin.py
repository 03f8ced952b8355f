"""Head, nose, and the soft relief of the skin: cheeks, folds, wrinkles, furrows."""
from typing import Dict, Tuple

import numpy as np

from .canvas import Canvas, arc, smooth
from .colours import shade
from .eyes import EYE_Y, lid_lines
from .mouth import Mouth
from .params import Identity
from .shade import Shade

Sides = Tuple[Dict[str, float], Dict[str, float]]
_ANGLE = np.linspace(0, 2 * np.pi, 25)[:-1]
_CIRCLE = np.stack([np.cos(_ANGLE), np.sin(_ANGLE)], 1)
_TOP = -1.22


def head_outline(who: Identity, jaw_drop: float) -> np.ndarray:
    """The face's outline (48, 2): skull, cheek bones, jaw, chin. ``jaw_drop`` is AU26."""
    chin = who.chin + .13 * jaw_drop
    jaw = who.width * who.jaw
    right = np.array([(0, _TOP), (.5 * who.width, _TOP + .04), (.86 * who.width, -.8),
                      (who.width, -.25), (.98 * who.width, .15), (jaw, .66),
                      (.72 * jaw, .66 + .62 * (chin - .66)), (.34 * jaw, chin - .01), (0, chin)])
    right = smooth(right, 25)
    return np.concatenate([right, right[-2:0:-1] * (-1, 1)])


def draw_head(canvas: Canvas, who: Identity, outline: np.ndarray) -> None:
    """Neck, ears and the face's plain skin."""
    neck = np.array([(-.55, .6), (.55, .6), (.62, 1.6), (-.62, 1.6)])
    canvas.fill(neck, shade(who.skin, .66), flat=True)
    for side in (-1, 1):
        ear = (side * (who.width + .02), -.02) + _CIRCLE * (.12, .24)
        canvas.fill(ear, shade(who.skin, .88), flat=True)
        canvas.fill(ear * (1, .7) + (side * .015, 0), shade(who.skin, .72), flat=True)
    canvas.fill(outline, who.skin, flat=True)


def relief(wide: Shade, fine: Shade, who: Identity, sides: Sides, mouth: Mouth,
           outline: np.ndarray) -> None:
    """Lay the skin's soft shadows and lights: ``wide`` for forms, ``fine`` for wrinkles."""
    both = {name: (sides[0][name] + sides[1][name]) / 2 for name in sides[0]}
    age = .45 + .55 * who.age
    wide.fill(outline, -.26, flat=True)      # the head turns away from the viewer at its rim
    wide.fill((outline - (0, -.05)) * (.84, .88), 0., flat=True)
    _forehead(fine, who, both, age)
    for k, side in enumerate((-1, 1)):
        au = sides[k]
        _eye_socket(wide, fine, who, side, au, age)
        _cheek(wide, fine, who, side, au, mouth, age)
    _nose(wide, fine, who, sides)
    chin = mouth.bottom[14:18].mean(0)
    wide.fill(chin + (0, .08) + _CIRCLE * (.16, .035), -.16)
    wide.fill(chin + (0, .24) + _CIRCLE * (.15, .1), .08)
    if both['AU17'] > .1:
        fine.fill(chin + (0, .2) + _CIRCLE * (.13, .07), -.16 * both['AU17'])
        fine.stroke(arc(chin + (-.16, .13), chin + (0, .03), chin + (.16, .13)), .045,
                    -.35 * both['AU17'])


def _forehead(fine: Shade, who: Identity, au: Dict[str, float], age: float) -> None:
    raised = .35 * au['AU1'] + .65 * au['AU2']
    for row in range(3):
        y = who.brow_y - .2 - .1 * row - .05 * raised
        half = .25 + .3 * au['AU2'] - .03 * row
        line = arc((-half, y + .02), (0, y - .05 - .06 * (au['AU1'] - au['AU2'])), (half, y + .02))
        fine.stroke(line, .03, -.34 * raised * age)
    frown = au['AU4'] + .3 * au['AU9']
    for side in (-1, 1):
        x = .05 * side
        fine.stroke(arc((x * 1.5, who.brow_y - .1), (x * .8, who.brow_y + .02),
                        (x * 1.1, who.brow_y + .17)), .045, -.5 * min(frown, 1.) * age)


def _eye_socket(wide: Shade, fine: Shade, who: Identity, side: int, au: Dict[str, float],
                age: float) -> None:
    x = side * who.eye_x
    wide.fill((x - .05 * side, EYE_Y - .09) + _CIRCLE * (.24, .1), -.16 - .14 * au['AU4'])
    _, lower = lid_lines(who, side, au)
    bag = lower[3:15] + (0, .075)
    fine.stroke(bag, .04, -.12 * age - .22 * max(au['AU6'], au['AU7'] * .6))
    corner = np.array([side * (who.eye_x + .22 * who.eye_size), EYE_Y])
    for rise in (-.085, -.01, .07):          # crow's feet
        end = corner + (side * .17, rise * 1.5)
        start, bend = corner + (side * .02, rise * .4), corner + (side * .09, rise)
        fine.stroke(arc(start, bend, end, 8), .026, -.5 * au['AU6'] * age)


def _cheek(wide: Shade, fine: Shade, who: Identity, side: int, au: Dict[str, float], mouth: Mouth,
           age: float) -> None:
    raised = max(au['AU6'], .6 * au['AU12'])
    apple = np.array([side * .54, .2 - .05 * raised])
    wide.fill(apple + _CIRCLE * (.2, .14), .07 + .13 * raised)
    wide.fill((side * .72, .5) + _CIRCLE * (.12, .26), -.12 - .04 * au['AU26'])
    corner = mouth.upper[0 if side < 0 else -1]
    wing = np.array([side * (who.nose_width + .03), who.nose_y - .04 - .05 * au['AU9']])
    fold = .10 * age + .42 * au['AU12'] + .34 * au['AU10'] + .25 * au['AU9'] + .2 * au['AU20'] \
        + .12 * au['AU15']
    bulge = .1 + .1 * au['AU12'] + .05 * au['AU10']
    end = corner + (side * (.05 + .03 * au['AU12']), .03 + .06 * au['AU15'])
    fine.stroke(arc(wing, (wing + end) / 2 + (side * bulge, -.05), end), .045, -min(fold, .6))
    if au['AU15'] > .1:                      # from the corner down to the jaw
        fine.stroke(arc(corner + (0, .02), corner + (side * .05, .08),
                        corner + (side * .04, .19)), .045, -.4 * au['AU15'])
    dimple = max(au['AU14'], .5 * au['AU12'])
    if dimple > .1:
        fine.stroke(arc(corner + (side * .045, -.085), corner + (side * .085, 0),
                        corner + (side * .04, .075), 8), .05, -.5 * dimple)


def _nose(wide: Shade, fine: Shade, who: Identity, sides: Sides) -> None:
    wrinkle = (sides[0]['AU9'] + sides[1]['AU9']) / 2
    y, w = who.nose_y, who.nose_width
    wide.fill(np.array([(-.045, -.35), (.045, -.35), (.06, y - .08), (-.06, y - .08)]), .1, .12)
    wide.fill((0, y - .06) + _CIRCLE * (.08, .06), .12, .3)
    for side, au in zip((-1, 1), sides):
        up = .05 * au['AU9'] + .02 * au['AU10']
        fine.stroke(arc((side * .09, -.28), (side * .055, .02), (side * (w - .03), y - .1 - up)),
                    .04, -.13, .1)
        fine.stroke(arc((side * w, y - .1 - up), (side * (w + .05), y + .01 - up),
                        (side * (w - .04), y + .035 - up)), .04, -.4, .1)
        for row in range(3):                 # bunny lines
            top = -.13 + .085 * row
            line = arc((side * .02, top), (side * .07, top - .01), (side * .13, top - .055), 8)
            fine.stroke(line, .032, -.55 * wrinkle, .1)
    fine.stroke(arc((-w * .7, y + .05), (0, y + .085), (w * .7, y + .05)), .05, -.25, .15)


def draw_nostrils(canvas: Canvas, who: Identity, sides: Sides) -> None:
    """The two dark openings below the tip."""
    for side, au in zip((-1, 1), sides):
        up = .045 * au['AU9'] + .02 * au['AU10']
        centre = (side * who.nose_width * .5, who.nose_y + .025 - up)
        canvas.fill(centre + _CIRCLE * (.042, .022 + .008 * au['AU9']), shade(who.skin, .36), .22)
