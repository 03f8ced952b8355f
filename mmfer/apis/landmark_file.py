"""Landmarks that somebody else has found, read from files."""

import csv
import os
import os.path as osp
from pathlib import PurePath
from typing import Dict, Iterator, List, NamedTuple, Optional, Tuple, Union

import numpy as np

from mmfer.functional.align import reduce_landmarks

from .detection import DetectedFace

_MANUAL = '_manu_attri.txt'
# AffectNet's original CSVs: path, box (4), landmarks, expression, valence,
# arousal. The validation file has no header.
_AFFECTNET = ('subDirectory_filePath', 'facial_landmarks')
_AFFECTNET_COLUMNS = (0, 5)


class _Row(NamedTuple):
    parts: Tuple[str, ...]  # of the image's path, as the file has it
    points: np.ndarray  # (5, 2)
    box: np.ndarray  # of all landmarks
    where: str  # file and line, for messages


class LandmarkFile:
    """Points by image: a table, or RAF-DB's folder of annotations.

    - A CSV of ``file, x0, y0, x1, y1, ...`` with 5 points (left eye, right
      eye, nose tip, left and right mouth corner of the picture) or 68 (iBUG
      300-W), with or without a header. An image with several faces has
      several rows.
    - AffectNet's original CSV (``training.csv``, or ``validation.csv``, which
      has no header): the 68 points of its column facial_landmarks.
    - RAF-DB's folder ``Annotation/manual`` of ``train_00001_manu_attri.txt``:
      five lines ``x y`` in each, for ``train_00001`` with any ending.

    Args:
        path: the CSV or the folder.

    Raises:
        FileNotFoundError: where there is neither.
        ValueError: on a row or file that is none of these, with its place.
    """

    def __init__(self, path: Union[str, os.PathLike]):
        path = os.fspath(path)
        if osp.isdir(path):
            rows = _read_rafdb(path)
        elif osp.isfile(path):
            rows = _read_csv(path)
        else:
            raise FileNotFoundError(
                f'no landmarks at {path!r}; give a CSV (file, x0, y0, ...) or '
                "RAF-DB's folder Annotation/manual")
        self.path = path
        self._by_name: Dict[str, List[_Row]] = {}
        for row in rows:
            self._by_name.setdefault(row.parts[-1], []).append(row)
        if not self._by_name:
            raise ValueError(f'{path!r} has no landmarks')

    def find(self,
             image: Union[str, os.PathLike],
             root: Optional[Union[str, os.PathLike]] = None
             ) -> List[DetectedFace]:
        """The faces listed for an image; none where it is not listed.

        Paths are compared from their ends. A row is the image's where the
        shorter of the row's path and the image's path below ``root`` agrees
        with the end of the other; the row that agrees furthest is taken.

        Args:
            image: path of the image.
            root: the images' folder; by default the image's own, so that the
                name alone has to agree.

        Raises:
            ValueError: where different paths of the file fit equally well.
        """
        image = PurePath(image)
        below = image.relative_to(root) if root is not None \
            else PurePath(image.name)
        best: List[_Row] = []
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
                f'{str(image)!r} may be {best[0].where} or {others[0].where}; '
                'give a folder further up, so that their paths differ')
        return [DetectedFace(row.box, row.points, 1.) for row in best]


def _common_end(a: Tuple[str, ...], b: Tuple[str, ...]) -> int:
    count = 0
    for x, y in zip(reversed(a), reversed(b)):
        if x != y:
            break
        count += 1
    return count


def _read_rafdb(folder: str) -> Iterator[_Row]:
    names = [n for n in sorted(os.listdir(folder)) if n.endswith(_MANUAL)]
    if not names:
        raise ValueError(f"{folder!r} has no file *{_MANUAL}; RAF-DB's manual "
                         'landmarks are in Annotation/manual')
    for name in names:
        path = osp.join(folder, name)
        with open(path, encoding='utf-8-sig') as file:
            values = [v for line in file.readlines()[:5] for v in line.split()]
        yield _row(name[:-len(_MANUAL)], values, path, (5, ))


def _read_csv(path: str) -> Iterator[_Row]:
    with open(path, newline='', encoding='utf-8-sig') as file:
        columns = None
        for number, cells in enumerate(csv.reader(file), 1):
            cells = [cell.strip() for cell in cells]
            where = f'{path}, line {number}'
            if not any(cells):
                continue
            if number == 1 and set(_AFFECTNET) <= set(cells):
                columns = tuple(map(cells.index, _AFFECTNET))
                continue
            if number == 1 and len(cells) > 5 and ';' in cells[5]:
                columns = _AFFECTNET_COLUMNS
            if number == 1 and columns is None and len(cells) > 1 \
                    and not _is_number(cells[1]):
                continue
            if columns is None:
                yield _row(cells[0], cells[1:], where)
            elif len(cells) <= max(columns):
                raise ValueError(f'{where}: {len(cells)} columns; landmarks '
                                 f'are in column {columns[1] + 1}')
            else:
                yield _row(cells[columns[0]], cells[columns[1]].split(';'),
                           where, (68, ))


def _row(name: str, values: List[str], where: str,
         allowed: Tuple[int, ...] = (5, 68)) -> _Row:
    parts = PurePath(name.replace('\\', '/')).parts
    try:
        landmarks = np.array(values, dtype=np.float64)
    except ValueError:
        raise ValueError(f'{where}: coordinates that are no numbers: '
                         f'{[v for v in values if not _is_number(v)][:3]}'
                         ) from None
    if not parts or landmarks.size not in [2 * n for n in allowed]:
        raise ValueError(f'{where}: {landmarks.size} numbers for {name!r}; '
                         'expected a path and x, y of '
                         f'{" or ".join(map(str, allowed))} points')
    landmarks = landmarks.reshape(-1, 2)
    low = landmarks.min(axis=0)
    return _Row(parts, reduce_landmarks(landmarks),
                np.concatenate([low, landmarks.max(axis=0) - low]), where)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
