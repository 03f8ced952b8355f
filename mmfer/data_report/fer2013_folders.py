"""FER2013's class folders from fer2013.csv, with its own labels."""

from collections import Counter
from pathlib import Path

from PIL import Image

from ..datasets.fer2013 import FER2013
from ..lists.layouts import find_below, layouts_in
from ..lists.text import parse_id
from ..utils.files import move_into_place, staging
from ..utils.progress import Advance, no_progress
from .fer2013_csv import read_fields, read_pixels

FOLDERS = dict(Training='train', PublicTest='valid', PrivateTest='test')


def write_fer2013_folders(root: str | Path, *, progress: Advance = no_progress) -> dict[str, str]:
    """Write ``train/anger/Training_0000000.png`` (the row's number) and so on from the table in
    ``root``, where no folders are there.

    Args:
        progress: gets the bytes read so far, and of how many.

    Returns:
        'written' with the counts, or 'reused' where the folders are there, by the table; {} without
        one.

    Raises:
        ValueError: A malformed row, by file and line; nothing is written.
    """
    root, classes = Path(root), FER2013.METAINFO['classes']
    found = {layout.name: layout for layout in layouts_in(str(root), 'FER2013')}
    if 'table' not in found:
        return {}
    table = next(
        root / path for sign in found['table'].signs for path in find_below(str(root), sign)
    )
    if 'folders' in found:
        return {str(table): 'reused'}
    counts, read, size = Counter(), 0, table.stat().st_size
    with staging(root / 'fer2013') as content:
        for usage in FOLDERS.values():
            for name in classes:
                (content / usage / name).mkdir(parents=True)
        rows = read_fields(table, 'emotion', 'pixels', 'Usage')
        for number, (where, emotion, pixels, usage) in enumerate(rows):
            label = parse_id(emotion)
            if label is None or not 0 <= label < len(classes):
                raise ValueError(
                    f'{where}: emotion {emotion!r} is no class id; allowed: 0 to '
                    f'{len(classes) - 1}, {classes}'
                )
            if usage not in FOLDERS:
                raise ValueError(f'{where}: Usage {usage!r} is unknown; allowed: {tuple(FOLDERS)}')
            path = content / FOLDERS[usage] / classes[label] / f'{usage}_{number:07d}.png'
            Image.fromarray(read_pixels(pixels, where)).save(path)
            counts[FOLDERS[usage]] += 1
            read += len(pixels) + len(usage) + 4
            progress(min(read, size), size)
        if not counts:
            raise ValueError(f'{table}: has no rows below a header; is it whole?')
        for usage in counts:
            move_into_place(content / usage, root / usage)
    return {str(table): f'written: {dict(counts)}'}
