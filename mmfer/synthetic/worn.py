"""Hair, beard and glasses, and the things in front of a face with how much of it they hide."""

import cv2
import numpy as np

from .canvas import Canvas, arc, circle, mirrored, mix, shade, smooth
from .face import Identity, Occlusion
from .shape import EYE_Y, Shape

KINDS = ('sunglasses', 'mask', 'hand', 'bar')
BEARDS = ('none', 'stubble', 'moustache', 'full')
_WHITE = (255, 255, 255)
# x of hair lines from left to right, in half widths of the face, and y.
_HAIR_LINES = {
    'short': (
        (-1.03, -0.97, -0.84, -0.5, 0, 0.5, 0.84, 0.97, 1.03),
        (-0.15, -0.42, -0.72, -0.9, -0.93, -0.9, -0.72, -0.42, -0.15),
    ),
    'parted': (
        (-1.03, -0.95, -0.8, -0.45, -0.3, 0.2, 0.75, 0.96, 1.03),
        (-0.2, -0.5, -0.8, -1.02, -1.06, -0.9, -0.72, -0.45, -0.2),
    ),
    'fringe': (
        (-1.04, -0.95, -0.8, -0.4, 0, 0.4, 0.8, 0.95, 1.04),
        (-0.2, -0.52, -0.6, -0.66, -0.64, -0.68, -0.6, -0.52, -0.2),
    ),
    'long': (
        (-1.1, -1.02, -0.93, -0.6, -0.05, 0.6, 0.93, 1.02, 1.1),
        (0.75, 0.1, -0.4, -0.84, -1.06, -0.84, -0.4, 0.1, 0.75),
    ),
}
_HAIR_LINES['curly'] = _HAIR_LINES['short']
HAIR_STYLES = (*_HAIR_LINES, 'bald')
# An average face's brows, eyes, nose and mouth corners and edges on one side: x and y.
_LANDMARKS = (
    (0.16, 0.42, 0.68, 0.22, 0.4, 0.4, 0.58, 0.14, 0.29, 0.2, 0.06, 0.2, 0.06),
    (-0.47, -0.53, -0.44, -0.17, -0.24, -0.12, -0.17, 0.28, 0.62, 0.55, 0.54, 0.7, 0.74),
)


def paint_back_hair(canvas: Canvas, who: Identity) -> None:
    """The hair behind the head."""
    w = who.width
    if who.style == 'bald':
        return
    if who.style == 'long':
        right = [(0, -1.42), (0.55, -1.36), (w + 0.08, -1.0), (w + 0.22, -0.3)]
        right += [(w + 0.24, 0.5), (w + 0.12, 1.3), (0.7, 1.6)]
        line = smooth(mirrored(right), 49)
    elif who.style == 'curly':
        wave = 1 + 0.03 * np.sin(10 * np.linspace(0, 2 * np.pi, 41)[:-1])[:, None]
        line = (0, -0.52) + circle(40) * (w + 0.27, 0.95) * wave
    else:
        line = (0, -0.5) + circle(40) * (w + 0.09, 0.9)
    canvas.fill(line, shade(who.hair, 0.72), flat=True)


def paint_front_hair(canvas: Canvas, who: Identity) -> None:
    """The hair over the forehead, with a few strands; its lower edge is the hair line."""
    if who.style == 'bald':
        return
    w = who.width
    line = smooth(np.transpose(_HAIR_LINES[who.style]) * (w, 1), 41)
    if who.style == 'curly':
        line[:, 1] += 0.03 * np.sin(np.arange(41) * 1.5)
    elif who.style == 'fringe':
        line[:, 1] += 0.018 * np.sin(np.arange(41) * 2.1)
    right = [(1.1 * w, line[0, 1]), (1.12 * w, -0.7), (0.86 * w, -1.16), (0.45 * w, -1.4)]
    top = smooth([*right, (0, -1.45), *((-x, y) for x, y in right[::-1])], 41)
    canvas.fill(np.concatenate([line, top]), who.hair, flat=True)
    light, dark = mix(who.hair, _WHITE, 0.13), shade(who.hair, 0.7)
    for k in range(5, 36, 3):  # strands from the crown towards the hair line
        root, tip = top[40 - k] * (0.8, 0.93), line[k]
        bend = (root + tip) / 2 + (0.06 * np.sign(tip[0]), 0)
        canvas.stroke(arc(root, bend, root + 0.93 * (tip - root)), 0.035, light if k % 2 else dark)


def paint_beard(canvas: Canvas, shape: Shape) -> None:
    """A full beard or a moustache; before the lips. Stubble is a shadow of the skin's."""
    who, mouth, outline = shape.who, shape.mouth, shape.outline
    colour = mix(shade(who.hair, 0.8), who.skin, 0.15)
    low, w = who.nose_y + 0.09, who.width
    left, right = mouth.top[0], mouth.top[-1]
    if who.beard == 'full':
        edge = [(-0.86 * w, 0.3), (-0.62, 0.62), left + (-0.08, -0.03), (-0.2, low + 0.03)]
        edge += [(0, low), (0.2, low + 0.03), right + (0.08, -0.03), (0.62, 0.62), (0.86 * w, 0.3)]
        canvas.fill_jaw(outline[outline[:, 1] > 0.25], smooth(edge, 25), colour)
    elif who.beard == 'moustache':
        edge = [right + (0.06, 0.05), (0.22, low + 0.02), (0, low), (-0.22, low + 0.02)]
        edge += [left + (-0.06, 0.05)]
        canvas.fill(np.concatenate([mouth.top[1:-1] + (0, 0.015), edge]), colour)


