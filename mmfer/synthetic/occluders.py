"""Things in front of a face, and how much of it they hide."""

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
    [
        (s * x, y)
        for s in (-1, 1)
        for x, y in (
            (0.16, -0.47),
            (0.42, -0.53),
            (0.68, -0.44),
            (0.22, -0.17),
            (0.4, -0.24),
            (0.4, -0.12),
            (0.58, -0.17),
            (0.14, 0.28),
            (0.29, 0.62),
            (0.2, 0.55),
            (0.06, 0.54),
            (0.2, 0.7),
            (0.06, 0.74),
        )
    ]
)


def occluder_shapes(kind: str, level: float, side: int) -> list[np.ndarray]:
    """Polygons in face units, (n, 2) each; ``level`` 0..1 sets their size."""
    if kind == 'sunglasses':
        size = (0.24 + 0.08 * level, 0.17 + 0.1 * level)
        return [(s * 0.4, EYE_Y) + _CIRCLE * size for s in (-1, 1)]
    if kind == 'mask':
        top = 0.42 - 0.4 * level
        return [
            np.array(
                [
                    (-0.95, top + 0.1),
                    (0, top),
                    (0.95, top + 0.1),
                    (0.85, 0.95),
                    (0.3, 1.3),
                    (-0.3, 1.3),
                    (-0.85, 0.95),
                ]
            )
        ]
    if kind == 'hand':  # fingers across the mouth, from the side
        reach = 0.55 - level
        fingers = []
        for tip, y in ((0.08, 0.4), (0, 0.58), (0.03, 0.76), (0.13, 0.93)):
            end = (reach + tip, y + 0.08) + _CIRCLE[_LEFT_HALF] * (0.1, 0.1)
            knuckle = reach + 0.75
            fingers.append(np.concatenate([end, [(knuckle, y + 0.18), (knuckle, y - 0.04)]]))
        x = reach + 0.6
        palm = np.array(
            [(x, 0.32), (x + 0.4, 0.22), (1.9, 0.6), (1.9, 1.5), (x + 0.5, 1.25), (x, 1.04)]
        )
        return [shape * (side, 1) for shape in [palm, *fingers[::-1]]]
    if kind == 'bar':
        half = 0.1 + 0.3 * level
        slope = 0.25 * side
        middle = 0.15 + 0.45 * side * (1 - level)
        return [
            np.array(
                [
                    (-1.7, middle - half - slope),
                    (1.7, middle - half + slope),
                    (1.7, middle + half + slope),
                    (-1.7, middle + half - slope),
                ]
            )
        ]
    raise ValueError(f'unknown occlusion {kind!r}; allowed: {", ".join(KINDS)}')


def cover(kind: str, level: float, side: int) -> float:
    """Share (0..1) of an average face's landmarks that the thing hides."""
    shapes = [shape.astype(np.float32) for shape in occluder_shapes(kind, level, side)]
    hidden = [
        any(cv2.pointPolygonTest(shape, (float(x), float(y)), False) >= 0 for shape in shapes)
        for x, y in _LANDMARKS
    ]
    return float(np.mean(hidden))


def draw_occluder(canvas: Canvas, thing: Occlusion, skin: tuple[float, float, float]) -> None:
    """Draw the thing over the finished face."""
    if thing.kind == 'none':
        return
    shapes = occluder_shapes(thing.kind, thing.level, thing.side)
    if thing.kind == 'hand':  # each finger's shadow falls on the next
        for shape in shapes:
            canvas.fill(shape + (0, 0.028), shade(skin, 0.6))
            canvas.fill(shape, shade(skin, 0.98))
        return
    for shape in shapes:
        canvas.fill(shape + (0, 0.03), shade(thing.colour, 0.6))
        canvas.fill(shape, thing.colour)
    light = mix(thing.colour, (255, 255, 255), 0.3)
    if thing.kind == 'sunglasses':
        bridge = arc((-0.2, EYE_Y - 0.03), (0, EYE_Y - 0.09), (0.2, EYE_Y - 0.03))
        canvas.stroke(bridge, 0.07, thing.colour)
        for shape in shapes:
            centre = shape.mean(0)
            canvas.stroke(
                arc(centre + (-0.14, 0.03), centre + (-0.09, -0.09), centre + (0.04, -0.12)),
                0.04,
                light,
            )
    elif thing.kind == 'mask':
        top = shapes[0][1, 1]
        for row in (0.25, 0.45, 0.65):
            canvas.stroke(
                arc((-0.7, top + row), (0, top + row + 0.1), (0.7, top + row)),
                0.03,
                shade(thing.colour, 0.8),
            )
