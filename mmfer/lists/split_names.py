"""Which rows and folders are for training, validation and test, as people call them."""

import os
import os.path as osp
from collections.abc import Sequence

from mmengine.logging import MMLogger

from .tables import COLUMNS, find_column, plain

SPLITS = dict(
    train=('train', 'training', 'trn', 'tr'),
    valid=('valid', 'val', 'validation', 'dev', 'development', 'publictest', 'vld', 'va'),
    test=('test', 'testing', 'privatetest', 'tst', 'te'),
)
SPELLINGS = sum(SPLITS.values(), ())
# Columns that may hold splits or something else: by their values.
TITLES = ('set', 'subset', 'phase', 'partition', 'fold', 'part', 'dataset_split', 'data_split')
_PLAIN = {*map(plain, TITLES)}


def split_name(value: str, where: str) -> str:
    """The split that a value of the column means; a ValueError on another.

    >>> split_name('Val', 'labels.csv, line 2')
    'valid'
    """
    for split, spellings in SPLITS.items():
        if value.lower() in spellings:
            return split
    raise ValueError(f'{where}: split {value!r} is unknown; allowed: {SPELLINGS}')


def own_split(value: str, known: Sequence[str]) -> str:
    """What a data set calls the split that a value means; the value where it has no such split.

    >>> own_split('Val', ('train', 'valid')), own_split('Training+dev', ('train', 'train+valid'))
    ('valid', 'train+valid')
    """
    if value in known or not isinstance(value, str):
        return value
    meant = {word: split for split, words in SPLITS.items() for word in words}
    own = '+'.join(meant.get(word, word) for word in value.lower().split('+'))
    return own if own in known else value


def find_split_column(
    where: str,
    header: Sequence[str],
    rows: Sequence[tuple[int, list[str]]],
    columns: dict[str, str],
    others: Sequence[int] = (),
) -> int | None:
    """The place of the column that tells the split: the user's own, one that is called split, or
    one of ``TITLES`` any of whose values is a split; None without one.

    Args:
        where: the header's file and line.
        columns: the user's own names, such as ``dict(split='part')``.
        others: places of the columns that hold something else.

    Raises:
        ValueError: Where two columns may be it and differ, or one with another title holds nothing
            but splits: its rows for test would be trained on.
    """
    place = find_column(header, COLUMNS['split'], where, columns, needed=False)
    if 'split' in columns:
        return place
    found = [] if place is None else [place]
    for i, title in enumerate(header):
        if i == place or i in others:
            continue
        values = {row[i].lower() for _, row in rows if i < len(row)} - {''}
        alike = values & {*SPELLINGS}
        if (alike and plain(title) in _PLAIN) or (alike and alike == values):
            found.append(i)
    if not found:
        return None
    path = where.rpartition(', line ')[0]
    for line, row in rows:
        said = [row[i].lower() for i in found if i < len(row)]
        meant = [next((s for s in SPLITS if word in SPLITS[s]), word) for word in said]
        if len(set(meant)) > 1:
            raise ValueError(
                f'{path}, line {line}: the columns {[header[i] for i in found]} say different '
                f'splits, {said}; choose one: columns=dict(split={header[found[0]]!r})'
            )
    if plain(header[found[0]]) not in {*COLUMNS['split'], *_PLAIN}:
        raise ValueError(
            f'{where}: the column {header[found[0]]!r} holds splits, by its values, but is not '
            f'called one of {(*COLUMNS["split"], *TITLES)}; say that it does, '
            f'columns=dict(split={header[found[0]]!r}), or take it out of the table'
        )
    return found[0]


def split_folder(root: str, split: str) -> str:
    """The name of a split's folder below ``root``: as the split is called, or else in another
    spelling; the split where there is none. Of the first, beside others, the log warns.

    Raises:
        ValueError: Where there are two in other spellings.
    """
    if split not in SPLITS or not osp.isdir(root or '.'):
        return split
    found = sorted(
        entry.name
        for entry in os.scandir(root or '.')
        if entry.is_dir() and entry.name.lower() in SPLITS[split]
    )
    if split in found:
        if others := [name for name in found if name != split]:
            MMLogger.get_current_instance().warning(
                f'{root}: {others} may be the split {split!r}, too; the folder {split!r} is read; '
                'data_prefix names another'
            )
        return split
    if len(found) > 1:
        raise ValueError(
            f'{root!r} has the folders {found}, each of which may be the split {split!r}; give '
            'data_prefix, the name of one'
        )
    return found[0] if found else split
