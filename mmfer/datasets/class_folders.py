"""Pictures in a folder a class, named by the class or by its id."""

import os
import os.path as osp

from mmengine.logging import MMLogger

from ..lists.text import parse_id
from ..utils.class_names import canonical
from ..utils.image_folders import (
    FIXES,
    LOOSE,
    group_unread,
    is_litter,
    name_below,
    tell_unread,
    walk_images,
    why_not_read,
)
from .fer_dataset import FERDataset


def class_of_folder(name: str, classes: tuple[str, ...], id_base: int) -> int | None:
    """The class id from 0 that a folder's name means: an id from ``id_base`` on, or a class by any
    of its names; None where it is none.

    >>> [class_of_folder(name, ('anger', 'fear'), 1) for name in ('2', 'Angry', 'x', '0')]
    [1, 0, None, None]
    """
    number = parse_id(name)
    if number is None:
        known = [canonical(own) for own in classes]
        return known.index(canonical(name)) if canonical(name) in known else None
    return number - id_base if 0 <= number - id_base < len(classes) else None


def walk_classes(
    root: str, classes: tuple[str, ...], id_base: int
) -> tuple[list[tuple[str, int]], dict[str, list[str]], int]:
    """The pictures below a folder with their class ids from 0, sorted by class and name; files that
    may be pictures and are not read, by their reason; and how many other files there are.

    Raises:
        FileNotFoundError: Where there is no folder of a class.
        ValueError: Where a folder is none, or two are of one class.
    """
    entries = os.scandir(root) if osp.isdir(root) else ()
    entries = sorted((e for e in entries if not is_litter(e.name)), key=lambda entry: entry.name)
    folders = [entry for entry in entries if entry.is_dir()]
    allowed = f'ids {id_base} to {id_base + len(classes) - 1}, or {classes}'
    if not folders:
        raise FileNotFoundError(f'no class folders in {root!r}; give one a class: {allowed}')
    by_class: dict[int, str] = {}
    for entry in folders:
        label = class_of_folder(entry.name, classes, id_base)
        if label is None:
            raise ValueError(f'{entry.path}: the folder is no class; allowed: {allowed}')
        if label in by_class:
            raise ValueError(
                f'{entry.path}: is of the class {classes[label]!r}, as {by_class[label]}; join them'
            )
        by_class[label] = entry.path
    walked = [(e.path, LOOSE) for e in entries if not e.is_dir() and not why_not_read(e.path)]
    pictures = []
    for label, folder in sorted(by_class.items()):
        for path, reason in walk_images(folder):
            if reason:
                walked.append((path, reason))
            else:
                pictures.append((path, label))
    others = sum(reason not in FIXES for _, reason in walked)
    return pictures, group_unread(walked), others


def take_unread(dataset: FERDataset, root: str, unread: dict[str, list[str]], others: int) -> None:
    """Count what :func:`walk_classes` leaves out, and warn of what may be pictures."""
    for reason, paths in unread.items():
        names = [name_below(path, dataset.data_root) for path in paths]
        dataset.unread.setdefault(reason, []).extend(names)
        dataset.counts.update({'read': len(names), reason: len(names)})
    if others:
        dataset.counts.update({'read': others, 'no image': others})
    for line in tell_unread(unread):
        MMLogger.get_current_instance().warning(f'{root}: {line}')
