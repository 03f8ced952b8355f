"""Classes of a data set that no image of it has."""

import numpy as np
from mmengine.dist import is_main_process
from torch.utils.data import Dataset

MEANS = {
    'training': 'nothing teaches the network to name them',
    'validation': 'the figures say nothing of them, and the mean over classes is over the others',
    'test': 'the figures say nothing of them, and the mean over classes is over the others',
}


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


def empty_classes(dataset: Dataset) -> list[str]:
    """Names of the classes without an image; none where the data set does not tell."""
    classes = (getattr(dataset, 'metainfo', None) or {}).get('classes')
    labels = given_labels(dataset) if classes else None
    if labels is None:
        return []
    seen = set(labels.tolist())
    return [name for i, name in enumerate(classes) if i not in seen]


def warn_of_empty_classes(dataset: Dataset, logger, role: str) -> None:
    """One line of the classes without an image, on the main process.

    Args:
        role: a key of ``MEANS``.
    """
    if not is_main_process() or not (lost := empty_classes(dataset)):
        return
    logger.warning(
        f'the {role} set has no image labelled {", ".join(map(repr, lost))} ({len(lost)} of '
        f'{len(dataset.metainfo["classes"])} classes): {MEANS[role]}. Look at its labels '
        '(tools/dataset_tools/prepare.py), or leave the class out of classes'
    )
