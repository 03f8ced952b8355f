import math
from typing import List, Optional, Sequence

import cv2
import numpy as np
from mmcv.transforms import BaseTransform, Compose
from mmpretrain.registry import TRANSFORMS

from ..functional import flip_matrix

# Host transforms that move pixels and do not say how.
UNRECORDED = ('RandomResizedCrop', 'RandomCrop', 'CenterCrop', 'ResizeEdge',
              'EfficientNetRandomCrop', 'EfficientNetCenterCrop', 'Rotate',
              'Shear', 'Translate', 'RandomRotation', 'Pad', 'RandAugment',
              'AutoAugment', 'RandomResize', 'RandomPerspective')


@TRANSFORMS.register_module()
class MultiViewTransform(BaseTransform):
    """Several views of an image, with what was done to each.

    The host's ``MultiView`` keeps the images only; attention consistency has
    to know how they lie to each other.

    Args:
        views: one list of transforms a view. ``RandomFlip`` and
            :class:`FaceAffine` record what they do. Transforms that move
            pixels unrecorded are refused; whatever came before this transform
            is shared by the views and does not matter.

    Required keys: ``img``. Modified: ``img`` becomes a list of V images.
    Added: ``view_matrix`` (V, 3, 3) float32, see
    :mod:`mmfer.functional.geometry`. Name it in ``algorithm_keys`` of
    ``PackInputs``.

    Raises:
        ValueError: on no views, or on a transform that would move pixels
            unrecorded.
    """

    def __init__(self, views: Sequence[Sequence[dict]]):
        if not views:
            raise ValueError('views is empty; give one list of transforms a '
                             'view, for instance [[], [dict(type='
                             "'RandomFlip', prob=1.)]]")
        self.views = [Compose(list(view)) for view in views]
        for view in self.views:
            _refuse_unrecorded(view.transforms)

    def transform(self, results: dict) -> Optional[dict]:
        images, matrices = [], []
        for view in self.views:
            view_results = dict(results, img=results['img'].copy())
            matrix = np.eye(3, dtype=np.float32)
            for step in view.transforms:
                for key in ('flip', 'flip_direction', 'affine'):
                    view_results.pop(key, None)
                view_results = step(view_results)
                if view_results is None:
                    return None
                matrix = _recorded(view_results) @ matrix
            images.append(view_results['img'])
            matrices.append(matrix)
        results.update(
            img=images,
            img_shape=images[0].shape[:2],
            view_matrix=np.stack(matrices))
        return results

    def __repr__(self) -> str:
        return f'{type(self).__name__}(views={self.views})'


@TRANSFORMS.register_module()
class FaceAffine(BaseTransform):
    """A random rotation, scale, shift and mirror in one resampling, recorded.

    Args:
        degrees: rotation is uniform in [-degrees, degrees].
        scale: (low, high) of a uniform factor; above 1 enlarges the face.
        shift: uniform shift in [-shift, shift] of each side's length.
        mirror: probability of a horizontal mirror.

    Required keys: ``img``. Modified: ``img``, of the same size; places from
    outside repeat the edge. Added: ``affine`` (3, 3).

    Raises:
        ValueError: on ranges that do not fit.
    """

    def __init__(self,
                 degrees: float = 10.,
                 scale: Sequence[float] = (.9, 1.1),
                 shift: float = .05,
                 mirror: float = 0.):
        if degrees < 0 or shift < 0 or not 0 < scale[0] <= scale[1]:
            raise ValueError(
                f'degrees={degrees}, scale={scale}, shift={shift}; degrees and '
                'shift must not be negative, scale is (low, high) above 0')
        if not 0 <= mirror <= 1:
            raise ValueError(f'mirror={mirror} is a probability: 0 to 1')
        self.degrees, self.scale = degrees, tuple(scale)
        self.shift, self.mirror = shift, mirror

    def transform(self, results: dict) -> dict:
        angle = math.radians(np.random.uniform(-self.degrees, self.degrees))
        scale = np.random.uniform(*self.scale)
        # A share of the side is twice that in coordinates from -1 to 1.
        move = 2 * np.random.uniform(-self.shift, self.shift, size=2)
        cos, sin = scale * math.cos(angle), scale * math.sin(angle)
        matrix = np.array(
            [[cos, -sin, move[0]], [sin, cos, move[1]], [0, 0, 1]],
            dtype=np.float32)
        if np.random.rand() < self.mirror:
            matrix = flip_matrix() @ matrix
        results['img'] = warp(results['img'], matrix)
        results['affine'] = matrix
        return results

    def __repr__(self) -> str:
        return (f'{type(self).__name__}(degrees={self.degrees}, '
                f'scale={self.scale}, shift={self.shift}, '
                f'mirror={self.mirror})')


@TRANSFORMS.register_module()
class GaussianNoise(BaseTransform):
    """Add pixel noise of a given variance, as EAC and SCN do to one view.

    Args:
        variance: on pixel values from 0 to 255; 30 is a deviation of 5.5.
        prob: probability of adding any.
    """

    def __init__(self, variance: float = 30., prob: float = .5):
        if variance < 0 or not 0 <= prob <= 1:
            raise ValueError(f'variance={variance}, prob={prob}; variance must '
                             'not be negative, prob lies in 0 to 1')
        self.variance, self.prob = variance, prob

    def transform(self, results: dict) -> dict:
        if np.random.rand() < self.prob:
            img = results['img']
            noise = np.random.normal(0, math.sqrt(self.variance), img.shape)
            results['img'] = np.clip(img + noise, 0, 255).astype(img.dtype)
        return results

    def __repr__(self) -> str:
        return (f'{type(self).__name__}(variance={self.variance}, '
                f'prob={self.prob})')


def warp(img: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Move an image (H, W, ...) by a matrix in normalised coordinates."""
    height, width = img.shape[:2]
    # Pixel centres: x_pixel = (x + 1) * width / 2 - .5.
    to_pixel = np.array([[width / 2, 0, (width - 1) / 2],
                         [0, height / 2, (height - 1) / 2], [0, 0, 1]])
    pixels = to_pixel @ matrix @ np.linalg.inv(to_pixel)
    return cv2.warpAffine(
        img, pixels[:2], (width, height), flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE)


def _recorded(results: dict) -> np.ndarray:
    if 'affine' in results:
        return results['affine']
    if results.get('flip'):
        return flip_matrix(results.get('flip_direction', 'horizontal'))
    return np.eye(3, dtype=np.float32)


def _refuse_unrecorded(transforms: List) -> None:
    for step in transforms:
        if type(step).__name__ in UNRECORDED:
            raise ValueError(
                f'{type(step).__name__} moves pixels and does not record how, '
                'so the views could not be aligned; use FaceAffine, or put it '
                'before MultiViewTransform, where the views share it')
        inner = getattr(step, 'transforms', None)
        if inner is not None:  # a wrapper: Compose, RandomApply, RandomChoice
            _refuse_unrecorded(inner)
