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
    'short': ((-1.03, -.15), (-.97, -.42), (-.84, -.72), (-.5, -.9), (0, -.93), (.5, -.9),
              (.84, -.72), (.97, -.42), (1.03, -.15)),
    'parted': ((-1.03, -.2), (-.95, -.5), (-.8, -.8), (-.45, -1.02), (-.3, -1.06), (.2, -.9),
               (.75, -.72), (.96, -.45), (1.03, -.2)),
    'fringe': ((-1.04, -.2), (-.95, -.52), (-.8, -.6), (-.4, -.66), (0, -.64), (.4, -.68),
               (.8, -.6), (.95, -.52), (1.04, -.2)),
    'long': ((-1.1, .75), (-1.02, .1), (-.93, -.4), (-.6, -.84), (-.05, -1.06), (.6, -.84),
             (.93, -.4), (1.02, .1), (1.1, .75)),
}
_HAIR_LINES['curly'] = _HAIR_LINES['short']


def draw_back_hair(canvas: Canvas, who: Identity) -> None:
    """The hair behind the head."""
    dark = shade(who.hair, .72)
    w = who.width
    if who.style == 'long':
        right = np.array([(0, -1.42), (.55, -1.36), (w + .08, -1.0), (w + .22, -.3), (w + .24, .5),
                          (w + .12, 1.3), (.7, 1.6)])
        canvas.fill(smooth(np.concatenate([right, right[::-1] * (-1, 1)]), 49), dark, flat=True)
    elif who.style == 'curly':
        wave = 1 + .03 * np.sin(10 * _ANGLE)[:, None]
        canvas.fill((0, -.52) + _CIRCLE * (w + .27, .95) * wave, dark, flat=True)
    elif who.style != 'bald':
        canvas.fill((0, -.5) + _CIRCLE * (w + .09, .9), dark, flat=True)


def draw_front_hair(canvas: Canvas, who: Identity) -> None:
    """The hair over the forehead, with a few strands; its lower edge is the hair line."""
    if who.style == 'bald':
        return
    w = who.width
    line = smooth(np.array(_HAIR_LINES[who.style]) * (w, 1), 41)
    if who.style == 'curly':
        line[:, 1] += .03 * np.sin(np.arange(41) * 1.5)
    elif who.style == 'fringe':
        line[:, 1] += .018 * np.sin(np.arange(41) * 2.1)
    side = line[0, 1]
    top = smooth(np.array([(1.1 * w, side), (1.12 * w, -.7), (.86 * w, -1.16), (.45 * w, -1.4),
                           (0, -1.45), (-.45 * w, -1.4), (-.86 * w, -1.16), (-1.12 * w, -.7),
                           (-1.1 * w, side)]), 41)
    canvas.fill(np.concatenate([line, top]), who.hair, flat=True)
    light, dark = mix(who.hair, (255, 255, 255), .13), shade(who.hair, .7)
    for k in range(5, 36, 3):                # strands from the crown towards the hair line
        root, tip = top[40 - k] * (.8, .93), line[k]
        bend = (root + tip) / 2 + (.06 * np.sign(tip[0]), 0)
        canvas.stroke(arc(root, bend, root + .93 * (tip - root)), .035, light if k % 2 else dark)


def shade_beard(wide: Shade, who: Identity, outline: np.ndarray) -> None:
    """Stubble: a soft shadow on the jaw."""
    if who.beard == 'stubble':
        wide.fill(outline[outline[:, 1] > .5] * (.97, .99), -.24, flat=True)


def draw_beard(canvas: Canvas, who: Identity, mouth: Mouth, outline: np.ndarray) -> None:
    """A full beard or a moustache; drawn before the lips."""
    colour = mix(shade(who.hair, .8), who.skin, .15)
    below_nose = who.nose_y + .09
    left, right = mouth.top[0], mouth.top[-1]
    if who.beard == 'full':
        edge = smooth(np.array([(-.86 * who.width, .3), (-.62, .62), left + (-.08, -.03),
                                (-.2, below_nose + .03), (0, below_nose), (.2, below_nose + .03),
                                right + (.08, -.03), (.62, .62), (.86 * who.width, .3)]), 25)
        canvas.fill_jaw(outline[outline[:, 1] > .25], edge, colour)
    elif who.beard == 'moustache':
        canvas.fill(np.concatenate([mouth.top[1:-1] + (0, .015),
                                    [right + (.06, .05), (.22, below_nose + .02), (0, below_nose),
                                     (-.22, below_nose + .02), left + (-.06, .05)]]), colour)


def draw_glasses(canvas: Canvas, who: Identity) -> None:
    """Thin dark frames, clear lenses."""
    if not who.glasses:
        return
    frame = (44, 40, 46)
    for side in (-1, 1):
        centre = np.array([side * (who.eye_x + .01), EYE_Y + .015])
        canvas.outline(centre + _CIRCLE * (.28, .24), .024, frame, .08)
        canvas.stroke(arc((side * (who.eye_x + .28), EYE_Y - .04), (side * .8, EYE_Y - .06),
                          (side * .96 * who.width, EYE_Y - .05)), .035, frame)
    gap = who.eye_x - .26
    canvas.stroke(arc((-gap, EYE_Y - .02), (0, EYE_Y - .08), (gap, EYE_Y - .02)), .04, frame, .1)
