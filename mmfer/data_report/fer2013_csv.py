"""FERPlus's folders of images from fer2013.csv, the table of pixels that Kaggle hands out."""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

import numpy as np
from PIL import Image

from ..datasets.ferplus import PARTS
from ..lists.tables import find_column, read_table
from ..lists.text import need_file
from ..utils.files import is_filled, move_into_place, staging, write_whole
from ..utils.progress import Advance, no_progress

SIDE = 48  # pixels
VOTES = 'fer2013new.csv'
FOLDERS = {usage: folder for folder, usage in PARTS.values()}
NAME = re.compile(r'[\w-]+\.png')
APART = 'they are not the two tables of one release'
PIXELS = re.compile('[0-9]{1,3}( +[0-9]{1,3})*')


def write_ferplus_folders(
    fer2013: str | Path, votes: str | Path, root: str | Path, *, progress: Advance = no_progress
) -> Counter:
    """Write ``FER2013Train|Valid|Test/fer0000000.png`` (48 x 48, grey) and fer2013new.csv.

    The two tables are joined by the number of the row: the number in an image's name drifts from
    it, by 85 at the end. A row without a name has no image. Of a name that comes twice the first
    row counts, as in the reader. A folder that is there already is left alone.

    No ``label.csv`` is written: its votes differ from fer2013new.csv's in about 1 600 rows and
    cannot be derived from them. Read with ``vote_file='fer2013new.csv'``.

    Args:
        fer2013: the table ``emotion,pixels,Usage``, columns in any order.
        progress: gets the bytes of ``fer2013`` read so far (to about 0.1 %), and of how many.

    Returns:
        Counts of rows: ``written``, ``empty name``, ``folder was there``, ``duplicate name``, of
        those ``other pixels``.

    Raises:
        FileNotFoundError, ValueError: a missing file; a malformed row, tables of different length,
            or rows whose Usage differs, by file and line.
    """
    fer2013, votes, root = Path(fer2013), Path(votes), Path(root)
    for path in (fer2013, votes):
        need_file(str(path), 'table', f'give both fer2013.csv and {VOTES}')
    counts = Counter()
    new = [folder for folder in FOLDERS.values() if not is_filled(root / folder)]
    if new:
        with staging(root / 'ferplus') as content:
            for folder in new:
                (content / folder).mkdir()
            counts = _write_images(fer2013, votes, content, new, progress)
            for folder in new:
                move_into_place(content / folder, root / folder)
    copy_votes(votes, root)
    return counts


def copy_votes(votes: str | Path, root: str | Path) -> str:
    """Put fer2013new.csv beside the folders; returns 'written' or 'reused', raises ValueError where
    another file of that name is there."""
    given, target = Path(votes).read_bytes(), Path(root, VOTES)
    if target.is_file():
        if target.read_bytes() != given:
            raise ValueError(f'{target} is there and differs from {votes}; move one of them away')
        return 'reused'
    target.parent.mkdir(parents=True, exist_ok=True)
    write_whole(target, given)
    return 'written'


def _write_images(
    fer2013: Path, votes: Path, content: Path, new: list[str], progress: Advance
) -> Counter:
    counts, first = Counter(), {}
    read, size = 0, fer2013.stat().st_size
    for where, usage, pixels, name in _joined(fer2013, votes):
        read += len(pixels) + len(usage) + 4  # an emotion, two commas, a line end
        if not name:
            counts['empty name'] += 1
            continue
        folder, image = FOLDERS[usage], read_pixels(pixels, where)
        if (folder, name) in first:
            counts['duplicate name'] += 1
            counts['other pixels'] += first[folder, name] != image.tobytes()
            continue
        first[folder, name] = image.tobytes()
        if folder not in new:
            counts['folder was there'] += 1
            continue
        Image.fromarray(image).save(content / folder / name)
        counts['written'] += 1
        progress(min(read, size), size)
    return counts


def _joined(fer2013: Path, votes: Path) -> Iterator[tuple[str, str, str, str]]:
    """Where each row stands, its usage, pixels and name."""
    one, other = read_fields(fer2013, 'Usage', 'pixels'), read_fields(votes, 'Usage', 'Image name')
    for number, (row, named) in enumerate(zip_longest(one, other), 1):
        if row is None or named is None:
            short, long = (fer2013, votes) if row is None else (votes, fer2013)
            apart = f'{APART} (both have 35 887 rows)'
            raise ValueError(f'{short} ends before row {number}, {long} does not; {apart}')
        (where, usage, pixels), (vote_where, vote_usage, name) = row, named
        if usage != vote_usage:
            raise ValueError(
                f'{where}: Usage {usage!r}, but {vote_usage!r} in {vote_where}; {APART}'
            )
        if usage not in FOLDERS:
            raise ValueError(f'{where}: Usage {usage!r} is unknown; allowed: {tuple(FOLDERS)}')
        if name and not NAME.fullmatch(name):
            raise ValueError(f'{vote_where}: {name!r} is no name of a .png')
        yield where, usage, pixels, name


def read_pixels(pixels: str, where: str) -> np.ndarray:
    """(48, 48) uint8 of a field; ValueError where it is none."""
    values = np.array(pixels.split() if PIXELS.fullmatch(pixels) else [], dtype=np.int64)
    if values.size != SIDE * SIDE or values.max() > 255:
        found = f'{values.size} numbers: {pixels[:40]!r} ...'
        raise ValueError(f'{where}: pixels are not {SIDE * SIDE} numbers of 0 to 255, but {found}')
    return values.astype(np.uint8).reshape(SIDE, SIDE)


def read_fields(path: Path, *names: str) -> Iterator[tuple[str, ...]]:
    """Where a row stands, and its fields of these columns."""
    where, header, rows = read_table(str(path))
    places = [find_column(header, (name.lower(),), where) for name in names]
    for line, row in rows:
        yield f'{path}, line {line}', *(row[place] for place in places)
