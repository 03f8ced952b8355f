"""From a face's parameters to its picture: the face alone, as an aligned crop shows it, or in a
larger picture, as a photograph shows it before a detector crops it."""

from pathlib import Path

import cv2
import numpy as np

from ..utils.images import encode_image
from .canvas import Canvas, mirrored, mix
from .face import Face
from .paint import paint_eye, paint_head, paint_mouth
from .shape import Shape, landmarks_68
from .worn import paint_back_hair, paint_beard, paint_front_hair, paint_glasses, paint_occluder

NOISE_STREAM, SCENE_STREAM = 2, 5
_MARGIN = (0.08, 0.7)  # around a scene's face, shares of its box's side


def draw_face(face: Face, size: int) -> np.ndarray:
    """Draw ``face`` as a (size, size, 3) uint8 BGR picture, of 16 pixels or more (ValueError): at
    two to four times its size, averaged down."""
    side = size * _supersampling(size)
    canvas = Canvas(side + side % 2, face.pose)
    canvas.image[:] = np.array(face.light.background, np.uint8)
    _paint_face(canvas, face)
    small = cv2.resize(canvas.image, (size, size), interpolation=cv2.INTER_AREA)
    return _photograph(small, face, (0, 0, size))


def draw_scene(
    face: Face, size: int, *, empty: bool = False
) -> tuple[np.ndarray, tuple[int, int, int, int], np.ndarray]:
    """Draw ``face`` in a larger picture, so that its crop by the box is about ``draw_face(face,
    size)``: the same person, pose, light and blur, before a background with things in it.

    Returns the picture (H, W, 3) uint8 BGR, the face's box (x, y, width, height) in it and its
    landmarks (68, 2), in pixels. When ``empty``, the face is left out: box and landmarks then are a
    detector's mistake.
    """
    rng = face.rng(SCENE_STREAM)
    left, top, right, bottom = np.rint(rng.uniform(*_MARGIN, size=4) * size).astype(int).tolist()
    width, height = left + size + right, top + size + bottom
    side = max(width, height) + max(width, height) % 2
    shift = tuple(
        (start + size * (0.5 + move)) / side - 0.5
        for start, move in zip((left, top), face.pose.shift)
    )
    pose = face.pose._replace(scale=face.pose.scale * size / side, shift=shift)
    placed, canvas = face._replace(pose=pose), Canvas(side * _supersampling(size), pose)
    _backdrop(canvas, face, rng)
    if not empty:
        _paint_face(canvas, placed)
    image = cv2.resize(canvas.image, (side, side), interpolation=cv2.INTER_AREA)[:height, :width]
    image = _photograph(image, face, (left, top, size))
    return image, (left, top, size, size), landmarks_68(placed, side)


def _supersampling(size: int) -> int:
    """How many times larger a face is drawn."""
    if size < 16:
        raise ValueError(f'size {size} is too small for a face; use 16 pixels or more')
    return int(np.clip(round(192 / size), 2, 4))


def _paint_face(canvas: Canvas, face: Face) -> None:
    """Head, hair, clothes and what is in front of them, over the canvas's background."""
    who, shape = face.identity, Shape(face)
    clothes = mirrored([(0.5, 1.05), (1.4, 1.2), (1.9, 1.9), (2.1, 4.5)])
    canvas.fill(clothes, face.light.clothes, flat=True)
    paint_back_hair(canvas, who)
    paint_head(canvas, shape)
    paint_beard(canvas, shape)
    paint_mouth(canvas, shape)
    for k in range(2):
        paint_eye(canvas, shape, k, face.pose.gaze)
    paint_front_hair(canvas, who)
    paint_glasses(canvas, who)
    paint_occluder(canvas, face.occlusion, who.skin)


def _backdrop(canvas: Canvas, face: Face, rng: np.random.Generator) -> None:
    """Things behind the head, out of focus: discs and boxes in shades of the background."""
    canvas.image[:] = np.array(face.light.background, np.uint8)
    for _ in range(int(rng.integers(4, 10))):
        centre, half = rng.uniform(0, 1, size=2), rng.uniform(0.04, 0.22, size=2)
        low, high = (np.stack([centre - half, centre + half]) * canvas.side).astype(int)
        colour = mix(face.light.background, rng.uniform(0, 255, size=3), 0.45)
        if rng.random() < 0.5:
            cv2.rectangle(canvas.image, low.tolist(), high.tolist(), colour, cv2.FILLED)
        else:
            middle, axes = ((low + high) // 2).tolist(), ((high - low) // 2).tolist()
            cv2.ellipse(canvas.image, middle, axes, 0, 0, 360, colour, cv2.FILLED)
    # small first: a wide blur at full size is slow, and looks the same
    small = cv2.resize(canvas.image, None, fx=0.125, fy=0.125, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), 0.006 * canvas.side / 8)
    canvas.image[:] = cv2.resize(small, (canvas.side, canvas.side), interpolation=cv2.INTER_LINEAR)


def _photograph(image: np.ndarray, face: Face, box: tuple[int, int, int]) -> np.ndarray:
    """Light an (H, W, 3) uint8 picture as an ellipsoid in ``box`` (x, y, side) would be, and beyond
    it as at the box's edge; then the camera's blur, a share of the side, and the face's own grain.
    """
    *corner, size = box
    nx, ny = (
        np.clip((np.arange(n, dtype=np.float32) + 0.5 - start) / size * 2 - 1, -1, 1)
        for n, start in zip(image.shape[1::-1], corner)
    )
    nx, ny = nx[None, :] / 1.5, ny[:, None] / 1.7
    nz = np.sqrt(np.maximum(1 - nx**2 - ny**2, 0.1))
    light, lamp = face.light, face.light.direction
    lambert = nx * lamp[0] + ny * lamp[1] + nz * lamp[2]
    shading = 1 - light.contrast + light.contrast * (0.2 + np.maximum(lambert, 0))
    picture = image * (light.brightness * shading)[..., None]
    if light.blur * size > 0.25:
        picture = cv2.GaussianBlur(picture, (0, 0), light.blur * size)
    grain = face.rng(NOISE_STREAM).standard_normal(picture.shape[:2], dtype=np.float32)
    picture = picture + light.noise * grain[..., None]
    return np.clip(picture + 0.5, 0, 255).astype(np.uint8)


def write_image(path: Path, image: np.ndarray) -> None:
    """Write a picture at once: unlike `utils.images.write_image`, which waits for the disk."""
    path.write_bytes(encode_image(path, image))
