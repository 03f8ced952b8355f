"""How far the confidences in candidates have found the clean label."""

from typing import NamedTuple

import numpy as np
from torch.utils.data import Dataset

ONE_HOT = 1 - 1e-6  # float32 sums


class Labels(NamedTuple):
    """What a data set says of N images: ``first`` (N, K), the confidences that it gives; ``clean``
    and ``given`` (N,), class ids; ``rows`` (N,), the images' ``sample_idx``; ``names`` of their
    files; ``classes``."""

    first: np.ndarray
    clean: np.ndarray
    given: np.ndarray
    rows: np.ndarray
    names: list[str]
    classes: tuple[str, ...]

    @property
    def ambiguous(self) -> np.ndarray:
        """(N,) bool: more than one candidate."""
        return (self.first > 0).sum(axis=1) > 1


def read_labels(dataset: Dataset, indices=None) -> Labels | str:
    """The labels of a data set, or in words why there are none.

    Args:
        dataset: Its samples tell ``gt_score``, ``clean_label`` and ``gt_label``.
        indices: The samples to read; None reads all.
    """
    rows = np.arange(len(dataset)) if indices is None else np.unique(indices)
    first, clean, given, names = [], [], [], []
    for row in rows:
        info = dataset.get_data_info(int(row))
        missing = [key for key in ('gt_score', 'clean_label') if info.get(key) is None]
        if missing:
            return f'{type(dataset).__name__} does not tell {" and ".join(missing)} of its images'
        first.append(np.asarray(info['gt_score'], np.float32))
        clean.append(info['clean_label'])
        given.append(info['gt_label'])
        names.append(info['img_path'])
    return Labels(
        np.stack(first),
        np.array(clean),
        np.array(given),
        rows,
        names,
        tuple(dataset.metainfo['classes']),
    )


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
        ``share_clean`` (see :func:`right_share`), ``confidence_clean``
        (the mean confidence in the clean label) and ``share_decided`` (all
        confidence in one candidate), from 0 to 1; and ``by_class``, the same
        as lists of K, None for a class without an ambiguous image.
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


def choose(labels: Labels, images, number: int, seed: int) -> np.ndarray:
    """Places, among the N, of the images that are followed one by one.

    Args:
        labels: Of the data set.
        images: ``sample_idx`` or names (endings of paths), or None: a number of the ambiguous ones
            by chance.
        number: How many by chance.
        seed: Of the choice.

    Raises:
        ValueError: On an image that is not there, or a name that several have.
    """
    if images is None:
        # 2: not the stream that drew the candidates by the same seed
        order = np.random.default_rng([seed, 2]).permutation(np.flatnonzero(labels.ambiguous))
        return np.sort(order[:number])
    places = []
    for image in images:
        if isinstance(image, str):
            found = [
                i
                for i, name in enumerate(labels.names)
                if name == image or name.endswith(f'/{image}')
            ]
        else:
            found = np.flatnonzero(labels.rows == image).tolist()
        if len(found) != 1:
            raise ValueError(
                f'images of DisambiguationHook: {image!r} names {len(found)} of the '
                f'{len(labels.rows)} training images; name one by its sample_idx or the end of its '
                f'path, as in {labels.names[0]!r}'
            )
        places += found
    return np.array(places, dtype=int)
