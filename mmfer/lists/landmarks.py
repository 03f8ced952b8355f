"""Landmarks that somebody else has found, read from files."""

import os
import os.path as osp
from collections.abc import Iterator
from itertools import chain, islice, takewhile
from pathlib import PurePath
from typing import NamedTuple

import numpy as np

from ..functional.align import reduce_landmarks
from .affectnet_lists import COLUMNS as AFFECTNET
from .tables import find_column
from .text import need_file, parse_number, parse_numbers, read_csv, read_lines

_MANUAL = '_manu_attri.txt'


class ListedFace(NamedTuple):
    """``box`` (4,) x, y, width, height of all landmarks and ``points`` (5, 2), pixels; ``parts`` of
    the image's path in the file, and ``where`` it stands."""

    box: np.ndarray
    points: np.ndarray
    parts: tuple[str, ...]
    where: str


class LandmarkTable:
    """Points by image, from a table or RAF-DB's folder of annotations.

    - A table of ``file, x0, y0, x1, y1, ...`` with 5 points (left eye, right eye, nose tip, left
      and right mouth corner of the picture) or 68 (iBUG 300-W), with or without a header of words.
      An image with several faces has several rows.
    - AffectNet's original CSV, with or without its header: the 68 points of facial_landmarks. A row
      where that is empty is passed over.
    - RAF-DB's folder ``Annotation/manual`` of ``train_00001_manu_attri.txt``: five lines ``x y`` in
      each, for ``train_00001`` with any ending.

    Raises:
        FileNotFoundError: where there is neither.
        ValueError: on a row or file that is none of these, or a coordinate that is not finite.
    """

    def __init__(self, path: str | os.PathLike):
        path = os.fspath(path)
        fix = "give a CSV (file, x0, y0, ...) or RAF-DB's folder Annotation/manual"
        need_file(path, 'landmarks', fix, osp.exists)
        self._by_name: dict[str, list[ListedFace]] = {}
        for face in _read_rafdb(path) if osp.isdir(path) else _read_table(path):
            self._by_name.setdefault(face.parts[-1], []).append(face)
        if not self._by_name:
            raise ValueError(f'{path!r} has no landmarks')

    def find(
        self, image: str | os.PathLike, root: str | os.PathLike | None = None
    ) -> list[ListedFace]:
        """The faces listed for an image; [] where it is not listed.

        A row is the image's where the shorter of its path and the image's below ``root`` (by
        default its own folder, so that its name has to agree) agrees with the end of the other; the
        row that agrees furthest is taken, and different ones that fit equally well raise a
        ValueError.
        """
        image = PurePath(image)
        below = image.relative_to(root) if root is not None else PurePath(image.name)
        best: list[ListedFace] = []
        agreed = 0
        for name in {image.name, image.stem}:
            parts = (*image.parts[:-1], name)
            for face in self._by_name.get(name, ()):
                common = _common_end(face.parts, parts)
                if common < max(agreed, min(len(face.parts), len(below.parts))):
                    continue
                best = [*best, face] if common == agreed else [face]
                agreed = common
        if others := [face for face in best if face.parts != best[0].parts]:
            raise ValueError(
                f'{str(image)!r} may be {best[0].where} or {others[0].where}; give a folder '
                'further up, so that their paths differ'
            )
        return best


def _common_end(a: tuple[str, ...], b: tuple[str, ...]) -> int:
    pairs = zip(reversed(a), reversed(b))
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _read_rafdb(folder: str) -> Iterator[ListedFace]:
    names = [name for name in sorted(os.listdir(folder)) if name.endswith(_MANUAL)]
    if not names:
        raise ValueError(f"{folder!r} has no file *{_MANUAL}, as RAF-DB's Annotation/manual has")
    for name in names:
        path = osp.join(folder, name)
        lines = islice(read_lines(path), 5)
        values = [_coordinates(text.split(), f'{path}, line {line}') for line, text in lines]
        yield _face(name.removesuffix(_MANUAL), np.concatenate([[], *values]), path, (5,))


def _read_table(path: str) -> Iterator[ListedFace]:
    rows = ((f'{path}, line {line}', row) for line, row in read_csv(path) if any(row))
    where, first = next(rows, (path, []))
    if not first:
        return
    names, points, is_header = _look_at_first(first, where)
    for where, row in rows if is_header else chain([(where, first)], rows):
        if points is None:
            yield _face(row[0], _coordinates(row[1:], where), where, (5, 68))
        elif len(row) <= max(names, points):
            raise ValueError(f'{where}: {len(row)} columns; landmarks are in column {points + 1}')
        elif row[points]:
            yield _face(row[names], _coordinates(row[points].split(';'), where), where, (68,))


def _look_at_first(row: list[str], where: str) -> tuple[int, int | None, bool]:
    """The column of paths, that of AffectNet's landmarks or None, and whether it is a header."""
    columns = [name.lower() for name in AFFECTNET]
    if columns[5] in [field.lower() for field in row]:
        return find_column(row, columns[:1], where), find_column(row, columns[5:6], where), True
    if len(row) == len(columns) and (';' in row[5] or not row[5]):
        return 0, 5, False
    words = [value for value in row[1:] if value and parse_number(value, finite=False) is None]
    return 0, None, len(row) > 1 and len(words) == len(row) - 1


def _face(name: str, values: np.ndarray, where: str, allowed: tuple[int, ...]) -> ListedFace:
    parts = PurePath(name.replace('\\', '/')).parts
    if not parts or values.size not in [2 * n for n in allowed]:
        raise ValueError(
            f'{where}: {values.size} numbers for {name!r}; expected a path and x, y of '
            f'{" or ".join(map(str, allowed))} points'
        )
    landmarks = values.reshape(-1, 2)
    low, high = landmarks.min(axis=0), landmarks.max(axis=0)
    return ListedFace(np.concatenate([low, high - low]), reduce_landmarks(landmarks), parts, where)


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
