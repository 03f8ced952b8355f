"""Classes of a data set that no image of it has."""

from mmengine.dist import is_main_process
from torch.utils.data import Dataset

from ...utils.labels import given_labels

MEANS = {
    'training': 'nothing teaches the network to name them',
    'validation': 'the figures say nothing of them, and the mean over classes is over the others',
    'test': 'the figures say nothing of them, and the mean over classes is over the others',
}


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
    known = getattr(dataset, 'left_out', ())  # told already
    lost = [name for name in empty_classes(dataset) if name not in known]
    if not is_main_process() or not lost:
        return
    logger.warning(
        f'the {role} set has no image labelled {", ".join(map(repr, lost))} ({len(lost)} of '
        f'{len(dataset.metainfo["classes"])} classes): {MEANS[role]}. Look at its labels '
        '(tools/dataset_tools/prepare.py), or leave the class out of classes'
    )
