"""The faces of a folder of pictures, aligned and written as a folder of crops."""

import re
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np

from mmfer.utils.image_size import check_pixels
from mmfer.utils.images import read_image, write_image

from .alignment import align_faces
from .detection import DetectedFace, draw_faces

DONE = ('aligned', 'already there')
TILE = 128  # of the sheet, pixels
BLANK = np.full((TILE, TILE, 3), 255, np.uint8)


class Job(NamedTuple):
    """What is the same for all pictures."""

    root: Path
    out: Path
    source: dict[str, Any]  # where the points come from
    faces: str
    suffix: str
    settings: dict[str, Any]  # of `align_face`
    max_pixels: int | None

    def first_crop(self, path: Path) -> Path:
        """Where the crop of a picture's first face goes."""
        below = path.relative_to(self.root)
        # These hold too few colours for a crop.
        ending = f'{path.suffix}.png' if path.suffix.lower() in ('.gif', '.pbm') else path.suffix
        return self.out / below.with_name(f'{path.stem}{self.suffix}{ending}')


class Task(NamedTuple):
    path: Path
    shown: bool  # on the sheet: align it even if its crop is there
    listed: bool = False  # in the table of crops, by an earlier run


class Result(NamedTuple):
    path: Path
    status: str  # one of DONE, 'no face', 'unreadable', 'failed'
    reason: str = ''
    found: int = 0
    tiles: tuple[tuple[str, np.ndarray], ...] = ()  # for the sheet: captions, pictures
    crops: tuple[Path, ...] = ()  # that were written
    faces: tuple[DetectedFace, ...] = ()  # of these


def align_picture(job: Job, finder: Callable[..., list[DetectedFace]], task: Task) -> Result:
    """Align one picture's faces and write the crops; tells what went wrong.

    Args:
        finder: (image, path) -> faces.
    """
    path, first = task.path, job.first_crop(task.path)
    try:
        there = first.is_file() and first.stat().st_mtime >= path.stat().st_mtime
        there = there and task.listed
        if there and not task.shown:
            return Result(path, 'already there')
        check_pixels(str(path), job.max_pixels)
        image = read_image(path)
        if image is None:
            return Result(path, 'unreadable', 'not a picture that OpenCV reads')
        aligned = align_faces(image, partial(finder, path=path), job.faces, **job.settings)
        tiles = ()
        if task.shown:
            crop = ('', aligned.crops[0]) if aligned.crops else ('no face', BLANK)
            tiles = ((path.name, draw_faces(image, aligned.faces, TILE)), crop)
        if not aligned.crops:
            return Result(path, 'no face', 'no face', 0, tiles)
        if there:
            return Result(path, 'already there', '', aligned.found, tiles)
        names = [first, *(extra_crop(first, n) for n in range(2, len(aligned.crops) + 1))]
        # The first crop last: where it is, the picture is done.
        for name, crop in reversed([*zip(names, aligned.crops)]):
            write_image(name, crop)
        return Result(path, 'aligned', '', aligned.found, tiles, (*names,), (*aligned.faces,))
    except (OSError, ValueError, cv2.error) as error:
        return Result(path, 'failed', ' '.join(str(error).split()))


def extra_crop(first: Path, number: int) -> Path:
    """Where the crop of a picture's second face and so on goes."""
    return first.with_stem(f'{first.stem}_face{number}')


def check_names(job: Job, pictures: Sequence[Path]) -> str:
    """What to say where two pictures' crops would have one name; else ''."""
    makers: dict[Path, Path] = {}
    for path in pictures:
        other = makers.setdefault(job.first_crop(path), path)
        if other != path:
            return _clash(job, path, other)
    for first, path in makers.items() if job.faces == 'all' else ():
        extra = re.fullmatch('(.+)_face[0-9]+', first.stem)
        if extra and (other := makers.get(first.with_stem(extra[1]))):
            return _clash(job, path, other)
    return ''


def _clash(job: Job, path: Path, other: Path) -> str:
    name = below(job.first_crop(path), job.out)
    return f'{path} and {other} would have crops of the same name, {name}; rename one'


def below(path: Path, folder: Path) -> str:
    """A path from a folder on, with /."""
    return path.relative_to(folder).as_posix()