def paint_glasses(canvas: Canvas, who: Identity) -> None:
    """Thin dark frames, clear lenses."""
    if not who.glasses:
        return
    frame, x, y = (44, 40, 46), who.eye_x, EYE_Y
    for side in (-1, 1):
        lens = np.array([side * (x + 0.01), y + 0.015]) + circle(40) * (0.28, 0.24)
        canvas.outline(lens, 0.024, frame, 0.08)
        start, end = (side * (x + 0.28), y - 0.04), (side * 0.96 * who.width, y - 0.05)
        canvas.stroke(arc(start, (side * 0.8, y - 0.06), end), 0.035, frame)
    gap = x - 0.26
    canvas.stroke(arc((-gap, y - 0.02), (0, y - 0.08), (gap, y - 0.02)), 0.04, frame, 0.1)


def occluder_shapes(kind: str, level: float, side: int) -> list[np.ndarray]:
    """Polygons in face units, (n, 2) each; ``level`` 0..1 sets their size."""
    if kind == 'sunglasses':
        lens = circle(32) * (0.24 + 0.08 * level, 0.17 + 0.1 * level)
        return [(s * 0.4, EYE_Y) + lens for s in (-1, 1)]
    if kind == 'mask':
        top = 0.42 - 0.4 * level
        edge = [(-0.95, top + 0.1), (0, top), (0.95, top + 0.1)]
        return [np.array([*edge, (0.85, 0.95), (0.3, 1.3), (-0.3, 1.3), (-0.85, 0.95)])]
    if kind == 'hand':  # fingers across the mouth, from the side
        reach = 0.55 - level
        x, knuckle = reach + 0.6, reach + 0.75
        palm = [(x, 0.32), (x + 0.4, 0.22), (1.9, 0.6), (1.9, 1.5), (x + 0.5, 1.25), (x, 1.04)]
        shapes = [np.array(palm)]
        for tip, y in ((0.13, 0.93), (0.03, 0.76), (0, 0.58), (0.08, 0.4)):
            # of the circle, from its top over the left to its bottom
            end = (reach + tip, y + 0.08) + circle(32)[24:7:-1] * (0.1, 0.1)
            shapes.append(np.concatenate([end, [(knuckle, y + 0.18), (knuckle, y - 0.04)]]))
        return [shape * (side, 1) for shape in shapes]
    if kind == 'bar':
        half, slope = 0.1 + 0.3 * level, 0.25 * side
        top = 0.15 + 0.45 * side * (1 - level) - half
        low = 0.15 + 0.45 * side * (1 - level) + half
        corners = ((-1.7, top - slope), (1.7, top + slope), (1.7, low + slope), (-1.7, low - slope))
        return [np.array(corners)]
    raise ValueError(f'unknown occlusion {kind!r}; allowed: {", ".join(KINDS)}')


def cover(kind: str, level: float, side: int) -> float:
    """Share (0..1) of an average face's landmarks that the thing hides."""
    shapes = [shape.astype(np.float32) for shape in occluder_shapes(kind, level, side)]
    hidden = [
        any(cv2.pointPolygonTest(shape, point, False) >= 0 for shape in shapes)
        for point in mirrored(np.transpose(_LANDMARKS)).tolist()
    ]
    return float(np.mean(hidden))


def paint_occluder(canvas: Canvas, thing: Occlusion, skin: tuple[float, float, float]) -> None:
    """Paint the thing over the finished face."""
    if thing.kind == 'none':
        return
    shapes = occluder_shapes(thing.kind, thing.level, thing.side)
    colour = shade(skin, 0.98) if thing.kind == 'hand' else thing.colour
    below, deep = (0.028, skin) if thing.kind == 'hand' else (0.03, thing.colour)
    for shape in shapes:  # of a hand: each finger's shadow falls on the next
        canvas.fill(shape + (0, below), shade(deep, 0.6))
        canvas.fill(shape, colour)
    if thing.kind == 'sunglasses':
        bridge = arc((-0.2, EYE_Y - 0.03), (0, EYE_Y - 0.09), (0.2, EYE_Y - 0.03))
        canvas.stroke(bridge, 0.07, colour)
        for shape in shapes:
            centre = shape.mean(0)
            shine = arc(centre + (-0.14, 0.03), centre + (-0.09, -0.09), centre + (0.04, -0.12))
            canvas.stroke(shine, 0.04, mix(colour, _WHITE, 0.3))
    elif thing.kind == 'mask':
        for row in (0.25, 0.45, 0.65):
            y = shapes[0][1, 1] + row
            fold = arc((-0.7, y), (0, y + 0.1), (0.7, y))
            canvas.stroke(fold, 0.03, shade(colour, 0.8))
