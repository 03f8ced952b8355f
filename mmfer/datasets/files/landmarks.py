"""Landmarks that somebody else has found, read from files."""

import os
import os.path as osp
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import PurePath
from typing import NamedTuple

import numpy as np

from mmfer.datasets.files.text import read_csv, read_lines
from mmfer.functional.align import reduce_landmarks

from ...apis.detection import DetectedFace

_MANUAL = '_manu_attri.txt'
# AffectNet's original CSVs: path, box (4), landmarks, expression, valence, arousal. The validation
# file has no header.
_AFFECTNET = ('subdirectory_filepath', 'facial_landmarks')
_AFFECTNET_COLUMNS = (0, 5)
_AFFECTNET_WIDTH = 9
# What a header calls the column of paths ('' is pandas' index), less ' _-'.
_PATH_NAMES = (
    '',
    'file',
    'filename',
    'filepath',
    'path',
    'image',
    'imagefile',
    'imageid',
    'imagename',
    'imagepath',
    'img',
    'imgname',
    'imgpath',
    'name',
    'picture',
    'subdirectoryfilepath',
)


class _Row(NamedTuple):
    parts: tuple[str, ...]  # of the image's path, as the file has it
    points: np.ndarray  # (5, 2)
    box: np.ndarray  # of all landmarks
    where: str  # file and line, for messages


class LandmarkFile:
    """Points by image: a table, or RAF-DB's folder of annotations.

    - A CSV of ``file, x0, y0, x1, y1, ...`` with 5 points (left eye, right eye, nose tip, left and
      right mouth corner of the picture) or 68 (iBUG 300-W), with or without a header, whose first
      column is then called file, path, image, name or alike. An image with several faces has
      several rows.
    - AffectNet's original CSV (``training.csv``, or ``validation.csv``, which has no header): the
      68 points of its column facial_landmarks. A row where that is empty is passed over: its image
      has no landmarks.
    - RAF-DB's folder ``Annotation/manual`` of ``train_00001_manu_attri.txt``: five lines ``x y`` in
      each, for ``train_00001`` with any ending.

    Files are UTF-8; blank lines are passed over.

    Args:
        path: the CSV or the folder.

    Raises:
        FileNotFoundError: where there is neither.
        ValueError: on a row or file that is none of these, a coordinate that is no finite number,
            or another encoding; names file and line.
    """

    def __init__(self, path: str | os.PathLike):
        path = os.fspath(path)
        if osp.isdir(path):
            rows = _read_rafdb(path)
        elif osp.isfile(path):
            rows = _read_csv(path)
        else:
            raise FileNotFoundError(
                f'no landmarks at {path!r}; give a CSV (file, x0, y0, ...) or '
                "RAF-DB's folder Annotation/manual"
            )
        self.path = path
        self._by_name: dict[str, list[_Row]] = {}
        for row in rows:
            self._by_name.setdefault(row.parts[-1], []).append(row)
        if not self._by_name:
            raise ValueError(f'{path!r} has no landmarks')

    def find(
        self, image: str | os.PathLike, root: str | os.PathLike | None = None
    ) -> list[DetectedFace]:
        """The faces listed for an image; none where it is not listed.

        Paths are compared from their ends. A row is the image's where the shorter of the row's path
        and the image's path below ``root`` agrees with the end of the other; the row that agrees
        furthest is taken.

        Args:
            image: path of the image.
            root: the images' folder; by default the image's own, so that the name alone has to
                agree.

        Raises:
            ValueError: where different paths of the file fit equally well.
        """
        image = PurePath(image)
        below = image.relative_to(root) if root is not None else PurePath(image.name)
        best: list[_Row] = []
        agreed = 0
        for name in {image.name, image.stem}:
            parts = (*image.parts[:-1], name)
            for row in self._by_name.get(name, ()):
                common = _common_end(row.parts, parts)
                if common < min(len(row.parts), len(below.parts)):
                    continue
                if common > agreed:
                    best, agreed = [], common
                if common == agreed:
                    best.append(row)
        others = [row for row in best if row.parts != best[0].parts]
        if others:
            raise ValueError(
                f'{str(image)!r} may be {best[0].where} or {others[0].where}; give a folder '
                'further up, so that their paths differ'
            )
        return [DetectedFace(row.box, row.points, 1.0) for row in best]


