"""Labels and classes of a data set, inside any wrappers."""

from collections.abc import Sequence

import numpy as np
from torch.utils.data import Dataset, Subset


def given_labels(dataset: Dataset) -> np.ndarray | None:
    """The given label of each image, inside any wrappers (``ConcatDataset``, ``Subset`` ...); None
    where a data set does not tell."""
    parts = getattr(dataset, 'datasets', None)
    if parts is not None:
        found = [given_labels(part) for part in parts]
        return None if any(one is None for one in found) else np.concatenate(found)
    if not hasattr(dataset, 'get_gt_labels'):
        inner = getattr(dataset, 'dataset', None)
        if inner is None:
            return None
        labels = given_labels(inner)
        chosen = getattr(dataset, 'indices', None)  # torch's Subset
        return labels if labels is None or chosen is None else labels[list(chosen)]
    try:
        return np.asarray(dataset.get_gt_labels(), dtype=np.int64)
    except (KeyError, TypeError, ValueError):  # no labels, or several an image
        return None


def classes_of(dataset: Dataset) -> tuple[str, ...] | None:
    """The names of the classes; None where the data set does not tell."""
    while dataset is not None:
        names = (getattr(dataset, 'metainfo', None) or {}).get('classes')
        if names:
            return tuple(map(str, names))
        dataset = getattr(dataset, 'dataset', None)
    return None


class OfClasses(Subset):
    """The images of some classes; their labels, and all that is said of the data set, stay.

    Args:
        dataset: the whole.
        indices: of the images.
        left_out: names of the classes without any.
    """

    def __init__(self, dataset: Dataset, indices: Sequence[int], left_out: Sequence[str] = ()):
        super().__init__(dataset, [int(i) for i in indices])
        self.left_out = tuple(left_out)

    @property
    def metainfo(self) -> dict:
        """Of the whole."""
        return dict(getattr(self.dataset, 'metainfo', None) or {}, classes=classes_of(self.dataset))

    def get_data_info(self, idx: int) -> dict:
        """Of one image."""
        return self.dataset.get_data_info(self.indices[idx])
