"""Rows of points, as tables and folders of them have them."""

import os
import os.path as osp
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from pathlib import Path, PurePath
from typing import NamedTuple

import numpy as np
from mmengine.logging import MMLogger

from ..functional.align import LANDMARKS, reduce_landmarks
from .affectnet_lists import COLUMNS as AFFECTNET
from .landmark_columns import ALLOWED, KNOWN, UNKNOWN, Columns, find_columns
from .tables import COLUMNS
from .text import parse_number, parse_numbers, read_csv, read_lines

_MANUAL = '_manu_attri.txt'
_WFLW_EXTRAS = 10  # a box and six marks, between its 98 points and the path


class ListedFace(NamedTuple):
    """``box`` (4,) x, y, width, height of all landmarks and ``points`` (5, 2), pixels; ``parts`` of
    the image's path in the file, and ``where`` it stands; ``fault``: what is wrong with it, or '';
    ``listed_box``: the file's own, or None."""

    box: np.ndarray
    points: np.ndarray
    parts: tuple[str, ...]
    where: str
    fault: str = ''
    listed_box: np.ndarray | None = None


class Reader:
    """What is kept of all rows: how far the points round an eye scatter, the first rows' points,
    whether words name them, and what is said of the table."""

    def __init__(self):
        self.eyes: list[float] = []
        self.listed: list[np.ndarray] = []
        self.named = False
        self.title = ''
        self.failed = 0

    def face(
        self,
        name: str,
        values: np.ndarray,
        where: str,
        allowed: Sequence[int] = tuple(KNOWN),
        box: np.ndarray | None = None,
    ) -> ListedFace:
        """A row's face; ValueError on other numbers of values."""
        if values.size == 2 * 98 + _WFLW_EXTRAS:
            values, box = values[:196], values[196:200] - np.tile(values[196:198], 2) * (0, 0, 1, 1)
        parts = PurePath(name.replace('\\', '/')).parts
        if not parts or values.size not in [2 * n for n in allowed]:
            known = f'; {ALLOWED}; {UNKNOWN}' if len(allowed) > 1 else ''
            raise ValueError(
                f'{where}: {values.size} numbers for {name!r}; expected a path and x, y of '
                f'{" or ".join(map(str, allowed))} points{known}'
            )
        landmarks = values.reshape(-1, 2)
        low, high = landmarks.min(axis=0), landmarks.max(axis=0)
        scatter = 0.0
        if len(landmarks) in LANDMARKS:
            left, right, _ = LANDMARKS[len(landmarks)]
            eyes = np.stack([landmarks[left], landmarks[right]])
            scatter = float(eyes.var(axis=1).sum(axis=1).max()) ** 0.5
        self.eyes.append(scatter)
        if len(self.listed) < 100:
            self.listed.append(landmarks)
        five = reduce_landmarks(landmarks)
        return ListedFace(np.concatenate([low, high - low]), five, parts, where, '', box)

    def tell(self, path: str, count: int, shares: bool) -> None:
        """Log how a table was read, where its header said it."""
        unit = "shares of the picture's sides" if shares else 'pixels'
        if self.title or shares:
            columns = f'points by the columns {self.title}, ' if self.title else ''
            MMLogger.get_current_instance().info(f'{path}: {count} faces, {columns}in {unit}')
        if self.failed:
            MMLogger.get_current_instance().info(
                f'{path}: {self.failed} rows are passed over, of success 0'
            )


def read_folder(folder: str, reader: Reader) -> Iterator[ListedFace]:
    """The faces of a folder of RAF-DB's annotations or OpenFace's tables, one an image."""
    names = sorted(os.listdir(folder))
    manual = [name for name in names if name.endswith(_MANUAL)]
    for name in manual:
        path = osp.join(folder, name)
        lines = islice(read_lines(path), 5)
        values = [_coordinates(text.split(), f'{path}, line {line}') for line, text in lines]
        stem = name.removesuffix(_MANUAL)
        yield reader.face(stem, np.concatenate([[], *values]), path, (5,))
    tables = [name for name in names if name.endswith('.csv') and not name.startswith('.')]
    for name in [] if manual else tables:
        yield from read_table(osp.join(folder, name), reader)
    if not (manual or tables):
        raise ValueError(
            f"{folder!r} has no file *{_MANUAL}, as RAF-DB's Annotation/manual has, and no .csv"
        )


