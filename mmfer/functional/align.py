"""The geometry of face alignment (numpy): a similarity that moves points onto a template.

Points are (x, y) in pixels, x to the right and y down, and (0, 0) is the *centre* of the first
pixel, as in ``cv2.warpAffine``: an image of side S reaches from -1/2 to S - 1/2. Left and right are
the picture's, not the person's.
"""

import numpy as np

POINTS = ('left eye', 'right eye', 'nose tip', 'left mouth corner', 'right mouth corner')

# (x, y) of each, in pixels of InsightFace's crop of 112 x 112.
_ARCFACE = np.array(
    [[38.2946, 73.5318, 56.0252, 41.5493, 70.7299], [51.6963, 51.5014, 71.7366, 92.3655, 92.2041]]
).T
# In units of the crop's side: 0 and 1 are its outer edges. See face_template.
FACE_TEMPLATES: dict[str, np.ndarray] = {
    'arcface': (_ARCFACE + 0.5) / 112,
    'rafdb': np.array([[0.315, 0.685, 0.5, 0.345, 0.655], [0.35, 0.35, 0.56, 0.73, 0.73]]).T,
    'ferplus': np.array([[0.31, 0.69, 0.5, 0.341, 0.659], [0.389, 0.389, 0.591, 0.756, 0.756]]).T,
}
_DEGENERATE = 1e-9  # of the points' size: what rounding leaves of nothing
# By their number, counted from 0: the points round the left and the right eye, the nose tip, the
# mouth's left and right corner.
LANDMARKS: dict[int, tuple[slice, slice, list[int]]] = {
    68: (slice(36, 42), slice(42, 48), [30, 48, 54]),  # iBUG 300-W
    98: (slice(60, 68), slice(68, 76), [54, 76, 82]),  # WFLW
}


