"""Pictures in a folder a class, named by the class or by its id."""

import os
import os.path as osp
from collections.abc import Sequence

from mmengine.logging import MMLogger

from ..lists.class_folders import number_folders
from ..utils.image_folders import (
    LOOSE,
    group_unread,
    is_litter,
    name_below,
    tell_unread,
    walk_images,
    why_not_read,
)
from .fer_dataset import FERDataset


def read_class_folders(
    dataset: FERDataset,
    root: str,
    classes: Sequence[str],
    id_base: int | None,
    roots: Sequence[str] = (),
) -> list[tuple[str, int]]:
    """The pictures in ``root`` with their class ids from 0, folder by folder, sorted by name.

    The data set's ``counts`` and ``unread`` tell what else lies there, and the log warns of what
    may be pictures.

    Args:
        classes, id_base, roots: of :func:`~mmfer.lists.class_folders.number_folders`.

    Raises:
        FileNotFoundError: Where there is no folder of a class.
        ValueError: Where a folder is none, or two are of one class.
    """
    logger = MMLogger.get_current_instance()
    numbers = number_folders(root, classes, id_base, roots)
    if not numbers:
        raise FileNotFoundError(
            f'no class folders in {root!r}; give one for each of {tuple(classes)}'
        )
    meant = {name: classes[number] for name, number in numbers.items()}
    if renamed := {k: v for k, v in meant.items() if k.lower() != v.lower()}:
        logger.info(f'{root}: class folders that are taken as: {renamed}')
    pictures, walked = [], []
    for folder, label in numbers.items():
        for path, reason in walk_images(osp.join(root, folder)):
            if reason:
                walked.append((path, reason))
            else:
                pictures.append((path, label))
    loose = sorted(e.path for e in os.scandir(root) if not e.is_dir() and not is_litter(e.name))
    walked += [(path, LOOSE) for path in loose if not why_not_read(path)]
    for _, reason in walked:
        dataset.take(reason)
    unread = group_unread(walked)
    for reason, paths in unread.items():
        unread[reason] = [name_below(path, dataset.data_root) for path in paths]
        dataset.unread.setdefault(reason, []).extend(unread[reason])
    for line in tell_unread(unread):
        logger.warning(f'{root}: {line}')
    return pictures
