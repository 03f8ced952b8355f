"""From a picture with faces to aligned crops."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from mmfer.functional.align import face_template, reduce_landmarks, similarity_from_points
from mmfer.functional.arguments import check_choice
from mmfer.utils.images import warp_to_crop

from .detection import DetectedFace, Detector, off_centre

POLICIES = ('largest', 'central', 'all')


class AlignedFaces(NamedTuple):
    """Crops (size, size, 3), the faces they show, how many were found."""

    crops: list[np.ndarray]
    faces: list[DetectedFace]
    found: int


def align_face(
    image: np.ndarray,
    points: np.ndarray,
    template: str = 'arcface',
    size: int = 112,
    margin: float = 0.0,
    border: str = 'constant',
) -> np.ndarray:
    """One face, turned upright, at its place in a square crop.

    Args:
        image: (H, W) or (H, W, 3), uint8 or float32.
        points: (5, 2) or (68, 2) landmarks, pixels; the centre of the first pixel is (0, 0).
        template: ``'arcface'``, ``'rafdb'`` or ``'ferplus'``; see
            :func:`mmfer.functional.face_template`.
        size: the crop's side, pixels.
        margin: room around the template, as a share of its side.
        border: what lies outside the picture: ``'constant'`` (black), ``'replicate'`` or
            ``'reflect'``.

    Raises:
        ValueError: on points that fix no similarity, and on settings that are unknown.
    """
    matrix = similarity_from_points(reduce_landmarks(points), face_template(template, size, margin))
    return warp_to_crop(image, matrix, size, border)


def choose_faces(
    faces: Sequence[DetectedFace], shape: tuple[int, ...], policy: str = 'largest'
) -> list[DetectedFace]:
    """The faces to keep of those found in one picture.

    Args:
        shape: of the picture, (H, W, ...).
        policy: ``'largest'`` (area of the box), ``'central'`` (the box's centre nearest to the
            picture's), both at most one face; or ``'all'``, from the largest to the smallest.
    """
    check_choice('faces', policy, POLICIES)
    if policy == 'central':
        return sorted(faces, key=lambda face: off_centre(face, shape))[:1]
    by_size = sorted(faces, key=lambda face: -face.box[2] * face.box[3])
    return by_size if policy == 'all' else by_size[:1]


def align_faces(
    image: np.ndarray, detector: Detector, faces: str = 'largest', **settings
) -> AlignedFaces:
    """Find faces, choose among them, align them.

    Args:
        image: (H, W, 3) uint8 BGR.
        detector: image -> faces with points, such as ``YuNetDetector``.
        faces: policy of :func:`choose_faces`.
        **settings: of :func:`align_face`.

    Raises:
        ValueError: where the detector gives boxes without points.
    """
    found = detector(image)
    chosen = choose_faces(found, image.shape, faces)
    if any(face.points is None for face in chosen):
        boxes = f'{type(detector).__name__} gives boxes without points'
        raise ValueError(f'{boxes}; put MobileFaceNetLandmarks on top of it')
    crops = [align_face(image, face.points, **settings) for face in chosen]
    return AlignedFaces(crops, chosen, len(found))
