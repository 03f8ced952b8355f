"""Whether a report is still that of the files on the disk."""

import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from .inspect_images import in_threads
from .splits import Split

FORMAT = 4  # raise it when the same files give another report
STATE = 'data_report_state.json'


def state_of(splits: Sequence[Split], options: dict[str, Any]) -> str:
    """A hash of what the report depends on: the rows of the lists, and the names, sizes and times
    of the images. No image is opened."""
    digest = hashlib.sha256(json.dumps([FORMAT, options], sort_keys=True).encode())
    for split in splits:
        said = (split.name, split.classes, split.absent, split.left_out, split.published)
        said += (split.unread,)
        arrays = [split.labels, split.votes, split.boxes]
        taught = [None if array is None else array.tobytes() for array in arrays]
        digest.update(repr((*said, *taught)).encode())
        for stamps in in_threads(_stamp, split.paths, workers=8, size=1024):  # a disk far away
            digest.update(repr(stamps).encode())
    return digest.hexdigest()


def is_current(folder: Path, stamp: str) -> bool:
    """Whether ``folder`` holds the complete report of this fingerprint."""
    fingerprint, files = _read(folder)
    return fingerprint == stamp and all((folder / name).is_file() for name in files)


def start(folder: Path) -> None:
    """Make the folder, and take away what earlier runs wrote into it."""
    folder.mkdir(parents=True, exist_ok=True)
    _, files = _read(folder)
    for name in [STATE, *files]:
        if Path(name).name == name:
            (folder / name).unlink(missing_ok=True)


def finish(folder: Path, stamp: str, files: Iterable[str]) -> None:
    """Say that the report is complete; the last thing that is written."""
    state = dict(fingerprint=stamp, files=sorted(files))
    (folder / STATE).write_text(json.dumps(state, indent=2) + '\n')


def _read(folder: Path) -> tuple[str, list[str]]:
    """What :func:`finish` wrote, if it did."""
    try:
        state = json.loads((folder / STATE).read_text())
        return str(state['fingerprint']), [str(name) for name in state['files']]
    except (FileNotFoundError, ValueError, KeyError, TypeError, RecursionError):
        return '', []  # the report is made anew


def _stamp(path: str) -> tuple[str, ...]:
    try:
        found = os.stat(path)
    except OSError:
        return path, 'missing'
    return path, f'{found.st_size} {found.st_mtime_ns}'