def _common_end(a: tuple[str, ...], b: tuple[str, ...]) -> int:
    count = 0
    for x, y in zip(reversed(a), reversed(b)):
        if x != y:
            break
        count += 1
    return count


def _read_rafdb(folder: str) -> Iterator[_Row]:
    names = [n for n in sorted(os.listdir(folder)) if n.endswith(_MANUAL)]
    if not names:
        raise ValueError(
            f"{folder!r} has no file *{_MANUAL}; RAF-DB's manual landmarks are in Annotation/manual"
        )
    for name in names:
        path = osp.join(folder, name)
        values = [
            _numbers(text.split(), f'{path}, line {number}')
            for number, text in islice(read_lines(path), 5)
        ]
        yield _row(name[: -len(_MANUAL)], np.concatenate([[], *values]), path, (5,))


def _read_csv(path: str) -> Iterator[_Row]:
    columns: tuple[int, ...] | None = None
    for number, cells in read_csv(path):
        if not any(cells):
            continue
        where, hint = f'{path}, line {number}', ''
        if columns is None:
            columns, is_header = _columns(cells)
            if is_header:
                continue
            hint = '; if this is a header, call its first column file, path, image or name'
        if not columns:
            name, values, allowed = cells[0], cells[1:], (5, 68)
        elif len(cells) <= max(columns):
            raise ValueError(
                f'{where}: {len(cells)} columns; landmarks are in column {columns[1] + 1}'
            )
        elif not cells[columns[1]]:
            continue
        else:
            name, allowed = cells[columns[0]], (68,)
            values = cells[columns[1]].split(';')
        yield _row(name, _numbers(values, where, hint), where, allowed)


def _columns(first: list[str]) -> tuple[tuple[int, ...], bool]:
    """AffectNet's columns of path and landmarks (or none); whether the first row is a header."""
    lower = [cell.lower() for cell in first]
    if set(_AFFECTNET) <= set(lower):
        return tuple(map(lower.index, _AFFECTNET)), True
    if len(first) == _AFFECTNET_WIDTH and (';' in first[5] or not first[5]):
        return _AFFECTNET_COLUMNS, False
    # A row of numbers is no header: 'image' may be an image less its ending.
    return (), re.sub('[ _-]', '', lower[0]) in _PATH_NAMES and not any(map(_is_number, lower))


def _row(name: str, values: np.ndarray, where: str, allowed: tuple[int, ...]) -> _Row:
    parts = PurePath(name.replace('\\', '/')).parts
    if not parts or values.size not in [2 * n for n in allowed]:
        raise ValueError(
            f'{where}: {values.size} numbers for {name!r}; expected a path and x, y of '
            f'{" or ".join(map(str, allowed))} points'
        )
    landmarks = values.reshape(-1, 2)
    low = landmarks.min(axis=0)
    return _Row(
        parts,
        reduce_landmarks(landmarks),
        np.concatenate([low, landmarks.max(axis=0) - low]),
        where,
    )


def _numbers(texts: list[str], where: str, hint: str = '') -> np.ndarray:
    try:
        numbers = np.array(texts, dtype=np.float64)
    except ValueError:
        bad = [text for text in texts if not _is_number(text)][:3]
        raise ValueError(f'{where}: coordinates that are no numbers: {bad}{hint}') from None
    if not np.isfinite(numbers).all():
        bad = [text for text, good in zip(texts, np.isfinite(numbers)) if not good][:3]
        raise ValueError(
            f'{where}: coordinates that are not finite: {bad}; leave out images without landmarks'
        )
    return numbers


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
