from collections.abc import Iterator, Sequence

import numpy as np
from mmpretrain.registry import TRANSFORMS

from ..functional import flip_matrix
from .transforms import Transform

RECORDED = ('RandomFlip', 'FaceAffine')  # they say how they move the picture
STILL = tuple(  # they leave the face where it is in the frame
    'AutoContrast Brightness ColorJitter ColorTransform Contrast Equalize GaussianBlur '
    'GaussianNoise Invert Lighting NumpyToPIL PILToNumpy Posterize RandomErasing RandomGrayscale '
    'Resize Sharpness Solarize torchvision/ColorJitter torchvision/GaussianBlur '
    'torchvision/RandomErasing torchvision/RandomGrayscale'.split()
)
WRAPPERS = ('Compose', 'RandomApply', 'RandomChoice')


@TRANSFORMS.register_module()
class MultiViewTransform(Transform):
    """Several views of an image, with what was done to each; the host's ``MultiView`` forgets it.

    Args:
        views: one list of transforms a view, as configs. Only transforms that record how they move
            the picture (``RandomFlip``, :class:`FaceAffine`), at most one inside a wrapper, or that
            do not move it are taken, else a ValueError is raised; whatever came before this
            transform is shared by the views and free.
        still: names of further transforms that leave the face where it is.

    Required keys: ``img``. Modified: ``img`` becomes a list of V images. Added: ``view_matrix`` (V,
    3, 3) float32, see :mod:`mmfer.functional.geometry`. Name it in ``algorithm_keys`` of
    ``PackInputs``.
    """

    def __init__(self, views: Sequence[Sequence[dict]], still: Sequence[str] = ()):
        if not views:
            raise ValueError('views is empty; give one list of transforms a view, as [[], [...]]')
        self.still = tuple(still)
        for step in sum(map(list, views), []):
            self._check(step)
        # the host's registry, also where no default scope is set
        self.views = [[TRANSFORMS.build(step) for step in view] for view in views]

    def transform(self, results: dict) -> dict | None:
        images, matrices = [], []
        for view in self.views:
            view_results = dict(results, img=results['img'].copy())
            matrix = np.eye(3, dtype=np.float32)
            for step in view:
                for key in ('flip', 'flip_direction', 'affine'):
                    view_results.pop(key, None)
                view_results = _apply(step, view_results)
                if view_results is None:
                    return None
                matrix = _recorded(view_results) @ matrix
            images.append(view_results['img'])
            matrices.append(matrix)
        results.update(img=images, img_shape=images[0].shape[:2], view_matrix=np.stack(matrices))
        return results

    def _check(self, step: dict) -> None:
        names = list(_names(step))
        if unknown := [name for name in names if name not in RECORDED + STILL + self.still]:
            raise ValueError(
                f'{unknown[0]} is not known to record how it moves the picture, or to leave it '
                'still, so the views could not be aligned. Use FaceAffine; or put it before '
                f'MultiViewTransform; or, where it moves nothing, add still=({unknown[0]!r}, )'
            )
        moving = [name for name in names if name in RECORDED]
        if len(moving) > 1:
            fix = 'only the last of them would be recorded. Put each into a wrapper of its own'
            raise ValueError(f'{moving} inside one {step["type"]}: {fix}')


def _apply(step, results: dict) -> dict | None:
    try:
        return step(results)
    except Exception as error:
        shape = np.shape(results['img'])
        if len(shape) == 3 and shape[2] != 1:
            raise
        raise ValueError(
            f'{results.get("img_path")!r}: {type(step).__name__} takes no picture of one channel, '
            f"{shape} ({str(error).strip()[:80]}); leave it out of MultiViewTransform's views, or "
            'load the pictures with three channels, as load = dict(color_type="color") does with '
            'grey ones, too'
        ) from error


def _names(step: dict) -> Iterator[str]:
    """Names of a transform and, for a wrapper, of what it wraps."""
    name = step['type'] if isinstance(step['type'], str) else step['type'].__name__
    if name not in WRAPPERS:
        yield name.removeprefix('mmpretrain.')
        return
    inner = step['transforms']
    for one in [inner] if isinstance(inner, dict) else inner:
        # RandomChoice's are lists of transforms.
        for each in [one] if isinstance(one, dict) else one:
            yield from _names(each)


def _recorded(results: dict) -> np.ndarray:
    if results.get('flip'):
        return flip_matrix(results.get('flip_direction', 'horizontal'))
    return results.get('affine', np.eye(3, dtype=np.float32))
