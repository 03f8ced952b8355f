"""What people and other projects wrote: lines, fields, numbers, paths."""

import codecs
import csv
import math
import os.path as osp
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice

import numpy as np

DELIMITERS = ',\t;| '  # the first of equals
SNIFFED = 20  # lines
LONGEST = 1_000_000  # characters of a line; a row of pixels has 10 000

_NUMBER = re.compile(r'[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?')
_ENDLESS = re.compile(r'[-+]?(nan|inf|infinity)', re.IGNORECASE)
_MARKED = 'mmfer.marked'  # a wrong byte becomes a character that no text has
_WRONG = re.compile('[\0\udc00-\udcff]')
codecs.register_error(_MARKED, lambda error: (chr(0xDC00 + error.object[error.start]), error.end))


def need_file(path: str, what: str, fix: str, is_there: Callable = osp.isfile) -> None:
    """Raise FileNotFoundError where there is no such file."""
    if not is_there(path):
        raise FileNotFoundError(f'no {what} at {path!r}; {fix}')


def raw_lines(path: str) -> Iterator[tuple[int, str]]:
    """``(number, text)`` of each line that is not blank, numbers from 1; with line ends of Unix,
    Windows or old Macs, in UTF-8, with a byte order mark or without, or UTF-16 with one; else a
    ValueError names the byte, or a line that is longer than any row."""
    with open(path, 'rb') as file:
        wide = file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    with open(path, encoding='utf-16' if wide else 'utf-8-sig', errors=_MARKED) as file:
        for number, text in enumerate(iter(lambda: file.readline(LONGEST + 1), ''), 1):
            if len(text) > LONGEST:
                raise ValueError(
                    f'{path}, line {number}: has more than {LONGEST} characters, as no row of a '
                    'list has; is it the right file, and does it have line ends?'
                )
            if ('\0' in text or not text.isascii()) and (wrong := _WRONG.search(text)):
                raise ValueError(
                    f'{path}, line {number}: byte 0x{ord(wrong[0]) & 255:02x} is not UTF-8 (or '
                    'ASCII, or UTF-16 with its mark); convert the file: iconv -f ENCODING -t UTF-8'
                )
            if not text.isspace():
                yield number, text.rstrip('\n')


def read_lines(path: str) -> Iterator[tuple[int, str]]:
    """:func:`raw_lines`, less the blanks around each."""
    return ((number, text.strip()) for number, text in raw_lines(path))


def read_csv(path: str) -> Iterator[tuple[int, list[str]]]:
    """``(line number, fields)`` of each row that is not blank, by any of ``DELIMITERS``; a row is
    one line, so that an unbalanced quote harms its own row alone."""
    lines = raw_lines(path)
    first = list(islice(lines, SNIFFED))
    delimiter = sniff_delimiter([text for _, text in first])
    for number, text in chain(first, lines):
        yield number, split_csv(text, f'{path}, line {number}', delimiter)


def sniff_delimiter(lines: Sequence[str]) -> str:
    """The first that splits most lines, less comments (#), into as many fields as the first line; a
    comma where none does (``csv.Sniffer`` refuses that, and prefers blanks to pipes).

    >>> sniff_delimiter(['path;label', '"a, b; c.jpg";3']), sniff_delimiter(['path', 'a.jpg'])
    (';', ',')
    """
    bare = [re.sub('"[^"]*"', 'quoted', line) for line in lines if not line.startswith('#')]

    def count_agreeing(delimiter: str) -> int:
        # Runs of blanks part columns as one blank does.
        widths = [len(line.split(None if delimiter == ' ' else delimiter)) for line in bare]
        count = widths.count(widths[0]) if widths and widths[0] > 1 else 0
        return min(count, len(bare) // 2 + 1)  # numbers in a field may be as even as the columns

    return max(DELIMITERS, key=count_agreeing)


def split_csv(text: str, where: str, delimiter: str = ',') -> list[str]:
    """The fields of one line of a CSV.

    >>> split_csv('"a, b.jpg", 3', 'x.csv, line 1')
    ['a, b.jpg', '3']
    """
    try:
        row = next(csv.reader([text.strip(' ')], delimiter=delimiter, skipinitialspace=True))
    except csv.Error as error:
        raise ValueError(f'{where}: is no row of a CSV ({error}): {text[:60]!r}...') from None
    return [field.strip() for field in row]


def parse_id(text: str) -> int | None:
    """An integer class id, also written as ``3.0`` (as pandas writes a column that has empty
    fields); None for anything else.

    >>> parse_id('3'), parse_id('3.0'), parse_id('3.5'), parse_id('happy')
    (3, 3, None, None)
    """
    found = re.fullmatch(r'(-?[0-9]{1,9})(\.0*)?', text)
    return int(found[1]) if found else None


def parse_number(text: str, finite: bool = True) -> float | None:
    """A decimal number in ASCII digits; None for anything else, such as ``1_0``. Unless ``finite``,
    'nan' and 'inf' are taken, too.

    >>> parse_number('-.5'), parse_number('1e3'), parse_number('1_0'), parse_number('nan')
    (-0.5, 1000.0, None, None)
    """
    if not (_NUMBER.fullmatch(text) or (not finite and _ENDLESS.fullmatch(text))):
        return None
    number = float(text)
    return number if math.isfinite(number) or not finite else None


def parse_numbers(texts: Sequence[str]) -> np.ndarray:
    """(N,) float64 by :func:`parse_number`; not finite where a text is no finite number."""
    # Of these characters alone, numpy reads the same numbers, and long rows faster.
    if re.fullmatch('[-+.0-9eE]*', ''.join(texts)):
        try:
            return np.array(texts, dtype=np.float64)
        except ValueError:
            pass
    return np.array([parse_number(text) for text in texts], dtype=np.float64)


def parse_votes(fields: list[str], number: int, where: str) -> np.ndarray:
    """(number,) float32 votes, counts or shares; a ValueError on another number of columns, or a
    value that is no finite number of at least 0."""
    if len(fields) != number:
        raise ValueError(f'{where}: {len(fields)} vote columns; expected {number}')
    votes = parse_numbers(fields)
    if not ((votes >= 0) & (votes <= np.finfo(np.float32).max)).all():
        raise ValueError(f'{where}: {fields} are no votes: finite numbers of at least 0')
    return votes.astype(np.float32)


def join_inside(root: str, name: str, where: str) -> str:
    """``root/name``, where ``name`` stands in a file; a ValueError on one that is empty or leads
    out of ``root``.

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
