"""A face in a larger picture: what a photograph shows before a detector crops it."""

from dataclasses import replace
from typing import NamedTuple

import cv2
import numpy as np

from .canvas import Canvas
from .colours import mix
from .draw import paint_face, supersampling
from .finish import camera, light_up
from .landmarks import landmarks_68
from .params import Face

SCENE_STREAM = 5
_MARGIN = (0.08, 0.7)  # around the face's box, shares of its side


class Scene(NamedTuple):
    """A picture (H, W, 3) uint8 BGR, the face's box (x, y, width, height) in it, and its landmarks
    (68, 2), all in the picture's pixels."""

    image: np.ndarray
    box: tuple[int, int, int, int]
    landmarks: np.ndarray


def draw_scene(face: Face, size: int, *, empty: bool = False) -> Scene:
    """Draw ``face`` in a larger picture, so that its crop by the box is about ``draw_face(face,
    size)``: the same person, pose, light and blur, before a background with things in it.

    Args:
        size: The box's side, pixels.
        empty: Leave the face out; box and landmarks then are a detector's mistake.
    """
    rng = face.rng(SCENE_STREAM)
    left, top, right, bottom = np.rint(rng.uniform(*_MARGIN, size=4) * size).astype(int).tolist()
    width, height = left + size + right, top + size + bottom
    side = max(width, height) + max(width, height) % 2
    shift = tuple(
        (start + size * (0.5 + move)) / side - 0.5
        for start, move in zip((left, top), face.pose.shift)
    )
    placed = replace(
        face, pose=replace(face.pose, scale=face.pose.scale * size / side, shift=shift)
    )
    canvas = Canvas(side * supersampling(size), placed.pose)
    _backdrop(canvas, face, rng)
    if not empty:
        paint_face(canvas, placed)
    image = cv2.resize(canvas.image, (side, side), interpolation=cv2.INTER_AREA)[:height, :width]
    image = camera(light_up(image, face, (left, top, size)), face, size)
    return Scene(image, (left, top, size, size), landmarks_68(placed, side))


def _backdrop(canvas: Canvas, face: Face, rng: np.random.Generator) -> None:
    """Things behind the head, out of focus: discs and boxes in shades of the background."""
    canvas.image[:] = np.array(face.light.background, np.uint8)
    for _ in range(int(rng.integers(4, 10))):
        centre, half = rng.uniform(0, 1, size=2), rng.uniform(0.04, 0.22, size=2)
        low, high = (
            ((centre - half) * canvas.side).astype(int),
            ((centre + half) * canvas.side).astype(int),
        )
        colour = mix(face.light.background, rng.uniform(0, 255, size=3), 0.45)
        if rng.random() < 0.5:
            cv2.rectangle(canvas.image, low.tolist(), high.tolist(), colour, cv2.FILLED)
        else:
            cv2.ellipse(
                canvas.image,
                ((low + high) // 2).tolist(),
                ((high - low) // 2).tolist(),
                0,
                0,
                360,
                colour,
                cv2.FILLED,
            )
    # small first: a wide blur at full size is slow, and looks the same
    small = cv2.resize(canvas.image, None, fx=0.125, fy=0.125, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), 0.006 * canvas.side / 8)
    canvas.image[:] = cv2.resize(small, (canvas.side, canvas.side), interpolation=cv2.INTER_LINEAR)
