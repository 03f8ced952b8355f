"""A face that a few lines can draw and find again: five coloured dots."""

import cv2
import numpy as np
import pytest

from mmfer.functional import apply_transform, face_template

RED, GREEN, BLUE = (0, 0, 255), (0, 255, 0), (255, 0, 0)  # BGR: eyes, nose, mouth


def draw_dots(points, shape, radius):
    """Round dots at sub-pixel places, drawn large and averaged down."""
    image = np.full((*shape, 3), 255, np.uint8)
    y, x = np.mgrid[: shape[0], : shape[1]]
    for point, colour in zip(points, (RED, RED, GREEN, BLUE, BLUE)):
        inside = np.clip(radius + 0.5 - np.hypot(x - point[0], y - point[1]), 0, 1)
        image = image * (1 - inside[..., None]) + np.array(colour) * inside[..., None]
    return image.round().astype(np.uint8)


def find_dots(image):
    """(5, 2), sub-pixel, the first pixel's centre being (0, 0); None where a dot is missing."""
    image = image.astype(float)
    found = []
    for channel, count in ((2, 2), (1, 1), (0, 2)):
        others = [c for c in range(3) if c != channel]
        weight = np.clip(image[..., channel] - image[..., others].max(-1), 0, None)
        number, labels = cv2.connectedComponents((weight > 20).astype(np.uint8))
        if number != count + 1:
            return None
        centres = []
        for label in range(1, number):
            w = np.where(labels == label, weight, 0)
            y, x = np.mgrid[: w.shape[0], : w.shape[1]]
            centres.append(((w * x).sum() / w.sum(), (w * y).sum() / w.sum()))
        found += sorted(centres)
    return np.array(found)


@pytest.fixture
def dots():
    """Returns a function: a matrix that moves a 100 px face, the picture's shape -> picture and
    points."""

    def make(matrix, shape):
        points = apply_transform(matrix, face_template('arcface', 100))
        radius = 4 * np.hypot(*np.asarray(matrix)[:, 0])
        return draw_dots(points, shape, radius), points

    return make


@pytest.fixture
def find():
    return find_dots
