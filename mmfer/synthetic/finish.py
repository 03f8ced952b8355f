"""Light on the head, then what the camera adds: blur and noise."""

import cv2
import numpy as np

from .params import Face

NOISE_STREAM = 2


def light_up(image: np.ndarray, face: Face, box: tuple[int, int, int] | None = None) -> np.ndarray:
    """Shade an (H, W, 3) uint8 picture as a lit ellipsoid would be; returns float32.

    ``box`` is the x, y and side of the square that the ellipsoid fills, the whole of a square
    picture when None. What is beyond it is lit as the box's edge is.
    """
    left, top, size = box or (0, 0, image.shape[0])
    nx, ny = (
        np.clip((np.arange(n, dtype=np.float32) + 0.5 - start) / size * 2 - 1, -1, 1)
        for n, start in zip(image.shape[1::-1], (left, top))
    )
    nx, ny = nx[None, :] / 1.5, ny[:, None] / 1.7
    nz = np.sqrt(np.maximum(1 - nx**2 - ny**2, 0.1))
    lamp = face.light.direction
    lambert = nx * lamp[0] + ny * lamp[1] + nz * lamp[2]
    contrast = face.light.contrast
    gain = face.light.brightness * (1 - contrast + contrast * (0.2 + np.maximum(lambert, 0)))
    return image * gain[..., None]


def camera(picture: np.ndarray, face: Face, size: int | None = None) -> np.ndarray:
    """Blur and grain on a float32 picture; returns uint8. The grain is the face's own.

    ``size`` is the side that the blur is a share of, the picture's own when None.
    """
    sigma = face.light.blur * (size or picture.shape[0])
    if sigma > 0.25:
        picture = cv2.GaussianBlur(picture, (0, 0), sigma)
    grain = face.rng(NOISE_STREAM).standard_normal(picture.shape[:2], dtype=np.float32)
    picture = picture + face.light.noise * grain[..., None]
    return np.clip(picture + 0.5, 0, 255).astype(np.uint8)
