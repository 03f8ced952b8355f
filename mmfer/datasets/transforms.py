import math
from collections.abc import Sequence

import numpy as np
from mmcv.transforms import BaseTransform
from mmpretrain.registry import TRANSFORMS

from ..functional import flip_matrix
from ..functional.arguments import check_number
from ..utils.images import warp_pixels


class Transform(BaseTransform):
    """The host's, shown with its settings."""

    def __repr__(self) -> str:
        settings = ', '.join(f'{name}={value}' for name, value in vars(self).items())
        return f'{type(self).__name__}({settings})'


@TRANSFORMS.register_module()
class CropFaceBox(Transform):
    """Cut the face out of a picture, by the box of the data set.

    Args:
        margin: room beyond the box at each side, as a share of the box's width or height.

    Required keys: ``img``; ``face_box`` (x, y, width, height) in pixels, without which the image
    stays as it is (releases that are cropped already). Modified: ``img``, ``img_shape``. What lies
    outside the picture is left out; where nothing is left, a ValueError names the image.
    """

    def __init__(self, margin: float = 0.0):
        check_number('margin', margin, above=-0.5, hint='at which nothing of the face is left')
        self.margin = margin

    def transform(self, results: dict) -> dict:
        if results.get('face_box') is None:
            return results
        x, y, width, height = box = results['face_box']
        rows, columns = results['img'].shape[:2]
        left, right = _enlarge(x, width, self.margin, columns)
        top, bottom = _enlarge(y, height, self.margin, rows)
        if left >= right or top >= bottom:
            raise ValueError(
                f'{results.get("img_path")!r}: the face box (x, y, width, height) = {box} holds '
                f'nothing of the picture, which is {columns} x {rows} pixels'
            )
        results['img'] = results['img'][top:bottom, left:right]
        results['img_shape'] = results['img'].shape[:2]
        return results


@TRANSFORMS.register_module()
class FaceAffine(Transform):
    """A random rotation, scale, shift and mirror in one resampling, recorded.

    Args:
        degrees: rotation is uniform in [-degrees, degrees].
        scale: (low, high) of a uniform factor; above 1 enlarges the face.
        shift: uniform shift in [-shift, shift] of each side's length.
        mirror: probability of a horizontal mirror.

    Required keys: ``img``. Modified: ``img``, of the same size; places from outside repeat the
    edge. Added: ``affine`` (3, 3), see :mod:`mmfer.functional.geometry`.
    """

    def __init__(
        self,
        degrees: float = 10.0,
        scale: Sequence[float] = (0.9, 1.1),
        shift: float = 0.05,
        mirror: float = 0.0,
    ):
        check_number('degrees', degrees, least=0)
        check_number('shift', shift, least=0)
        check_number('mirror', mirror, least=0, most=1, what='is a probability')
        if not isinstance(scale, Sequence) or isinstance(scale, str) or len(scale) != 2:
            raise ValueError(f'scale={scale!r}; allowed: (low, high), e.g. (.9, 1.1)')
        for end in scale:
            check_number(f'scale={tuple(scale)}: an end', end, above=0)
        if scale[0] > scale[1]:
            raise ValueError(f'scale={tuple(scale)}; allowed: (low, high), low first')
        self.degrees, self.scale = degrees, tuple(scale)
        self.shift, self.mirror = shift, mirror

    def transform(self, results: dict) -> dict:
        angle = math.radians(np.random.uniform(-self.degrees, self.degrees))
        scale = np.random.uniform(*self.scale)
        # A share of the side is twice that in coordinates from -1 to 1.
        move = 2 * np.random.uniform(-self.shift, self.shift, size=2)
        cos, sin = scale * math.cos(angle), scale * math.sin(angle)
        matrix = np.array([[cos, -sin, move[0]], [sin, cos, move[1]], [0, 0, 1]], dtype=np.float32)
        if np.random.rand() < self.mirror:
            matrix = flip_matrix() @ matrix
        results['img'] = move_in_frame(results['img'], matrix)
        results['affine'] = matrix
        return results


@TRANSFORMS.register_module()
class GaussianNoise(Transform):
    """Add pixel noise of a given variance, as EAC and SCN do to one view.

    Args:
        variance: on pixel values from 0 to 255; 30 is a deviation of 5.5.
        prob: probability of adding any.
    """

    def __init__(self, variance: float = 30.0, prob: float = 0.5):
        check_number('variance', variance, least=0)
        check_number('prob', prob, least=0, most=1, what='is a probability')
        self.variance, self.prob = variance, prob

    def transform(self, results: dict) -> dict:
        if np.random.rand() < self.prob:
            img = results['img']
            noise = np.random.normal(0, math.sqrt(self.variance), img.shape)
            results['img'] = np.clip(img + noise, 0, 255).astype(img.dtype)
        return results


def _enlarge(start: float, length: float, margin: float, end: int) -> list[int]:
    """Where a side begins and ends, in whole pixels of a picture."""
    edges = (start - margin * length, start + (1 + margin) * length)
    return [round(min(max(edge, 0), end)) for edge in edges]


def move_in_frame(img: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Move an image (H, W, ...) by a matrix in normalised coordinates; the edge is repeated."""
    height, width = img.shape[:2]
    # Pixel centres: x_pixel = (x + 1) * width / 2 - .5.
    to_pixel = np.array(
        [[width / 2, 0, (width - 1) / 2], [0, height / 2, (height - 1) / 2], [0, 0, 1]]
    )
    pixels = to_pixel @ matrix @ np.linalg.inv(to_pixel)
    return warp_pixels(img, pixels[:2], (width, height), 'replicate')
