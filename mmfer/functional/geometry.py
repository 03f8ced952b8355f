"""What was done to a view, as a matrix in normalised coordinates.

A view's matrix maps a point of the source image to its place in the view. Points are (x, y, 1) with
x to the right and y down, -1 and 1 at the outer edges of the image, so a matrix is free of the
image size.
"""

import numpy as np
from torch import Tensor

_FLIPS = {'horizontal': (-1.0, 1.0), 'vertical': (1.0, -1.0), 'diagonal': (-1.0, -1.0)}


def flip_matrix(direction: str = 'horizontal') -> np.ndarray:
    """The (3, 3) matrix of a mirror.

    Raises:
        ValueError: on a direction other than horizontal, vertical, diagonal.

    >>> flip_matrix('horizontal').diagonal().tolist()
    [-1.0, 1.0, 1.0]
    """
    if direction not in _FLIPS:
        raise ValueError(f'flip direction {direction!r} is unknown; allowed: {tuple(_FLIPS)}')
    return np.diag((*_FLIPS[direction], 1.0)).astype(np.float32)


def relative_transform(reference: np.ndarray, view: np.ndarray) -> np.ndarray:
    """Where a point of the reference view lies in the other view.

    ``view @ inverse(reference)``; the first two rows are the ``theta`` by which
    ``torch.nn.functional.affine_grid`` resamples the other view into the frame of the reference.

    Args:
        reference, view: (..., 3, 3) matrices from the source image.

    >>> m = flip_matrix()
    >>> bool((relative_transform(m, m) == np.eye(3)).all())
    True
    """
    return (view @ np.linalg.inv(reference)).astype(np.float32)


def classify_relation(relation: np.ndarray, tol: float = 1e-6) -> tuple[np.ndarray, np.ndarray]:
    """Tell identities and horizontal mirrors, which are aligned without resampling, from the rest.

    Args:
        relation: (N, 3, 3) from :func:`relative_transform`.

    Returns:
        ``mirrored`` (N,) bool and ``simple`` (N,) bool, identity or mirror.

    >>> both = np.stack([flip_matrix(), flip_matrix('vertical')])
    >>> mirrored, simple = classify_relation(both)
    >>> mirrored.tolist(), simple.tolist()
    ([True, False], [True, False])
    """

    def equals(matrix: np.ndarray) -> np.ndarray:
        return np.abs(relation - matrix).max(axis=(-2, -1)) <= tol

    mirrored = equals(flip_matrix())
    return mirrored, mirrored | equals(np.eye(3, dtype=np.float32))


def move_points(points: Tensor, matrix: Tensor) -> Tensor:
    """Points of the source image, where a view shows them.

    Args:
        points: (N, P, 2), x and y in the coordinates of this module.
        matrix: (N, 3, 3) or (3, 3) from the source image to the view.

    Returns:
        (N, P, 2); beyond -1 and 1 where the view's frame cut them.

    >>> import torch
    >>> flip = torch.from_numpy(flip_matrix())
    >>> move_points(torch.tensor([[[-.5, .25]]]), flip).tolist()
    [[[0.5, 0.25]]]
    """
    matrix = matrix.to(points.dtype)
    return points @ matrix[..., :2, :2].mT + matrix[..., None, :2, 2]
