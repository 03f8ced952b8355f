"""Landmarks that somebody else has found, read from files."""

import os
import os.path as osp
from collections.abc import Sequence
from itertools import takewhile
from pathlib import PurePath

import numpy as np

from ..utils.image_size import read_size
from .landmark_checks import INSIST, Points, check_points, outside_box
from .landmark_rows import ListedFace, Reader, read_folder, read_table
from .text import need_file

_LOOKED_UP, _MEASURED = 2000, 200  # images, faces
_MANY = 5  # faces that do not all lie in one corner by chance


class LandmarkTable:
    """Points by image, from a table or a folder of one file an image.

    - A table with a header: a column of paths, and x and y of 5 points (left eye, right eye, nose
      tip, left and right mouth corner of the picture), 68 (iBUG 300-W) or 98 (WFLW), by number in
      any order of columns (``x1, y1, ...``; ``x_0, ..., y_0, ...`` of OpenFace), in one field of
      ``landmarks``, or 5 by name (``left_eye_x``, ``nose_y``, ...). Whose left a name means, the
      picture's or the person's, the points themselves tell.
    - A table without one, or with other words: ``file, x0, y0, x1, y1, ...``, in this order.
    - AffectNet's original CSV, with or without its header: the 68 points of facial_landmarks. A row
      where that is empty is passed over, as one where OpenFace had no ``success``.
    - RAF-DB's folder ``Annotation/manual`` of ``train_00001_manu_attri.txt``: five lines ``x y`` in
      each, for ``train_00001`` with any ending. OpenFace's folder of ``train_00001.csv``, too.

    Points are pixels; where they all lie in 0 to 1, shares of the picture's width and height. They
    have to be those of faces, see :mod:`.landmark_checks`. An image with several faces has several
    rows.

    Args:
        as_listed: True takes the points as they stand, whether they look like faces or not.

    Raises:
        FileNotFoundError: where there is neither.
        ValueError: on a row or file that is none of these, a coordinate that is not finite, or
            points that are not those of faces.
    """

    def __init__(self, path: str | os.PathLike, as_listed: bool = False):
        path = os.fspath(path)
        fix = "give a CSV (file, x0, y0, ...) or RAF-DB's folder Annotation/manual"
        need_file(path, 'landmarks', fix, osp.exists)
        self.path, self.as_listed = path, as_listed
        reader = Reader()
        faces = list(read_folder(path, reader) if osp.isdir(path) else read_table(path, reader))
        if not faces:
            raise ValueError(f'{path!r} has no landmarks')
        boxes = [face.listed_box for face in faces]
        points = Points(
            path,
            np.stack([face.points for face in faces]),
            np.array(reader.eyes),
            [face.where for face in faces],
            reader.listed,
            reader.named,
            None if any(box is None for box in boxes) else np.stack(boxes),
        )
        five, self.shares, faults = check_points(points, as_listed)
        self._by_name: dict[str, list[ListedFace]] = {}
        for face, points, fault in zip(faces, five, faults):
            face = face._replace(points=points, fault=fault)
            self._by_name.setdefault(face.parts[-1], []).append(face)
        reader.tell(path, len(faces), self.shares)

    def find(
        self,
        image: str | os.PathLike,
        root: str | os.PathLike | None = None,
        size: Sequence[int] | None = None,
    ) -> list[ListedFace]:
        """The faces listed for an image; [] where it is not listed.

        Args:
            size: the picture's width and height, pixels; needed where the points are shares of
                them, and to see whether they lie inside.

        A row is the image's where the shorter of its path and the image's below ``root`` (by
        default its own folder, so that its name has to agree) agrees with the end of the other; the
        row that agrees furthest is taken, and different ones that fit equally well raise a
        ValueError, as do points that are not those of a face in the picture.
        """
        faces = self._listed(image, root)
        if fault := next((face.fault for face in faces if face.fault), ''):
            raise ValueError(fault)
        if faces and self.shares:
            if size is None:
                raise ValueError(
                    f'{faces[0].where}: the points are shares of the width and height; give the '
                    "picture's size=(width, height)"
                )
            scale = np.array(size, dtype=np.float64)
            faces = [
                face._replace(box=face.box * np.tile(scale, 2), points=face.points * scale)
                for face in faces
            ]
        if size is not None and not self.as_listed:
            for face in faces:
                _check_inside(face, size, self.shares)
        return faces

    def check_pictures(
        self, images: Sequence[str | os.PathLike], root: str | os.PathLike | None = None
    ) -> None:
        """Hold the points against the sizes of the pictures, by the headers of some 200 of them.

        Raises:
            ValueError: where most faces lie outside, or all in the upper left ninth: points of
                another size of the pictures, or of another crop.
        """
        if self.as_listed:
            return
        outside, corner, seen, first = 0, 0, 0, None
        for image in images[:: max(len(images) // _LOOKED_UP, 1)]:
            if seen >= _MEASURED:
                break
            try:
                faces = self._listed(image, root)
                size = read_size(os.fspath(image)) if faces else None
            except Exception:  # of this image alone: its own turn tells
                continue
            if size is None or not all(size):
                continue
            for points in [face.points for face in faces if not face.fault]:
                points = points if self.shares else (points + 0.5) / size
                turned = points * size / size[::-1]  # as a camera's mark may turn the picture
                away = not (_inside(points) or _inside(turned))
                first = first if first or not away else (image, size)
                outside, seen = outside + away, seen + 1
                corner += bool(points.max() < 1 / 3)
        advice = f'are they of another size or crop of these pictures? {INSIST}'
        if 2 * outside > seen:
            raise ValueError(
                f'{self.path}: the points of {outside} of {seen} faces lie outside of their '
                f'pictures, the first: {first[0]} of {first[1][0]} x {first[1][1]} pixels; {advice}'
            )
        if corner == seen >= _MANY:
            raise ValueError(
                f'{self.path}: all of {seen} faces lie in the upper left ninth of their pictures; '
                f'{advice}'
            )

    def _listed(self, image: str | os.PathLike, root: str | os.PathLike | None) -> list[ListedFace]:
        """The faces as they are in the table."""
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


def _inside(points: np.ndarray) -> bool:
    """Whether two of a face's points or more lie in the picture, (5, 2) shares of its sides."""
    return ((points >= 0) & (points <= 1)).all(axis=1).sum() > 1


def _check_inside(face: ListedFace, size: Sequence[int], shares: bool) -> None:
    """ValueError where a face is not in the picture, or its shares not in the file's box."""
    shown = np.round(face.points, 1).tolist()
    picture = f'the picture of {size[0]} x {size[1]} pixels'
    if not _inside((face.points + 0.5) / size):
        raise ValueError(
            f'{face.where}: fewer than two of the points {shown} lie in {picture}; give those of '
            f'this picture, not of another size or crop of it; {INSIST}'
        )
    box = face.listed_box
    if shares and box is not None and box.max() > 2:
        if outside_box(face.points[None], box[None])[0]:
            raise ValueError(
                f'{face.where}: as shares of {picture}, the points {shown} lie outside of the box '
                f'{box.tolist()} (x, y, width, height); give shares of the whole picture, or pixels'
            )
