"""A user's own table of faces: labels, votes, or annotators, by its header."""

from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from .label_files import COLUMNS, LabelRow, class_ids
from .text_files import join_inside, parse_votes, read_csv


class Table(NamedTuple):
    """N images: ``names`` as in the file, ``paths``, and, where the file has
    them, ``labels`` from 0, ``votes`` (N, K + outside) and ``splits``."""

    names: List[str]
    paths: List[str]
    labels: Optional[List[int]]
    votes: Optional[np.ndarray]
    splits: Optional[List[str]]


def read_table(path: str, classes: Sequence[str], root: str,
               annotators: Sequence[str], outside: Sequence[str],
               id_base: Optional[int]) -> Table:
    """Read a CSV with a header; see :class:`~mmfer.datasets.FERFolder`.

    Args:
        root: the folder that the file's paths start from and stay below.
        annotators, outside: column names.
        id_base: of :func:`~mmfer.datasets.label_files.class_ids`.

    Raises:
        ValueError: on a header without images or without anything to learn
            from, on rows that do not fit it, labels that are no class, an
            image that comes twice; names file, line, value and what is
            allowed.
    """
    rows = list(read_csv(path))
    if len(rows) < 2:
        raise ValueError(f'{path}: has no rows below a header')
    header = rows[0][1]
    columns = _roles(path, header, classes, annotators, outside)
    names, paths, seen = [], [], {}
    for number, row in rows[1:]:
        where = f'{path}, line {number}'
        if len(row) != len(header):
            raise ValueError(f'{where}: {len(row)} columns; expected '
                             f'{len(header)}: {header}')
        name = row[columns['path'][0]]
        if name in seen:
            raise ValueError(f'{where}: {name!r} is listed on line '
                             f'{seen[name]} already; every image has one row')
        seen[name] = number
        names.append(name)
        paths.append(join_inside(root, name, where))
    rows = rows[1:]
    labels = votes = splits = None
    if columns['label']:
        place = columns['label'][0]
        labels = _labels(path, [(n, names[i], row[place])
                                for i, (n, row) in enumerate(rows)],
                         classes, id_base)
    if columns['votes']:
        votes = np.stack([
            parse_votes([row[i] for i in columns['votes']],
                        len(columns['votes']), f'{path}, line {number}')
            for number, row in rows
        ])
    elif columns['annotators']:
        votes = _count(path, rows, names, columns['annotators'], classes,
                       id_base)
    if columns['split']:
        splits = [row[columns['split'][0]] for _, row in rows]
    return Table(names, paths, labels, votes, splits)


def _roles(path: str, header: List[str], classes: Sequence[str],
           annotators: Sequence[str],
           outside: Sequence[str]) -> Dict[str, List[int]]:
    lower = [field.lower() for field in header]
    if len(set(header)) < len(header):
        raise ValueError(f'{path}, line 1: a column comes twice in {header}')
    roles = {
        role: [i for i, field in enumerate(lower) if field in COLUMNS[role]]
        for role in ('path', 'label', 'split')
    }
    if len(roles['path']) != 1:
        raise ValueError(f'{path}, line 1: the header {header} needs one '
                         f'column of image paths: {COLUMNS["path"]}')
    if lost := [c for c in (*annotators, *outside) if c not in header]:
        raise ValueError(f'{path}, line 1: no column {lost} in the header '
                         f'{header}')
    roles['annotators'] = [header.index(name) for name in annotators]
    whole = all(name in header for name in classes)
    roles['votes'] = [header.index(name) for name in (*classes, *outside)
                      ] if whole else []
    if not (roles['label'] or roles['votes'] or roles['annotators']):
        raise ValueError(
            f'{path}, line 1: the header {header} has nothing to learn from; '
            f'allowed: a column of labels {COLUMNS["label"]}, a column of '
            f'votes for each of the classes {tuple(classes)}, or annotators='
            '[...] with the names of their columns')
    return roles


def _labels(path: str, fields: List[Tuple[int, str, str]],
            classes: Sequence[str], id_base: Optional[int]) -> List[int]:
    """Class ids from 0 of (line, image, class name or id)."""
    if all(field in classes for _, _, field in fields):
        return [classes.index(field) for _, _, field in fields]
    named = any(field in classes for _, _, field in fields)
    for number, _, field in fields:
        if field not in classes if named else not field.isdigit():
            raise ValueError(
                f'{path}, line {number}: label {field!r} is unknown; allowed: '
                f'the classes {tuple(classes)}, or in all rows their ids')
    rows = [LabelRow(n, name, int(field)) for n, name, field in fields]
    return class_ids(path, rows, len(classes), id_base, default_base=0)


def _count(path: str, rows: list, names: List[str], places: List[int],
           classes: Sequence[str], id_base: Optional[int]) -> np.ndarray:
    """(N, K) votes of annotators whose labels stand in columns."""
    fields = [(i, number, row[place]) for i, (number, row) in enumerate(rows)
              for place in places if row[place]]
    labels = _labels(path, [(number, names[i], field)
                            for i, number, field in fields], classes, id_base)
    votes = np.zeros((len(rows), len(classes)), dtype=np.float32)
    np.add.at(votes, ([i for i, _, _ in fields], labels), 1)
    return votes
