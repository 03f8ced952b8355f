"""Candidate sets as text: lists with a row ``name 3,5`` an image, and what they name."""

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from .label_lists import LabelRow, class_ids
from .text import parse_id, read_lines

EMPTY = ('', '-', '[]', '{}', '()', 'none', 'None')


class SetRow(NamedTuple):
    """A row: its line, the image's name, the members as ids or class names, their shares, which sum
    to 1, and the label for which the set was made, '' where the file does not say it."""

    line: int
    name: str
    members: list[str]
    shares: list[float]
    label: str


def read_set_rows(path: str) -> list[SetRow]:
    """Rows of ``name set``, as :func:`parse_set` takes them without blanks, with commas; before the
    set perhaps the label that it was made for, and ``|``.

    Raises:
        ValueError: on a row of another form; names file and line.
    """
    rows = []
    for number, text in read_lines(path):
        if text.startswith('#'):
            continue
        name, body = [*text.rsplit(maxsplit=1), ''][:2]
        label, bar, members = body.rpartition('|')
        if name.endswith(',') or (bar and not label):
            raise ValueError(
                f'{path}, line {number}: {text!r} has blanks between the members of a set, or no '
                'label before the bar; write "name 3,5"'
            )
        rows.append(parse_set(path, number, name, members, label))
    return rows


def parse_set(path: str, line: int, name: str, text: str, label: str = '') -> SetRow:
    """A row with the set ``3;5``, ``fear;anger`` or, with weights, ``3:.7;5:.3``.

    Raises:
        ValueError: on an empty set, or weights that are not above 0 or of some members only.

    >>> parse_set('c.txt', 1, 'a.jpg', 'fear:6;anger:2').shares
    [0.75, 0.25]
    """
    members, colons, given = zip(*(part.partition(':') for part in re.split('[,;]', text)))
    try:
        weights = [float(weight) for weight in given] if any(colons) else [1.0] * len(members)
    except ValueError:
        weights = [0.0]
    if text in EMPTY or not all(members) or not all(0 < weight < np.inf for weight in weights):
        raise ValueError(
            f'{path}, line {line}: {text!r} is no candidate set of {name!r}; it has at least one '
            'class id or name, "3;5", or each with a number above 0, "3:.7;5:.3"'
        )
    largest = max(weights)  # by which no sum overflows
    total = sum(weight / largest for weight in weights)
    if largest > 2 or abs(largest * total - 1) > 1e-5:  # else they read back as they were
        weights = [weight / largest / total for weight in weights]
    return SetRow(line, name, list(members), weights, label)


def class_numbers(
    path: str, rows: Sequence[SetRow], classes: Sequence[str], id_base: int | None, default: int
) -> dict[str, int]:
    """Each member's and label's class id from 0; the last two are of
    :func:`~mmfer.datasets.files.label_lists.class_ids`. With an ``id_base``, what can be read as an
    id is one, also where a class has that name.

    Raises:
        ValueError: on an unknown class, or what may be an id and a name.
    """
    numbers = {name: i for i, name in enumerate(classes) if parse_id(name) is None}
    written: dict[str, LabelRow] = {}
    for row in rows:
        for word in (*row.members, row.label):
            if word and word not in numbers and word not in written:
                where = f'{path}, line {row.line}: {word!r} in the candidate set of {row.name!r}'
                if parse_id(word) is None:
                    raise ValueError(f'{where} is no class; allowed: ids, or {tuple(classes)}')
                if id_base is None and len(numbers) < len(classes):
                    raise ValueError(
                        f'{where} may be a class id or a class name, since numbers are among the '
                        f'names {tuple(classes)}; write ids and give id_base, the id of the first '
                        'class'
                    )
                written[word] = LabelRow(row.line, row.name, parse_id(word))
    ids = class_ids(path, list(written.values()), len(classes), id_base, default)
    return {**numbers, **dict(zip(written, ids))}
