"""Lists of image names and class ids, in the forms that circulate; noise files among them."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ...functional import transition_matrix
from .image_table import LIST_MARK, Header, Images, about, open_table, own_rows, write_image_table
from .tables import COLUMNS, find_column
from .text import SNIFFED, parse_id, raw_lines, sniff_delimiter, split_csv

CHANGED = {'0': False, '1': True, 'False': False, 'True': True}


class LabelRow(NamedTuple):
    """``id``: as in the file; ``changed``: the mark of a changed label."""

    line: int
    name: str
    id: int
    changed: bool | None = None


def read_label_rows(path: str) -> list[LabelRow]:
    """Rows of ``name id``, with blanks, commas or another delimiter between.

    - EAC, RAF-DB, ReSup: ``train_00001.jpg 5``;
    - SCN: ``/a/path/train_00001_aligned.jpg 4``;
    - NLA: a third column, 1 where the label was changed, else 0; or CSV with the columns (path,
      label[, noise]) or (type, path, label[, noise]);
    - a table with a header that names the columns path, label and perhaps noise, in any order;
    - mmfer's own: image tables, and those of earlier versions: as EAC, below lines with ``#``.
    """
    given = [(line, text.strip(' ')) for line, text in raw_lines(path)]
    lines = [(line, text) for line, text in given if not text.startswith('#')]
    delimiter = sniff_delimiter([text for _, text in lines[:SNIFFED]])
    if any(text == LIST_MARK for _, text in given):
        delimiter = ' '  # names may have commas
    places = _find_columns(lines[0][1], f'{path}, line {lines[0][0]}', delimiter) if lines else []
    rows = []
    for line, text in lines[1:] if places else lines:
        fields = _split(text, f'{path}, line {line}', delimiter, places)
        class_id = parse_id(fields[1]) if len(fields) in (2, 3) else None
        if class_id is None or not {*fields[2:]} <= {*CHANGED}:
            raise ValueError(
                f'{path}, line {line}: {text!r} is not "name id" (with an integer class id), nor '
                '"name id changed" (with 0 or 1)'
            )
        changed = CHANGED[fields[2]] if fields[2:] else None
        rows.append(LabelRow(line, fields[0], class_id, changed))
    return rows


def _find_columns(first: str, where: str, delimiter: str) -> list[int]:
    """Places of path, label and, perhaps, flag; [] where the first line is no header."""
    header = split_csv(first, where, delimiter)
    has_label = any(field.lower() in COLUMNS['label'] for field in header)
    if not has_label or any(parse_id(field) is not None for field in header):
        return []
    roles = ('path', 'label', 'flag')
    places = [find_column(header, COLUMNS[role], where, needed=role != 'flag') for role in roles]
    return [place for place in places if place is not None]


def _split(text: str, where: str, delimiter: str, places: list[int]) -> list[str]:
    """(path, label[, flag]) of a row; less or more where it has another form."""
    if places:
        fields = split_csv(text, where, delimiter)
        return [fields[place] for place in places] if max(places) < len(fields) else fields[:1]
    if delimiter in ' \t':  # names may have blanks
        fields = text.strip().rsplit(maxsplit=2)
        has_flag = len(fields) == 3 and parse_id(fields[1]) is not None
        return fields if has_flag else text.strip().rsplit(maxsplit=1)
    fields = split_csv(text, where, delimiter)
    has_type = len(fields) > 2 and parse_id(fields[1]) is None
    return fields[1:] if has_type else fields


def find_base(path: str, rows: Sequence[LabelRow], num_classes: int, default: int | None) -> int:
    """The id of the first class in a file: 0 where the id 0 occurs, 1 where the id K occurs, which
    the other way of counting does not have; where neither occurs, the default, or None refuses."""
    first = {row.id: row.line for row in reversed(rows)}
    if {0, num_classes} <= set(first):
        raise ValueError(
            f'{path}: class id 0 (line {first[0]}) and class id {num_classes} (line '
            f'{first[num_classes]}) are mixed, but {num_classes} classes are 0 to '
            f'{num_classes - 1} or 1 to {num_classes}; give id_base if one of them is a mistake'
        )
    if 0 in first or num_classes in first:
        return 0 if 0 in first else 1
    if default is None and all(0 < number < num_classes for number in first):
        raise ValueError(
            f'{path}: the class ids {sorted(first)[:9]} have neither 0 nor {num_classes}; do they '
            'count from 0 or from 1? Give id_base'
        )
    return default or 0


def class_ids(
    path: str,
    rows: Sequence[LabelRow],
    num_classes: int,
    id_base: int | None,
    default_base: int | None,
) -> list[int]:
    """The rows' class ids, from 0.

    Args:
        id_base: the id of the first class in the file; None finds it, by :func:`find_base`.
    """
    if id_base is None:
        id_base = find_base(path, rows, num_classes, default_base)
    if not isinstance(id_base, int):
        raise ValueError(f'id_base={id_base!r}; it is an integer, the id of the first class')
    for row in rows:
        if not id_base <= row.id < id_base + num_classes:
            raise ValueError(
                f'{path}, line {row.line}: class id {row.id} of {row.name!r} is unknown; allowed: '
                f'{id_base} to {id_base + num_classes - 1} (id_base={id_base})'
            )
    return [row.id - id_base for row in rows]


def write_noise(
    path: str, images: Images, clean: np.ndarray, noisy: np.ndarray, said: dict
) -> Header:
    """Write noisy labels; both are (N,) class ids from 0. The header holds what is ``said``
    (scheme, rate, seed ...), how many changed, and the transition matrix (row: true class)."""
    changed = np.asarray(clean) != noisy
    header = dict(
        about(images, said),
        changed=int(changed.sum()),
        rate_changed=round(float(changed.mean()), 6),
        transition_matrix=transition_matrix(clean, noisy, len(images.classes)).round(6).tolist(),
    )
    columns = dict(label=np.asarray(noisy) + images.id_base, changed=changed.astype(int))
    return write_image_table(path, images.names, columns, header)


def read_noise(
    path: str, images: Images, clean: np.ndarray, id_base: int | None = None
) -> np.ndarray:
    """(N,) int64 class ids from 0, the labels that a file gives to the images.

    Args:
        path: a table, or another list of :func:`read_label_rows`.
        clean: (N,) class ids from 0, without noise, with which the marks of changed labels have to
            agree.
        id_base: of :func:`class_ids`.
    """
    header, id_base = open_table(path, 'noise file', images, id_base)
    rows = read_label_rows(path)
    ids = class_ids(path, rows, len(images.classes), id_base, images.id_base)
    own = own_rows(path, rows, images)
    given = np.array([row.id for row in own], dtype=np.int64) - rows[0].id + ids[0]
    for row, old, new in zip(own, clean, given):
        # Others may mark a row that was drawn anew and came out the same.
        if row.changed not in (None, old != new) and (header or not row.changed):
            raise ValueError(
                f'{path}, line {row.line}: {row.name!r} is marked as '
                f'{"changed" if row.changed else "unchanged"} with class {images.classes[new]!r}, '
                f'but the data set says {images.classes[old]!r}. Are file and id_base right?'
            )
    return given
