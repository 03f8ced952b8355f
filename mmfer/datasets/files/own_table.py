"""A user's own table of faces: labels, votes, or annotators, by its header."""

import os.path as osp
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from .label_lists import COLUMNS, LabelRow, class_ids, find_base
from .text import join_inside, parse_id, parse_votes, read_csv

SPLITS = dict(
    train=('train', 'training'), valid=('valid', 'val', 'validation'), test=('test', 'testing')
)


class Table(NamedTuple):
    """N images: ``names`` as in the file, ``paths``, and, where the file has them, ``labels`` from
    0, ``votes`` (N, K + outside) and ``splits``."""

    names: list[str]
    paths: list[str]
    labels: list[int] | None
    votes: np.ndarray | None
    splits: list[str] | None


def read_table(
    path: str,
    classes: Sequence[str],
    root: str,
    annotators: Sequence[str],
    outside: Sequence[str],
    id_base: int | None,
) -> Table:
    """Read a CSV with a header; see :class:`~mmfer.datasets.FERFolder`.

    Args:
        root: the folder that the file's paths start from and stay below.
        annotators: column names.
        outside: names of answers outside the classes: columns of votes, or what annotators say.
        id_base: of :func:`~mmfer.datasets.files.label_lists.find_base`.

    Raises:
        FileNotFoundError: where there is no such file.
        ValueError: on a header without images or without anything to learn from, on rows that do
            not fit it, labels that are no class, an image that comes twice; names file, line, value
            and what is allowed.
    """
    if not osp.isfile(path):
        raise FileNotFoundError(f'no table at {path!r}; ann_file is taken below data_root')
    (line, header), *rows = list(read_csv(path)) or [(1, [])]
    if not rows:
        raise ValueError(f'{path}: has no rows below a header')
    columns = _roles(f'{path}, line {line}', header, classes, annotators, outside)
    names, paths, seen = [], [], {}
    for number, row in rows:
        where = f'{path}, line {number}'
        if len(row) != len(header):
            raise ValueError(f'{where}: {len(row)} columns; expected {len(header)}: {header}')
        name = row[columns['path'][0]]
        names.append(name)
        paths.append(join_inside(root, name, where))
        if paths[-1] in seen:
            raise ValueError(
                f'{where}: {name!r} is listed on line {seen[paths[-1]]} already; every image has '
                'one row'
            )
        seen[paths[-1]] = number
    labels, votes = _answers(path, rows, columns, tuple(classes), tuple(outside), id_base)
    splits = None
    if columns['split']:
        splits = [
            split_name(row[columns['split'][0]], f'{path}, line {number}') for number, row in rows
        ]
    return Table(names, paths, labels, votes, splits)


def _roles(
    where: str,
    header: list[str],
    classes: Sequence[str],
    annotators: Sequence[str],
    outside: Sequence[str],
) -> dict[str, list[int]]:
    lower = [field.lower() for field in header]
    if len(set(header)) < len(header):
        raise ValueError(f'{where}: a column comes twice in {header}')
    roles = {
        role: [
            i for i, field in enumerate(lower) if field in COLUMNS[role] and field not in classes
        ]
        for role in ('path', 'label', 'split')
    }
    for role, places in roles.items():
        if len(places) > 1 or (role == 'path' and not places):
            raise ValueError(
                f'{where}: the header {header} needs one column of the {role}, named as one of '
                f'{COLUMNS[role]}'
            )
    wanted = annotators or outside
    if lost := [name for name in wanted if name not in header]:
        raise ValueError(f'{where}: no column {lost} in the header {header}')
    roles['annotators'] = [header.index(name) for name in annotators]
    there = [name for name in classes if name in header]
    if there and len(there) < len(classes):
        raise ValueError(
            f'{where}: the header {header} has a column of votes for {there}, but none for '
            f'{[c for c in classes if c not in there]}'
        )
    roles['votes'] = (
        [header.index(name) for name in (*classes, *outside)] if there and not annotators else []
    )
    if not (roles['label'] or roles['votes'] or roles['annotators']):
        raise ValueError(
            f'{where}: the header {header} has nothing to learn from; allowed: a column of labels '
            f'{COLUMNS["label"]}, a column of votes for each of the classes {tuple(classes)}, or '
            'annotators=[...] with the names of their columns'
        )
    return roles


def _answers(
    path: str,
    rows: list,
    columns: dict[str, list[int]],
    classes: tuple[str, ...],
    outside: tuple[str, ...],
    id_base: int | None,
) -> tuple:
    """Labels and votes; ids count from the same number in all columns."""
    fields = [
        (i, place, LabelRow(number, row[columns['path'][0]], 0), row[place])
        for i, (number, row) in enumerate(rows)
        for place in (*columns['label'], *columns['annotators'])
        if row[place] or place in columns['label']
    ]
    allowed = (*classes, *(outside if columns['annotators'] else ()))
    said = _class_ids(
        path, [(row, field) for _, _, row, field in fields], allowed, len(classes), id_base
    )
    labels = [
        label for (_, place, _, _), label in zip(fields, said) if place in columns['label']
    ] or None
    votes = None
    if columns['annotators']:
        votes = np.zeros((len(rows), len(allowed)), dtype=np.float32)
        for (i, place, _, _), label in zip(fields, said):
            votes[i, label] += place in columns['annotators']
    elif columns['votes']:
        votes = np.stack(
            [
                parse_votes(
                    [row[i] or '0' for i in columns['votes']],
                    len(columns['votes']),
                    f'{path}, line {number}',
                )
                for number, row in rows
            ]
        )
    return labels, votes


def _class_ids(
    path: str,
    fields: list[tuple[LabelRow, str]],
    allowed: tuple[str, ...],
    num_classes: int,
    id_base: int | None,
) -> list[int]:
    """Ids from 0 of class names or ids; answers outside follow the classes."""
    by_name = [field in allowed for _, field in fields]
    ids = [None if named else parse_id(field) for (_, field), named in zip(fields, by_name)]
    mixed = any(
        named and field in allowed[:num_classes] for (_, field), named in zip(fields, by_name)
    )
    for (row, field), named, number in zip(fields, by_name, ids):
        if not named and (number is None or mixed):
            raise ValueError(
                f'{path}, line {row.line}: label {field!r} is unknown; allowed: {allowed}, or in '
                'all rows the ids of the classes'
            )
    rows = [row._replace(id=number) for (row, _), number in zip(fields, ids) if number is not None]
    base = find_base(path, rows, num_classes, None) if rows and id_base is None else id_base
    numbers = iter(class_ids(path, rows, num_classes, base, 0) if rows else ())
    return [
        allowed.index(field) if named else next(numbers)
        for (_, field), named in zip(fields, by_name)
    ]


def split_name(value: str, where: str) -> str:
    """The split that a value of the column means.

    Raises:
        ValueError: on another value.

    >>> split_name('Val', 'labels.csv, line 2')
    'valid'
    """
    for split, spellings in SPLITS.items():
        if value.lower() in spellings:
            return split
    raise ValueError(
        f'{where}: split {value!r} is unknown; allowed: '
        f'{tuple(name for s in SPLITS.values() for name in s)}'
    )
