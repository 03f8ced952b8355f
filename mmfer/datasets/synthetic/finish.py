"""Light on the head, then what the camera adds: blur and noise."""
import cv2
import numpy as np

from .params import Face

NOISE_STREAM = 2


def light_up(image: np.ndarray, face: Face) -> np.ndarray:
    """Shade an (s, s, 3) uint8 picture as a lit ellipsoid would be; returns float32."""
    size = image.shape[0]
    axis = (np.arange(size, dtype=np.float32) + .5) / size * 2 - 1
    nx, ny = axis[None, :] / 1.5, axis[:, None] / 1.7
    nz = np.sqrt(np.maximum(1 - nx**2 - ny**2, .1))
    lamp = face.light.direction
    lambert = nx * lamp[0] + ny * lamp[1] + nz * lamp[2]
    contrast = face.light.contrast
    gain = face.light.brightness * (1 - contrast + contrast * (.2 + np.maximum(lambert, 0)))
    return image * gain[..., None]


def camera(picture: np.ndarray, face: Face) -> np.ndarray:
    """Blur and grain on a float32 picture; returns uint8. The grain is the face's own."""
    size = picture.shape[0]
    sigma = face.light.blur * size
    if sigma > .25:
        picture = cv2.GaussianBlur(picture, (0, 0), sigma)
    grain = face.rng(NOISE_STREAM).standard_normal((size, size), dtype=np.float32)
    picture = picture + face.light.noise * grain[..., None]
    return np.clip(picture + .5, 0, 255).astype(np.uint8)
