"""Which copy of a data set lies in a folder: as its owners hand it out, or as it circulates."""

import os
import os.path as osp
import re
from collections.abc import Iterator
from typing import NamedTuple

from mmengine.logging import MMLogger

from ..utils.class_names import SYNONYMS
from .split_names import SPLITS

ANY = '|'.join(f'(?:{"|".join(spellings)})' for spellings in SPLITS.values())
PLACES = {split: '|'.join(spellings) for split, spellings in SPLITS.items()}
PLACES |= dict(any=ANY, **{'class': '|'.join(sum(SYNONYMS, ()))})


class Layout(NamedTuple):
    """``name``: what a reader's argument calls it. ``said``: what users read. ``signs``: paths
    below the data set's folder, one of which tells it: regular expressions of names, in any case,
    with ``<train>``, ``<valid>``, ``<test>`` and ``<any>`` for the spellings of splits, ``<class>``
    for those of a class. ``splits``:
    those that it has, where the other layouts may have the rest; () for all. ``packed``: which
    command of tools/dataset_tools/prepare.py makes another layout of it."""

    name: str
    said: str
    signs: tuple[str, ...]
    splits: tuple[str, ...] = ()
    official: bool = True
    packed: str = ''


def _of_splits(name: str, said: str, official: bool = True, **signs: str) -> tuple[Layout, ...]:
    """A layout whose splits lie apart, each with a sign of its own."""
    return tuple(Layout(name, said, (sign,), (split,), official) for split, sign in signs.items())


LAYOUTS: dict[str, tuple[Layout, ...]] = {
    'RAF-DB': (
        Layout('official', 'EmoLabel/ and Image/', ('EmoLabel/list_patition_label.txt',)),
        Layout(
            'kaggle',
            "Kaggle's: DATASET/{train,test}/1..7/ and train_labels.csv, test_labels.csv",
            ('DATASET/<any>/[1-7]', '<any>/[1-7]'),
            official=False,
        ),
    ),
    'FERPlus': (
        Layout(
            'official', 'FER2013Train/, FER2013Valid/, FER2013Test/', ('FER2013(Train|Valid|Test)',)
        ),
    ),
    'FER2013': (
        Layout('folders', 'train/angry/ ... test/angry/', ('<any>/<class>', '<any>/[0-6]')),
        Layout(
            'table',
            'fer2013.csv, pixels',
            ('(fer2013|icml_face_data).csv', 'fer2013/fer2013.csv'),
            packed='fer2013',
        ),
    ),
    'ExpW': (
        Layout(
            'official',
            'label/label.lst and image/origin/',
            ('label.lst', 'label/label.lst', 'data/label.lst', 'data/label/label.lst'),
        ),
    ),
    'AffectNet': (
        *_of_splits(
            'original',
            'lists and whole pictures',
            train='Manually_Annotated_file_lists/training.csv',
            valid='Manually_Annotated_file_lists/validation.csv',
            auto='Automatically_Annotated_file_lists/automatically_annotated.csv',
        ),
        *_of_splits(
            'new',
            'train_set/ and val_set/, each with images/ and annotations/',
            train='train_set/annotations',
            valid='val_set/annotations',
        ),
        Layout(
            'kaggle', "Kaggle's: labels.csv (pth, label) and folders", ('labels.csv',), (), False
        ),
        *_of_splits(
            'folders',
            'train/0..7/ and val/0..7/, or by class name',
            official=False,
            train='<train>/(<class>|[0-7])',
            valid='(<valid>|<test>)/(<class>|[0-7])',
        ),
    ),
}


def find_below(root: str, sign: str) -> list[str]:
    """What fits a sign of :class:`Layout` below a folder, sorted; '/' between names."""
    found = ['']
    for part in sign.split('/'):
        pattern = re.sub('<(.*?)>', lambda place: f'(?:{PLACES[place[1]]})', part)
        found = [
            osp.join(above, name).replace(os.sep, '/')
            for above in found
            for name in _names(osp.join(root, above))
            if re.fullmatch(pattern, name, re.IGNORECASE)
        ]
    return found


def _names(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder or '.'))
    except (FileNotFoundError, NotADirectoryError):
        return []


def layouts_in(root: str, dataset: str, split: str = '') -> list[Layout]:
    """The layouts of a data set, or of one split of it, that lie in a folder."""
    return [one for one in _of(dataset, split) if any(find_below(root, s) for s in one.signs)]


def _of(dataset: str, split: str) -> Iterator[Layout]:
    for layout in LAYOUTS[dataset]:
        if not (split and layout.splits) or split in layout.splits:
            yield layout


def find_layout(root: str, dataset: str, split: str = '', *, option: str, variable: str) -> str:
    """The name of the one layout in a folder; of an official one and another, the official one, as
    the log warns.

    Args:
        option: the reader's argument that chooses one.
        variable: the environment variable of the folder.

    Raises:
        FileNotFoundError: Where there is none, or two of which none comes first.
    """
    of = f'{dataset} ({split})' if split else dataset
    found = {layout.name: layout for layout in layouts_in(root, dataset, split)}
    unpacked = {name: layout for name, layout in found.items() if not layout.packed}
    if found and not unpacked:
        packed = next(iter(found.values()))
        raise FileNotFoundError(
            f'data_root={root!r} holds {packed.said}, but no folders of images; make them: python '
            f'tools/dataset_tools/prepare.py {packed.packed} {root}'
        )
    found = unpacked
    official = [name for name, layout in found.items() if layout.official]
    known = {layout.name: layout.said for layout in _of(dataset, split)}
    if not found:
        raise FileNotFoundError(
            f'data_root={root!r} holds no layout of {of}; known: {known}; set it to the folder '
            f'that holds one (in the configs: the environment variable {variable})'
        )
    said = '; '.join(f'{name}: {layout.said}' for name, layout in found.items())
    (name, *others) = official or found
    if others:
        raise FileNotFoundError(
            f'data_root={root!r} holds {len(found)} layouts of {of} ({said}); say '
            f'{option}= one of {tuple(found)}'
        )
    logger = MMLogger.get_current_instance()
    if len(found) > 1:
        logger.warning(
            f'{root}: holds {len(found)} layouts of {of} ({said}); {name!r} is read, that of its '
            f'owners; {option}= another reads that'
        )
    else:
        logger.info(f'{root}: layout of {of}: {said}')
    return name