def similarity_from_points(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """The similarity that moves points closest to others, in least squares.

    Rotation, one scale and translation, never a mirror: the minimum of ``sum |A p + t - q|^2``
    (Umeyama, TPAMI 1991, eq. 39-43). In the plane ``A = [[a, -b], [b, a]]``, and with p, q less
    their means, without an SVD::

        a = sum(px qx + py qy) / sum |p|^2
        b = sum(px qy - py qx) / sum |p|^2
        t = mean(target) - A mean(source)

    Two points are met exactly, and so is any number of points that a similarity links.

    Args:
        source: (P, 2), P >= 2.
        target: (P, 2).

    Returns:
        (2, 3) float64, ``[A | t]``, as ``cv2.warpAffine`` takes it.

    Raises:
        ValueError: on other shapes, fewer than two points, a coordinate that is not finite, points
            that all coincide, or points that no unmirrored similarity brings nearer than their mean
            does.

    >>> similarity_from_points([(0, 0), (1, 0)], [(5, 5), (5, 7)]).tolist()
    [[0.0, -2.0, 5.0], [2.0, 0.0, 5.0]]
    """
    source, target = _points(source, 'source'), _points(target, 'target')
    if len(source) != len(target):
        raise ValueError(
            f'{len(source)} source and {len(target)} target points; a point needs a counterpart'
        )
    if len(source) < 2:
        raise ValueError(f'{len(source)} point(s) do not fix a similarity; at least 2 are needed')
    p, p_mean, p_spread = _centre(source, 'source')
    q, q_mean, q_spread = _centre(target, 'target')
    a = (p * q).sum() / p_spread
    b = (p[:, 0] * q[:, 1] - p[:, 1] * q[:, 0]).sum() / p_spread
    if np.hypot(a, b) <= _DEGENERATE * np.sqrt(q_spread / p_spread):
        raise ValueError(
            'the best scale is 0: the source is a mirror image of the target; check the order of '
            'the points'
        )
    matrix = np.array([[a, -b], [b, a]])
    return np.column_stack([matrix, q_mean - matrix @ p_mean])


def apply_transform(matrix: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Move points by a (2, 3) matrix: ``A p + t``.

    Args:
        matrix: (2, 3), as of :func:`similarity_from_points`.
        points: (..., 2).

    >>> apply_transform([[0, -2, 5], [2, 0, 5]], [(1, 0), (0, 1)]).tolist()
    [[5.0, 7.0], [3.0, 5.0]]
    """
    matrix = np.asarray(matrix, dtype=np.float64)
    if matrix.shape != (2, 3):
        raise ValueError(f'a matrix of shape {matrix.shape}; expected (2, 3)')
    return np.asarray(points, np.float64) @ matrix[:, :2].T + matrix[:, 2]


def face_template(name: str, size: int, margin: float = 0.0) -> np.ndarray:
    """Where the five points of a face lie in an aligned crop, in pixels.

    - ``'arcface'``: InsightFace's, the usual crop of face recognition; a size of 112 gives its
      published numbers.
    - ``'rafdb'``: after RAF-DB's aligned 100 x 100 images, which show the face from the brows to
      the chin with the eyes at about a third of the height. Their owners aligned two eye centres
      and the mouth's centre and published no numbers; these are ours, not measured on RAF-DB.
    - ``'ferplus'``: FER2013's 48 x 48 crops. Medians of YuNet's points
      (``mmfer.apis.YuNetDetector``) in 3 000 random training images of FERPlus, over the 1 013
      where it was sure of one frontal face (score 0.9 or more, rolled by less than 5 degrees, the
      nose within a tenth of the eyes' distance of their middle), and their mirror images. They
      scatter by 4 to 6 % of the side: FER2013 was not aligned by points.

    Args:
        name: one of ``FACE_TEMPLATES``.
        size: the crop's side, pixels.
        margin: room on each side, as a share of it; 0.1 makes the face 1/1.2 times as large.

    Returns:
        (5, 2): left eye, right eye, nose tip, left and right mouth corner.

    Raises:
        ValueError: on an unknown name, a size below 1, a margin of -1/2 or less.

    >>> face_template('arcface', 112)[0].round(4).tolist()
    [38.2946, 51.6963]
    >>> face_template('rafdb', 100)[2].round(4).tolist()  # edges at -1/2, 99.5
    [49.5, 55.5]
    """
    if name not in FACE_TEMPLATES:
        raise ValueError(f'face template {name!r} is unknown; allowed: {tuple(FACE_TEMPLATES)}')
    if size < 1:
        raise ValueError(f'a crop of {size} px; at least 1 is needed')
    if not -0.5 < margin < np.inf:
        raise ValueError(
            f'margin={margin} leaves no crop; it is a share of the side and must be above -0.5'
        )
    return (FACE_TEMPLATES[name] + margin) / (1 + 2 * margin) * size - 0.5


def reduce_landmarks(points: np.ndarray) -> np.ndarray:
    """The five alignment points of 68 or 98 landmarks; five points stay as they are.

    68 are in the order of iBUG 300-W, 98 in that of WFLW; an eye is the mean of the points round it
    (of 68, counted from 0: 36-41, 42-47), the nose tip is 30 (of 98: 54), the mouth corners are 48,
    54 (76, 82).

    Args:
        points: (68, 2), (98, 2) or (5, 2).

    Raises:
        ValueError: on another number of points. 106 have no order of their own: two are in use.

    >>> landmarks = np.arange(136.).reshape(68, 2)
    >>> reduce_landmarks(landmarks)[:, 0].tolist()
    [77.0, 89.0, 60.0, 96.0, 108.0]
    """
    points = _points(points, 'landmarks')
    if len(points) == 5:
        return points
    if len(points) not in LANDMARKS:
        raise ValueError(
            f'{len(points)} landmarks; allowed: 68 in the order of iBUG 300-W, 98 in the order of '
            f'WFLW, or 5 ({", ".join(POINTS)})'
        )
    left, right, others = LANDMARKS[len(points)]
    eyes = np.stack([points[left], points[right]]).mean(axis=1)
    return np.concatenate([eyes, points[others]])


def _points(points, name: str) -> np.ndarray:
    points = np.array(points, dtype=np.float64)
    if points.ndim != 2 or points.shape[1] != 2:
        raise ValueError(f'{name} of shape {points.shape}; expected (P, 2)')
    if not np.isfinite(points).all():
        raise ValueError(
            f'{name} has coordinates that are not finite: '
            f'{points[~np.isfinite(points).all(axis=1)].tolist()}'
        )
    return points


def _centre(points: np.ndarray, name: str):
    """Points less their mean, the mean, the sum of squared distances."""
    mean = points.mean(axis=0)
    centred = points - mean
    size = max(np.abs(points).max(), np.finfo(float).tiny)
    if np.abs(centred).max() <= _DEGENERATE * size:
        raise ValueError(f'all {name} points coincide at {mean.tolist()}; at least two must differ')
    return centred, mean, (centred**2).sum()
