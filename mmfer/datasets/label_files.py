"""Lists of image names and class ids, in the forms that circulate."""

import csv
from collections import Counter
from typing import Dict, List, NamedTuple, Optional, Sequence

from .text_files import read_lines

COLUMNS = dict(
    path=('path', 'file', 'image', 'img', 'name', 'filename', 'img_path'),
    label=('label', 'expression', 'class', 'emotion', 'gt_label'),
    flag=('noise', 'noisy', 'changed'),
    split=('type', 'split', 'usage'))


class LabelRow(NamedTuple):
    """A row: its line, the image's name, the class id as it is in the file,
    and the mark of a changed label where the file has one."""

    line: int
    name: str
    id: int
    changed: Optional[bool] = None


def read_label_rows(path: str) -> List[LabelRow]:
    """Rows of ``name id``, with spaces or commas between.

    - EAC, RAF-DB, ReSup: ``train_00001.jpg 5``;
    - SCN: ``/a/path/train_00001_aligned.jpg 4``;
    - NLA: a third column, 1 where the label was changed, else 0; or CSV with
      the columns (path, label[, noise]) or (type, path, label[, noise]),
      with or without a header;
    - mmfer's own: as EAC, after lines that begin with ``#``.

    Raises:
        ValueError: on a row of another form; names file, line and value.
    """
    rows, header = [], None
    for number, text in read_lines(path):
        if text.startswith('#'):
            continue
        if ',' in text:
            fields = [field.strip() for field in next(csv.reader([text]))]
            if not rows and header is None and _is_header(fields):
                header = _columns(fields, f'{path}, line {number}')
                continue
            fields = _order(fields, header)
        else:
            fields = text.rsplit(maxsplit=2)
            if len(fields) == 3 and not _is_id(fields[1]):
                fields = text.rsplit(maxsplit=1)
        if len(fields) not in (2, 3) or not all(map(_is_id, fields[1:])) \
                or fields[2:] not in ([], ['0'], ['1']):
            raise ValueError(
                f'{path}, line {number}: {text!r} is not "name id" (with an '
                'integer class id), nor "name id changed" (with 0 or 1)')
        changed = bool(int(fields[2])) if fields[2:] else None
        rows.append(LabelRow(number, fields[0], int(fields[1]), changed))
    return rows


def class_ids(path: str, rows: Sequence[LabelRow], num_classes: int,
              id_base: Optional[int], default_base: int) -> List[int]:
    """The rows' class ids, from 0.

    Args:
        id_base: the id of the first class in the file; None finds it: the id
            0 occurs only in files that count from 0, the id C only in files
            that count from 1.
        default_base: taken where neither occurs.

    Raises:
        ValueError: on a file in which both occur, or an unknown id; names
            file, line, value and what is allowed.
    """
    if id_base is None:
        ids = {row.id for row in rows}
        if {0, num_classes} <= ids:
            first = {row.id: row.line for row in reversed(rows)}
            raise ValueError(
                f'{path}: class id 0 (line {first[0]}) and class id '
                f'{num_classes} (line {first[num_classes]}) are mixed, but '
                f'{num_classes} classes are 0 to {num_classes - 1} or 1 to '
                f'{num_classes}; give id_base if one of them is a mistake')
        id_base = 0 if 0 in ids else 1 if num_classes in ids else default_base
    for row in rows:
        if not id_base <= row.id < id_base + num_classes:
            raise ValueError(
                f'{path}, line {row.line}: class id {row.id} of {row.name!r} '
                f'is unknown; allowed: {id_base} to '
                f'{id_base + num_classes - 1} (id_base={id_base})')
    return [row.id - id_base for row in rows]


def match_names(path: str, rows: Sequence[LabelRow], names: Sequence[str],
                aliases: Dict[str, str]) -> Dict[str, int]:
    """Which row is which image's.

    A row's name is an image's name or alias, or a path that ends with one
    (``/a/path/train_00001.jpg``). Rows of other images are passed over, so a
    file may list the test images, too.

    Args:
        names: N image names.
        aliases: other names of the images.

    Returns:
        image name to position in ``rows``.

    Raises:
        ValueError: on images without a row, or with more than one.
    """
    known = {**aliases, **{name: name for name in names}}
    found: Dict[str, int] = {}
    twice: Counter = Counter()
    for position, row in enumerate(rows):
        tail = row.name.replace('\\', '/')
        while tail not in known and '/' in tail:
            tail = tail.split('/', 1)[1]
        if (name := known.get(tail)) is None:
            continue
        twice[name] += name in found
        found[name] = position
    if several := [name for name, count in twice.items() if count]:
        raise ValueError(f'{path}: {len(several)} names have more than one '
                         f'row, the first are {several[:3]}')
    if missing := [name for name in names if name not in found]:
        raise ValueError(
            f'{path}: {len(missing)} of {len(names)} training images have no '
            f'row, the first are {missing[:3]}; the file begins with '
            f'{[row.name for row in rows[:3]]}. Is it the file of this data '
            'set and split?')
    return found


def _is_id(text: str) -> bool:
    return text.lstrip('-').isdigit()


def _is_header(fields: List[str]) -> bool:
    return any(field.lower() in COLUMNS['label'] for field in fields)


def _columns(fields: List[str], where: str) -> Dict[str, int]:
    lower = [field.lower() for field in fields]
    header = {}
    for role, allowed in COLUMNS.items():
        places = [i for i, field in enumerate(lower) if field in allowed]
        if len(places) > 1 or (role in ('path', 'label') and not places):
            raise ValueError(f'{where}: the header {fields} needs one column '
                             f'named as one of {allowed}')
        if places:
            header[role] = places[0]
    return header


def _order(fields: List[str], header: Optional[Dict[str, int]]) -> List[str]:
    """(path, label[, flag]) of a CSV row; other rows come back as they are."""
    if header is None:
        # (type, path, label[, noise]) or (path, label[, noise])
        return fields[1:] if len(fields) > 2 and not _is_id(fields[1]) \
            else fields
    if max(header.values()) >= len(fields):
        return fields[:1]
    return [fields[header[role]] for role in ('path', 'label', 'flag')
            if role in header]