def read_table(path: str, reader: Reader) -> Iterator[ListedFace]:
    """The faces of a table; see :class:`.landmarks.LandmarkTable`."""
    rows = ((f'{path}, line {line}', row) for line, row in read_csv(path) if any(row))
    where, first = next(rows, (path, []))
    if not first:
        return
    columns, is_header = None, _is_header(first)
    width = len(first)
    if is_header:
        if (second := next(rows, None)) is None:
            return
        columns = find_columns(first, where)
        rows = chain([second], rows)
    else:
        rows = chain([(where, first)], rows)
        if len(first) == len(AFFECTNET) and (';' in first[5] or not first[5]):
            columns = find_columns(AFFECTNET, where)
    if columns is None:
        yield from _read_in_order(rows, reader)
        return
    if is_header:
        reader.named, reader.title = columns.named, columns.title
    for where, row in rows:
        if len(row) < width or any(row[width:]):
            raise ValueError(f'{where}: {len(row)} columns; the header has {width}')
        if face := _by_columns(row, columns, where, reader, Path(path).stem):
            yield face


def _is_header(row: list[str]) -> bool:
    """Whether no field but the first is a number, or they count the columns below a word."""
    rest = [value for value in row[1:] if value]
    numbers = [parse_number(value, finite=False) for value in rest]
    counted = len(rest) > 4 and numbers in ([*range(len(rest))], [*range(1, len(rest) + 1)])
    return len(row) > 1 and (
        all(number is None for number in numbers)
        or (counted and row[0].lower() in ('', *COLUMNS['path']))
    )


def _read_in_order(rows: Iterator, reader: Reader) -> Iterator[ListedFace]:
    """``path, x, y, x, y, ...``, or the path at the end, as WFLW has it."""
    last = None
    for where, row in rows:
        if last is None:
            ends = parse_number(row[0]) is not None and parse_number(row[-1], finite=False) is None
            last = ends and len(row) > 2
        name, values = (row[-1], row[:-1]) if last else (row[0], row[1:])
        yield reader.face(name, _coordinates(values, where), where)


def _by_columns(
    row: list[str], columns: Columns, where: str, reader: Reader, stem: str
) -> ListedFace | None:
    """The face of a row; None where it says that it has none."""
    name = stem if columns.name is None else row[columns.name]
    if columns.success is not None and parse_number(row[columns.success]) == 0:
        reader.failed += 1
        return None
    if columns.joined is not None:
        text = row[columns.joined]
        if not text:
            return None
        allowed = (68,) if columns.title.lower() == AFFECTNET[5] else tuple(KNOWN)
        fields = text.translate(str.maketrans('[](),;', '      ')).split()
    else:
        allowed = (len(columns.points),)
        fields = [row[place] for pair in columns.points for place in pair]
    box = parse_numbers([row[place] for place in columns.box]) if columns.box else None
    return reader.face(name, _coordinates(fields, where), where, allowed, box)


def _coordinates(texts: list[str], where: str) -> np.ndarray:
    values = parse_numbers(texts)
    if np.isfinite(values).all():
        return values
    bad = [text for text, good in zip(texts, np.isfinite(values)) if not good]
    if others := [text for text in bad if parse_number(text, finite=False) is None]:
        raise ValueError(f'{where}: coordinates that are no numbers: {others[:3]}')
    raise ValueError(
        f'{where}: coordinates that are not finite: {bad[:3]}; leave out images without landmarks'
    )
