"""Reading lists that people and other projects wrote: lines, paths, numbers."""

import csv
import os.path as osp
import re
from collections.abc import Iterator

import numpy as np


def read_lines(path: str) -> Iterator[tuple[int, str]]:
    """``(number, text)`` of each line that is not blank, numbers from 1.

    A byte order mark and Windows line ends are accepted.

    Raises:
        ValueError: on bytes that are not UTF-8, or carriage returns inside a line; names file and
            line.
    """
    with open(path, 'rb') as file:
        for number, raw in enumerate(file, 1):
            try:
                text = raw.decode('utf-8-sig' if number == 1 else 'utf-8')
            except UnicodeDecodeError as error:
                raise ValueError(
                    f'{path}, line {number}: byte 0x{raw[error.start]:02x} is not UTF-8, in which '
                    '(or in ASCII) the file has to be; save it so, or convert it: iconv -f '
                    'ENCODING -t UTF-8'
                ) from None
            if '\r' in text.rstrip('\r\n'):
                raise ValueError(
                    f'{path}, line {number}: has carriage returns inside the line; save the file '
                    'with line ends of Unix or Windows'
                )
            if text := text.strip():
                yield number, text


def read_csv(path: str) -> Iterator[tuple[int, list[str]]]:
    """``(line number, fields)`` of each row that is not blank; a row is one line, so that an
    unbalanced quote harms its own row alone.

    Raises:
        ValueError: as :func:`read_lines`, or on a line that is no CSV.
    """
    for number, text in read_lines(path):
        yield number, split_csv(text, f'{path}, line {number}')


def split_csv(text: str, where: str) -> list[str]:
    """The fields of one line of a CSV.

    >>> split_csv('"a, b.jpg", 3', 'x.csv, line 1')
    ['a, b.jpg', '3']
    """
    try:
        row = next(csv.reader([text], skipinitialspace=True))
    except csv.Error as error:
        raise ValueError(f'{where}: is no row of a CSV ({error}): {text[:60]!r}...') from None
    return [field.strip() for field in row]


def parse_id(text: str) -> int | None:
    """An integer class id, also written as ``3.0`` (as pandas writes a column that has empty
    fields); None for anything else.

    >>> parse_id('3'), parse_id('3.0'), parse_id('3.5'), parse_id('happy')
    (3, 3, None, None)
    """
    if not re.fullmatch(r'-?[0-9]{1,9}(\.0*)?', text):
        return None
    return int(text.split('.')[0])


def join_inside(root: str, name: str, where: str) -> str:
    """``root/name``, where name comes from a file and must stay below root.

    Args:
        where: what to name in the error, such as ``'labels.csv, line 3'``.

    Raises:
        ValueError: on a name that is empty or leads out of ``root``.

    >>> join_inside('data', './a//b.jpg', 'list.txt')
    'data/a/b.jpg'
    """
    parts = name.replace('\\', '/').split('/')
    if not name or '..' in parts or not parts[0] or re.match('[A-Za-z]:$', parts[0]):
        raise ValueError(
            f'{where}: the image name {name!r} leads out of the data root {root!r}, or is empty; '
            'allowed: paths relative to it, without ".."'
        )
    return osp.join(root, *(p for p in parts if p not in ('', '.')))


def parse_votes(fields: list[str], number: int, where: str) -> np.ndarray:
    """(number,) float32 votes, counts or shares.

    Raises:
        ValueError: on another number of columns, or a value that is no finite number of at least 0.
    """
    if len(fields) != number:
        raise ValueError(f'{where}: {len(fields)} vote columns; expected {number}')
    try:
        votes = np.array(fields, dtype=np.float32)
    except ValueError:
        votes = np.array([-1.0])
    if not (np.isfinite(votes).all() and (votes >= 0).all()):
        raise ValueError(
            f'{where}: {fields} are no votes; each has to be a finite number of at least 0'
        )
    return votes
