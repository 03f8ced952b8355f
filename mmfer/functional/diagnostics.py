"""How far the confidences in candidates have found the clean label."""

import numpy as np

ONE_HOT = 1 - 1e-6  # float32 sums


def right_share(confidence: np.ndarray, clean: np.ndarray) -> np.ndarray:
    """Whether the candidate with the most confidence is the clean label, 0 or 1 an image; where m
    candidates share the first place, it counts as 1/m.

    Args:
        confidence: (N, K).
        clean: (N,) class ids.

    Examples:
        >>> right_share(np.array([[.5, .5, 0], [.2, .7, .1]]), np.array([0, 0])).tolist()
        [0.5, 0.0]
    """
    best = confidence == confidence.max(axis=1, keepdims=True)
    return best[np.arange(len(clean)), clean] / best.sum(axis=1)


def measure(confidence: np.ndarray, clean: np.ndarray, num_classes: int) -> dict:
    """Numbers of the ambiguous images, all together and by clean label.

    Args:
        confidence: (N, K), rows that sum to 1.
        clean: (N,) class ids.
        num_classes: K.

    Returns:
        ``share_clean`` (see :func:`right_share`), ``confidence_clean`` (the mean confidence in the
        clean label) and ``share_decided`` (all confidence in one candidate), from 0 to 1; and
        ``by_class``, the same as lists of K, None for a class without an ambiguous image.

    Examples:
        >>> found = measure(np.array([[1, 0], [.5, .5]]), np.array([0, 0]), 2)
        >>> found.pop('by_class')['share_decided']
        [0.5, None]
        >>> found
        {'share_clean': 0.75, 'confidence_clean': 0.75, 'share_decided': 0.5}
    """
    values = dict(
        share_clean=right_share(confidence, clean),
        confidence_clean=confidence[np.arange(len(clean)), clean],
        share_decided=confidence.max(axis=1) >= ONE_HOT,
    )
    of_class = [clean == label for label in range(num_classes)]
    found: dict = {name: float(value.mean()) for name, value in values.items()}
    found['by_class'] = {
        name: [float(value[one].mean()) if one.any() else None for one in of_class]
        for name, value in values.items()
    }
    return found
