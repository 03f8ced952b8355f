"""Lists of image names and class ids, in the forms that circulate."""

from collections.abc import Sequence
from typing import NamedTuple

from .text import parse_id, read_lines, split_csv

COLUMNS = dict(
    path=('path', 'file', 'image', 'img', 'name', 'filename', 'img_path'),
    label=('label', 'expression', 'class', 'emotion', 'gt_label'),
    flag=('noise', 'noisy', 'changed'),
    split=('type', 'split', 'usage'),
)


MARK = '# mmfer noise file, format 1'  # its first line; names may have commas
CHANGED = {'0': False, '1': True, 'False': False, 'True': True}


class LabelRow(NamedTuple):
    """A row: its line, the image's name, the class id as it is in the file, and the mark of a
    changed label where the file has one."""

    line: int
    name: str
    id: int
    changed: bool | None = None


def read_label_rows(path: str) -> list[LabelRow]:
    """Rows of ``name id``, with spaces or commas between.

    - EAC, RAF-DB, ReSup: ``train_00001.jpg 5``;
    - SCN: ``/a/path/train_00001_aligned.jpg 4``;
    - NLA: a third column, 1 where the label was changed, else 0; or CSV with the columns (path,
      label[, noise]) or (type, path, label[, noise]), with or without a header;
    - mmfer's own: as EAC, after lines that begin with ``#``.

    Raises:
        ValueError: on a row of another form; names file, line and value.
    """
    rows, header, own = [], None, False
    for number, text in read_lines(path):
        if text.startswith('#'):
            own |= not rows and text == MARK
            continue
        if ',' in text and not own:
            fields = split_csv(text, f'{path}, line {number}')
            if not rows and header is None and _is_header(fields):
                header = _columns(fields, f'{path}, line {number}')
                continue
            fields = _order(fields, header)
        else:
            fields = text.rsplit(maxsplit=2)
            if len(fields) == 3 and parse_id(fields[1]) is None:
                fields = text.rsplit(maxsplit=1)
        class_id = parse_id(fields[1]) if len(fields) in (2, 3) else None
        if class_id is None or not {*fields[2:]} <= {*CHANGED}:
            raise ValueError(
                f'{path}, line {number}: {text!r} is not "name id" (with an integer class id), nor '
                '"name id changed" (with 0 or 1)'
            )
        changed = CHANGED[fields[2]] if fields[2:] else None
        rows.append(LabelRow(number, fields[0], class_id, changed))
    return rows


def find_base(path: str, rows: Sequence[LabelRow], num_classes: int, default: int | None) -> int:
    """The id of the first class in a file: 0 where the id 0 occurs, 1 where the id C occurs, which
    the other way of counting does not have.

    Args:
        default: taken where neither occurs; None refuses.

    Raises:
        ValueError: where both occur, or neither without a default.
    """
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
            f'{path}: the class ids {sorted(first)[:9]} of {num_classes} classes have neither 0 '
            f'nor {num_classes}, so nobody can tell whether they count from 0 or from 1; give '
            'id_base'
        )
    return default or 0


def class_ids(
    path: str, rows: Sequence[LabelRow], num_classes: int, id_base: int | None, default_base: int
) -> list[int]:
    """The rows' class ids, from 0.

    Args:
        id_base: the id of the first class in the file; None finds it, see :func:`find_base`.
        default_base: of :func:`find_base`.

    Raises:
        ValueError: on a file in which both occur, or an unknown id; names file, line, value and
            what is allowed.
    """
    if id_base is None:
        id_base = find_base(path, rows, num_classes, default_base)
    if not isinstance(id_base, int):
        raise ValueError(
            f'id_base={id_base!r}; it is an integer, the id of the first class in the file'
        )
    for row in rows:
        if not id_base <= row.id < id_base + num_classes:
            raise ValueError(
                f'{path}, line {row.line}: class id {row.id} of {row.name!r} is unknown; allowed: '
                f'{id_base} to {id_base + num_classes - 1} (id_base={id_base})'
            )
    return [row.id - id_base for row in rows]


def match_names(
    path: str, rows: Sequence[LabelRow], names: Sequence[str], aliases: dict[str, str]
) -> dict[str, int]:
    """Which row is which image's.

    A row's name is an image's name or alias, or a path that ends with one
    (``/a/path/train_00001.jpg``). Rows of other images are passed over, so a file may list the test
    images, too.

    Args:
        names: N image names.
        aliases: other names of the images.

    Returns:
        image name to position in ``rows``.

    Raises:
        ValueError: on images without a row, or with more than one.
    """
    known = {**aliases, **{name: name for name in names}}
    found: dict[str, int] = {}
    twice: dict[str, str] = {}
    for position, row in enumerate(rows):
        tail = row.name
        if tail not in known:
            tail = tail.replace('\\', '/')
        while tail not in known and '/' in tail:
            tail = tail.split('/', 1)[1]
        if (name := known.get(tail)) is None:
            continue
        if name in found:
            twice[name] = f'{name} (lines {rows[found[name]].line} and {row.line})'
        found[name] = position
    if twice:
        raise ValueError(
            f'{path}: {len(twice)} names have more than one row, the first are '
            f'{list(twice.values())[:3]}'
        )
    if missing := [name for name in names if name not in found]:
        raise ValueError(
            f'{path}: {len(missing)} of {len(names)} training images have no row, the first are '
            f'{missing[:3]}; the file begins with {[row.name for row in rows[:3]]}. Is it the file '
            'of this data set and split?'
        )
    return found


def _is_header(fields: list[str]) -> bool:
    return any(field.lower() in COLUMNS['label'] for field in fields)


def _columns(fields: list[str], where: str) -> dict[str, int]:
    lower = [field.lower() for field in fields]
    header = {}
    for role, allowed in COLUMNS.items():
        places = [i for i, field in enumerate(lower) if field in allowed]
        if len(places) > 1 or (role in ('path', 'label') and not places):
            raise ValueError(
                f'{where}: the header {fields} needs one column named as one of {allowed}'
            )
        if places:
            header[role] = places[0]
    return header


def _order(fields: list[str], header: dict[str, int] | None) -> list[str]:
    """(path, label[, flag]) of a CSV row; other rows come back as they are."""
    if header is None:
        # (type, path, label[, noise]) or (path, label[, noise])
        return fields[1:] if len(fields) > 2 and parse_id(fields[1]) is None else fields
    if max(header.values()) >= len(fields):
        return fields[:1]
    return [fields[header[role]] for role in ('path', 'label', 'flag') if role in header]
