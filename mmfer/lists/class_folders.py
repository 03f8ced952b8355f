"""Which class a folder of images is for, and which classes there are where nobody says it."""

import os
import os.path as osp
from collections.abc import Sequence

from ..functional.arguments import check_number
from ..utils.class_names import canonical, find_class
from ..utils.image_folders import is_litter
from .split_names import SPELLINGS
from .text import parse_id


def class_folders(root: str) -> list[str]:
    """The names of the folders in a folder, sorted; none where it is not there."""
    if not osp.isdir(root):
        return []
    return sorted(e.name for e in os.scandir(root) if e.is_dir() and not is_litter(e.name))


def folders_of_splits(data_root: str, split: str, data_prefix: str | None) -> list[str]:
    """Where the class folders of all splits lie, so that each counts its classes alike.

    Args:
        split: ``'all'``: in ``data_root`` itself.
        data_prefix: the one folder, below ``data_root``; None finds them.
    """
    if data_prefix is not None:
        return [osp.join(data_root, data_prefix)]
    if split == 'all':
        return [data_root]
    found = [name for name in class_folders(data_root or '.') if name.lower() in SPELLINGS]
    found = sorted(found, key=lambda name: SPELLINGS.index(name.lower()))
    return [osp.join(data_root, name) for name in found]


def classes_by_folders(roots: Sequence[str]) -> tuple[str, ...]:
    """The classes where nobody names them: the folders' names, sorted, numbers by their value; one
    that the splits spell in different ways is called as in the first.

    Raises:
        FileNotFoundError: Where there are no folders.
        ValueError: Where there is only one, or one is called as a split.
    """
    called: dict[str, str] = {}
    for root in roots:
        for name in class_folders(root):
            called.setdefault(canonical(name), name)
    ids = {name: parse_id(name) for name in called.values()}
    classes = tuple(sorted(ids, key=lambda name: (ids[name] is None, ids[name] or 0, name)))
    if not classes:
        where = list(roots) or 'folders that are called as splits are, such as train'
        raise FileNotFoundError(f'no class folders in {where}; make one for each class')
    if splits := [name for name in classes if name.lower() in SPELLINGS]:
        raise ValueError(
            f'the folders {splits} in {roots[0]!r} are called as splits are, so that they are not '
            "taken for classes; give the split instead of 'all', or classes"
        )
    if len(classes) < 2:
        raise ValueError(
            f'{list(roots)} have one class folder alone, {classes[0]!r}; a folder for each of at '
            'least two classes is needed, or classes'
        )
    return classes


def number_folders(
    root: str, classes: Sequence[str], id_base: int | None, roots: Sequence[str]
) -> dict[str, int]:
    """The class id, from 0, of each class folder in ``root``: by its name as it is, in any case, or
    as a synonym; or all by ids.

    Args:
        id_base: the id of the first class; None finds it, where an id 0 or K occurs.
        roots: the class folders of all splits, whose ids count alike.

    Raises:
        ValueError: Where a folder is no class, or two are the same.
    """
    names = class_folders(root)
    numbers = {name: find_class(name, classes) for name in names}
    unknown = [name for name, number in numbers.items() if number is None]
    if unknown and len(unknown) == len(names) and all(parse_id(name) is not None for name in names):
        ids = {parse_id(name) for one in {root, *roots} for name in class_folders(one)} - {None}
        base = _base(root, ids, classes, id_base)
        numbers = {name: parse_id(name) - base for name in names}
        unknown = [name for name, number in numbers.items() if not 0 <= number < len(classes)]
    if unknown:
        raise ValueError(
            f'the folders {unknown[:5]} in {root!r} are no classes; allowed: {tuple(classes)}, '
            'their synonyms, or ids alone'
        )
    first: dict[int, str] = {}
    for name, number in numbers.items():
        if (other := first.setdefault(number, name)) != name:
            raise ValueError(
                f'the folders {other!r} and {name!r} in {root!r} both are the class '
                f'{classes[number]!r}; put their images into one'
            )
    return numbers


def _base(root: str, ids: set[int], classes: Sequence[str], id_base: int | None) -> int:
    if id_base is not None:
        return check_number('id_base', id_base, whole=True, hint='the id of the first class')
    if (0 in ids) == (len(classes) in ids):
        raise ValueError(
            f'the class folders {sorted(ids)[:9]} beside {root!r} are ids of {len(classes)} '
            f'classes; {"both" if 0 in ids else "neither"} 0 and {len(classes)} are there, so '
            'that nothing tells whether they count from 0 or from 1: give id_base'
        )
    return 0 if 0 in ids else 1
