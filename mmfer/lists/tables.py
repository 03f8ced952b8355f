"""Tables by their header: which column holds what, and rows as wide as it."""

import re
from collections.abc import Iterator, Sequence
from itertools import chain

from .text import parse_number, read_csv

# What circulates as the name of a column, by `plain`; the first is what it is called here.
COLUMNS = dict(
    path=(
        *('path', 'file', 'image', 'img', 'name', 'filename', 'img_path', 'image_path', 'pth'),
        *('image_name', 'img_name', 'image_file', 'img_file', 'file_path', 'image_file_name'),
        *('image_file_path', 'relative_path', 'rel_path', 'subDirectory_filePath'),
    ),
    label=(
        *('label', 'expression', 'class', 'emotion', 'gt_label'),
        *('labels', 'expressions', 'emotions', 'target', 'targets'),
    ),
    flag=('noise', 'noisy', 'changed'),
    split=('split', 'type', 'usage'),
)


def read_table(
    path: str, without_header: Sequence[str] = (), comments: bool = False
) -> tuple[str, list[str], Iterator[tuple[int, list[str]]]]:
    """A table by its header.

    Args:
        without_header: columns of a table that may lack a header: its first row holds a number.
        comments: True passes over rows that begin with #.

    Returns:
        Where the header stands (file and line, for errors), its fields ([] in an empty file), and
        ``(line number, fields)`` of each row below, as they are read. One that is not as wide as
        the header is a ValueError.
    """
    rows = read_csv(path)
    if comments:
        rows = ((line, row) for line, row in rows if not row[0].startswith('#'))
    line, header = first = next(rows, (1, []))
    if without_header and any(parse_number(field) is not None for field in header):
        rows, header = chain([first], rows), list(without_header)
    return f'{path}, line {line}', header, _as_wide(path, header, rows)


def _as_wide(path: str, header: list[str], rows: Iterator) -> Iterator[tuple[int, list[str]]]:
    for line, row in rows:
        if len(row) != len(header):
            raise ValueError(
                f'{path}, line {line}: {len(row)} columns; expected {len(header)}: {header}'
            )
        yield line, row


def plain(title: str) -> str:
    """A column's name without what people write in different ways.

    >>> plain('Image name'), plain('image_name'), plain('ImageName')
    ('imagename', 'imagename', 'imagename')
    """
    return re.sub(r'[\s_.-]', '', title).lower()


def find_columns(header: Sequence[str], names: Sequence[str]) -> list[int]:
    """The places of all columns that are called one of ``names``, by :func:`plain`."""
    known = {*map(plain, names)}
    return [i for i, title in enumerate(header) if title and plain(title) in known]


def find_column(
    header: Sequence[str],
    names: Sequence[str],
    where: str,
    columns: dict[str, str] | None = None,
    needed: bool = True,
) -> int | None:
    """The place of a column, by the names that are known for it or the user's own.

    Args:
        names: capitals, blanks and underscores do not count.
        where: the header's file and line.
        columns: the user's own names, as in the header, by the first of ``names``; None where the
            user has no such choice.
        needed: False gives None where the header has none of the names.

    Raises:
        ValueError: where no column is called so, or more than one.

    >>> find_column(['Image', 'emo'], COLUMNS['label'], 'x.csv, line 1', dict(label='emo'))
    1
    """
    role = names[0]
    own = (columns or {}).get(role)
    places = find_columns(header, names)
    if own is not None:
        names, places = (own,), [i for i, title in enumerate(header) if title == own]
    if len(places) == 1:
        return places[0]
    if not (places or needed or own):
        return None
    several = f'but has {[header[i] for i in places]}, ' if places else ''
    hint = ''
    if columns is not None:
        hint = f'; columns=dict({role}=...) names another, it is {columns}; of prepare.py, --column'
    raise ValueError(
        f'{where}: the header {header} needs one column of the {role}, {several}called one of '
        f'{names}{hint}'
    )
