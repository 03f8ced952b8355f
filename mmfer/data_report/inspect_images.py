"""Open every image once and note what it is."""

import hashlib
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import NamedTuple

import numpy as np
from PIL import Image

from ..utils.progress import Advance, no_progress

CHUNK = 64
ROW = np.dtype(
    [
        ('status', 'U10'),
        ('width', 'i4'),
        ('height', 'i4'),
        ('mode', 'U8'),
        ('bytes', 'i8'),
        ('blank', '?'),
        ('content', 'S64'),
    ]
)


class Inspection(NamedTuple):
    """What N files are.

    ``table`` (N,) has the fields ``status`` ('ok', 'missing' or 'unreadable'), ``width``,
    ``height`` (pixels), ``mode`` (Pillow's: 'L' grey, 'RGB', ...), ``bytes`` (of the file),
    ``blank`` (all pixels are equal) and ``content`` (SHA-256 of mode, size and decoded pixels,
    hexadecimal). ``errors`` tells why a row is unreadable.
    """

    table: np.ndarray
    errors: dict[int, str]


def inspect_images(
    paths: Sequence[str], *, workers: int = 1, progress: Advance = no_progress
) -> Inspection:
    """Decode every image wholly: one that is cut off in the middle is unreadable.

    Args:
        workers: threads. Decoding and hashing leave the interpreter to the others, so that threads
            are as fast here as processes, and need not import anything first.
        progress: gets the number of images looked at, and of how many.

    Raises:
        ValueError: fewer than one worker.
    """
    if workers < 1:
        raise ValueError(f'workers must be 1 or more, not {workers}')
    table = np.zeros(len(paths), dtype=ROW)
    errors: dict[int, str] = {}
    with ThreadPoolExecutor(workers) as pool:
        done = 0
        for rows in _in_order(pool, _chunks(paths), ahead=4 * workers):
            for row, error in rows:
                table[done] = row
                if error:
                    errors[done] = error
                done += 1
            progress(done, len(paths))
    return Inspection(table, errors)


def inspect_image(path: str) -> tuple[tuple, str]:
    """One row of the table, and what is wrong with the file ('' where nothing is)."""
    try:
        size = os.stat(path).st_size
    except (FileNotFoundError, NotADirectoryError):
        return ('missing', 0, 0, '', 0, False, b''), ''
    except OSError as error:
        return ('unreadable', 0, 0, '', 0, False, b''), f'{type(error).__name__}: {error}'
    try:
        with Image.open(path) as image:
            image.load()
            # The numbers of a palette mean nothing without it.
            shown = image.convert('RGBA') if image.mode in ('P', 'PA') else image
            content = hashlib.sha256(f'{shown.mode} {shown.size} '.encode())
            content.update(shown.tobytes())
            blank = _is_blank(shown)
            return ('ok', *image.size, image.mode, size, blank, content.hexdigest().encode()), ''
    except Exception as error:  # decoders raise all kinds, and the other files are to be seen
        return ('unreadable', 0, 0, '', size, False, b''), f'{type(error).__name__}: {error}'


def _is_blank(image: Image.Image) -> bool:
    ranges = image.getextrema()
    ranges = ranges if isinstance(ranges[0], tuple) else (ranges,)
    return all(low == high for low, high in ranges)


def _chunks(paths: Sequence[str]) -> Iterator[Sequence[str]]:
    return (paths[i : i + CHUNK] for i in range(0, len(paths), CHUNK))


def _inspect_chunk(paths: Sequence[str]) -> list[tuple[tuple, str]]:
    return [inspect_image(path) for path in paths]


def _in_order(
    pool: ThreadPoolExecutor, chunks: Iterator[Sequence[str]], ahead: int
) -> Iterator[list]:
    """Results in the order of the files, with a few chunks under way and not all of them: an
    interruption need not wait for 290 000 images."""
    waiting = [pool.submit(_inspect_chunk, chunk) for chunk in islice(chunks, ahead)]
    try:
        while waiting:
            yield waiting.pop(0).result()
            waiting += [pool.submit(_inspect_chunk, chunk) for chunk in islice(chunks, 1)]
    finally:
        for future in waiting:
            future.cancel()
