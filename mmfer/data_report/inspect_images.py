"""Open every image once and note what it is."""

import hashlib
import os
import stat
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from PIL import Image

from ..utils.image_size import MAX_PIXELS, check_pixels
from ..utils.images import why_undecodable
from ..utils.progress import Advance, no_progress
from ..utils.threads import in_threads

ROW = dict(status='U10', width='i4', height='i4', mode='U8', bytes='i8', blank='?', content='S64')


class Inspection(NamedTuple):
    """``table`` (N,) of N files has the fields ``status`` ('ok', 'missing' or 'unreadable'),
    ``width``, ``height`` (pixels), ``mode`` (Pillow's: 'L' grey, 'RGB', ...), ``bytes`` (of the
    file), ``blank`` (all pixels are equal) and ``content`` (SHA-256 of mode, size and decoded
    pixels, hexadecimal). ``errors``: why a row is unreadable. ``places``: path to row."""

    table: np.ndarray
    errors: dict[int, str]
    places: dict[str, int]

    def rows(self, paths: Sequence[str]) -> np.ndarray:
        """The rows of some of the files, int64."""
        return np.array([self.places[path] for path in paths], dtype=np.int64)


def inspect_images(
    paths: Sequence[str], *, workers: int = 1, progress: Advance = no_progress
) -> Inspection:
    """Decode every image wholly, by Pillow and as training does: one that is cut off in the middle
    is unreadable, and so is one that training cannot load.

    ``workers`` are threads, 1 or more: decoding and hashing leave the interpreter to the others, so
    that they are as fast here as processes, and need not import anything first.
    """
    if workers < 1:
        raise ValueError(f'workers must be 1 or more, not {workers}')
    found: list[tuple] = []
    for chunk in in_threads(_inspect, paths, workers, size=64):
        found += chunk
        progress(len(found), len(paths))
    return Inspection(
        np.array([row for row, _ in found], dtype=list(ROW.items())),
        {number: error for number, (_, error) in enumerate(found) if error},
        {path: number for number, path in enumerate(paths)},
    )


def _inspect(path: str) -> tuple[tuple, str]:
    """One row of the table, and why the file is unreadable, or ''."""
    size = 0
    try:
        found = os.stat(path)
        if not stat.S_ISREG(found.st_mode):  # opening a pipe may wait for ever
            return ('unreadable', 0, 0, '', 0, False, b''), 'no regular file'
        size = found.st_size
        check_pixels(path, MAX_PIXELS)
        with Image.open(path) as image:
            image.load()
            with open(path, 'rb') as file:
                if reason := why_undecodable(file.read()):
                    raise ValueError(reason)
            # The numbers of a palette mean nothing without it.
            shown = image.convert('RGBA') if image.mode in ('P', 'PA') else image
            content = hashlib.sha256(f'{shown.mode} {shown.size} '.encode())
            content.update(shown.tobytes())
            ranges = np.reshape(shown.getextrema(), (-1, 2))
            blank = bool((ranges[:, 0] == ranges[:, 1]).all())
            return ('ok', *image.size, image.mode, size, blank, content.hexdigest().encode()), ''
    except (FileNotFoundError, NotADirectoryError):
        return ('missing', 0, 0, '', 0, False, b''), ''
    except Exception as error:  # decoders raise all kinds, and the other files are to be seen
        return ('unreadable', 0, 0, '', size, False, b''), f'{type(error).__name__}: {error}'
