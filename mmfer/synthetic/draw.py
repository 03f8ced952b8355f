"""From a face's parameters to its picture."""

import cv2
import numpy as np

from .action_units import UNITS
from .canvas import Canvas
from .eyes import draw_brow, draw_eye
from .finish import camera, light_up
from .hair import draw_back_hair, draw_beard, draw_front_hair, draw_glasses, shade_beard
from .mouth import draw_mouth, mouth_shape
from .occluders import draw_occluder
from .params import Face
from .shade import Shade, multiply
from .skin import draw_head, draw_nostrils, head_outline, relief

_SHADOW_TINT = (1.12, 1.05, 0.85)  # BGR: shadows on skin are warm


def draw_face(face: Face, size: int) -> np.ndarray:
    """Draw ``face`` as a (size, size, 3) uint8 BGR picture.

    The picture is drawn at two to four times its size and averaged down.

    Raises:
        ValueError: ``size`` is below 16 pixels.
    """
    side = size * supersampling(size)
    canvas = Canvas(side + side % 2, face.pose)
    canvas.image[:] = np.array(face.light.background, np.uint8)
    paint_face(canvas, face)
    small = cv2.resize(canvas.image, (size, size), interpolation=cv2.INTER_AREA)
    return camera(light_up(small, face), face)


def supersampling(size: int) -> int:
    """How many times larger than its ``size`` a face is drawn.

    Raises:
        ValueError: ``size`` is below 16 pixels.
    """
    if size < 16:
        raise ValueError(f'size {size} is too small for a face; use 16 pixels or more')
    return int(np.clip(round(192 / size), 2, 4))


def paint_face(canvas: Canvas, face: Face) -> None:
    """Paint head, hair, clothes and what is in front of them over the canvas's background."""
    who = face.identity
    sides = tuple(dict(zip(UNITS, column)) for column in face.units.T.tolist())
    mouth = mouth_shape(who, sides)
    outline = head_outline(who, (sides[0]['AU26'] + sides[1]['AU26']) / 2)

    _clothes(canvas, face)
    draw_back_hair(canvas, who)
    draw_head(canvas, who, outline)
    wide, fine = Shade(canvas, 0.09), Shade(canvas, 0.022)
    relief(wide, fine, who, sides, mouth, outline)
    shade_beard(wide, who, outline)
    canvas.image = multiply(canvas.image, (wide, fine), _SHADOW_TINT)
    draw_nostrils(canvas, who, sides)
    draw_beard(canvas, who, mouth, outline)
    draw_mouth(canvas, who, mouth)
    for k, side in enumerate((-1, 1)):
        draw_eye(canvas, who, side, sides[k], face.pose.gaze)
        draw_brow(canvas, who, side, sides[k])
    draw_front_hair(canvas, who)
    draw_glasses(canvas, who)
    draw_occluder(canvas, face.occlusion, who.skin)


def _clothes(canvas: Canvas, face: Face) -> None:
    right = np.array([(0.5, 1.05), (1.4, 1.2), (1.9, 1.9), (2.1, 4.5)])
    canvas.fill(np.concatenate([right, right[::-1] * (-1, 1)]), face.light.clothes, flat=True)
