"""Reading lists that people and other projects wrote: lines, paths, numbers."""

import csv
import os.path as osp
from typing import Iterator, List, Tuple

import numpy as np


def read_lines(path: str) -> Iterator[Tuple[int, str]]:
    """``(number, text)`` of each line that is not blank, numbers from 1.

    A byte order mark and Windows line ends are accepted.

    Raises:
        ValueError: on bytes that are not UTF-8; names file, line and byte.
    """
    with open(path, 'rb') as file:
        for number, raw in enumerate(file, 1):
            try:
                text = raw.decode('utf-8-sig' if number == 1 else 'utf-8')
            except UnicodeDecodeError as error:
                raise ValueError(
                    f'{path}, line {number}: byte 0x{raw[error.start]:02x} is '
                    'not UTF-8, in which (or in ASCII) the file has to be; '
                    'save it so, or convert it: iconv -f ENCODING -t UTF-8'
                ) from None
            if text := text.strip():
                yield number, text


def read_csv(path: str) -> Iterator[Tuple[int, List[str]]]:
    """``(line number, fields)`` of each row that is not blank."""
    at = 0

    def lines():
        nonlocal at
        for at, text in read_lines(path):
            yield text

    for row in csv.reader(lines()):
        yield at, [field.strip() for field in row]


def join_inside(root: str, name: str, where: str) -> str:
    """``root/name``, where name comes from a file and must stay below root.

    Args:
        where: what to name in the error, such as ``'labels.csv, line 3'``.

    Raises:
        ValueError: on a name that is empty or leads out of ``root``.

    >>> join_inside('data', 'a/b.jpg', 'list.txt')
    'data/a/b.jpg'
    """
    parts = name.replace('\\', '/').split('/')
    if not name or '..' in parts or not parts[0] or ':' in parts[0]:
        raise ValueError(
            f'{where}: the image name {name!r} leads out of the data root '
            f'{root!r}, or is empty; allowed: paths relative to it, '
            'without ".."')
    return osp.join(root, *parts)


def parse_votes(fields: List[str], number: int, where: str) -> np.ndarray:
    """(number,) float32 votes, counts or shares.

    Raises:
        ValueError: on another number of columns, or a value that is no
            finite number of at least 0.
    """
    if len(fields) != number:
        raise ValueError(
            f'{where}: {len(fields)} vote columns; expected {number}')
    try:
        votes = np.array(fields, dtype=np.float32)
    except ValueError:
        votes = np.array([-1.])
    if not (np.isfinite(votes).all() and (votes >= 0).all()):
        raise ValueError(f'{where}: {fields} are no votes; each has to be a '
                         'finite number of at least 0')
    return votes
