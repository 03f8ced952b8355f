"""Things in front of a face, and how much of it they hide."""
from typing import List, Tuple

import cv2
import numpy as np

from .canvas import Canvas, arc
from .colours import mix, shade
from .eyes import EYE_Y
from .params import Occlusion

KINDS = ('sunglasses', 'mask', 'hand', 'bar')
_ANGLE = np.linspace(0, 2 * np.pi, 33)[:-1]
_CIRCLE = np.stack([np.cos(_ANGLE), np.sin(_ANGLE)], 1)
_LEFT_HALF = slice(24, 7, -1)  # of the circle, from its top over the left to its bottom
# An average face's brows, eyes, nose and mouth corners and edges.
_LANDMARKS = np.array(
    [(s * x, y) for s in (-1, 1) for x, y in
     ((.16, -.47), (.42, -.53), (.68, -.44), (.22, -.17), (.4, -.24), (.4, -.12), (.58, -.17),
      (.14, .28), (.29, .62), (.2, .55), (.06, .54), (.2, .7), (.06, .74))])


def occluder_shapes(kind: str, level: float, side: int) -> List[np.ndarray]:
    """Polygons in face units, (n, 2) each; ``level`` 0..1 sets their size."""
    if kind == 'sunglasses':
        size = (.24 + .08 * level, .17 + .1 * level)
        return [(s * .4, EYE_Y) + _CIRCLE * size for s in (-1, 1)]
    if kind == 'mask':
        top = .42 - .4 * level
        return [np.array([(-.95, top + .1), (0, top), (.95, top + .1), (.85, .95), (.3, 1.3),
                          (-.3, 1.3), (-.85, .95)])]
    if kind == 'hand':                       # fingers across the mouth, from the side
        reach = .55 - level
        fingers = []
        for tip, y in ((.08, .4), (0, .58), (.03, .76), (.13, .93)):
            end = (reach + tip, y + .08) + _CIRCLE[_LEFT_HALF] * (.1, .1)
            knuckle = reach + .75
            fingers.append(np.concatenate([end, [(knuckle, y + .18), (knuckle, y - .04)]]))
        x = reach + .6
        palm = np.array([(x, .32), (x + .4, .22), (1.9, .6), (1.9, 1.5), (x + .5, 1.25), (x, 1.04)])
        return [shape * (side, 1) for shape in [palm, *fingers[::-1]]]
    if kind == 'bar':
        half = .1 + .3 * level
        slope = .25 * side
        middle = .15 + .45 * side * (1 - level)
        return [np.array([(-1.7, middle - half - slope), (1.7, middle - half + slope),
                          (1.7, middle + half + slope), (-1.7, middle + half - slope)])]
    raise ValueError(f'unknown occlusion {kind!r}; allowed: {", ".join(KINDS)}')


def cover(kind: str, level: float, side: int) -> float:
    """Share (0..1) of an average face's landmarks that the thing hides."""
    shapes = [shape.astype(np.float32) for shape in occluder_shapes(kind, level, side)]
    hidden = [any(cv2.pointPolygonTest(shape, (float(x), float(y)), False) >= 0 for shape in shapes)
              for x, y in _LANDMARKS]
    return float(np.mean(hidden))


def draw_occluder(canvas: Canvas, thing: Occlusion, skin: Tuple[float, float, float]) -> None:
    """Draw the thing over the finished face."""
    if thing.kind == 'none':
        return
    shapes = occluder_shapes(thing.kind, thing.level, thing.side)
    if thing.kind == 'hand':                 # each finger's shadow falls on the next
        for shape in shapes:
            canvas.fill(shape + (0, .028), shade(skin, .6))
            canvas.fill(shape, shade(skin, .98))
        return
    for shape in shapes:
        canvas.fill(shape + (0, .03), shade(thing.colour, .6))
        canvas.fill(shape, thing.colour)
    light = mix(thing.colour, (255, 255, 255), .3)
    if thing.kind == 'sunglasses':
        bridge = arc((-.2, EYE_Y - .03), (0, EYE_Y - .09), (.2, EYE_Y - .03))
        canvas.stroke(bridge, .07, thing.colour)
        for shape in shapes:
            centre = shape.mean(0)
            canvas.stroke(arc(centre + (-.14, .03), centre + (-.09, -.09), centre + (.04, -.12)),
                          .04, light)
    elif thing.kind == 'mask':
        top = shapes[0][1, 1]
        for row in (.25, .45, .65):
            canvas.stroke(arc((-.7, top + row), (0, top + row + .1), (.7, top + row)), .03,
                          shade(thing.colour, .8))
