"""Whether a report is still that of the files on the disk."""

import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from .splits import Split

FORMAT = 2  # raise it when the same files give another report
CHUNK = 1024
STATE = 'data_report_state.json'


def state_of(splits: Sequence[Split], options: dict[str, Any]) -> str:
    """A hash of what the report depends on: the rows of the lists, and the names, sizes and times
    of the images. No image is opened."""
    digest = hashlib.sha256(json.dumps([FORMAT, options], sort_keys=True).encode())
    with ThreadPoolExecutor(8) as pool:  # the disk may be far away
        for split in splits:
            rows = (split.name, split.absent, split.left_out, tuple(split.classes), split.published)
            digest.update(repr(rows).encode())
            digest.update(split.labels.tobytes())
            for values in (split.votes, split.boxes):
                digest.update(b'-' if values is None else values.tobytes())
            chunks = (split.paths[i : i + CHUNK] for i in range(0, len(split.paths), CHUNK))
            for stamps in pool.map(_stamps, chunks):
                digest.update(stamps)
    return digest.hexdigest()


def is_current(folder: Path, stamp: str) -> bool:
    """Whether ``folder`` holds the complete report of this fingerprint."""
    try:
        state = json.loads((folder / STATE).read_text())
        return state['fingerprint'] == stamp and all(
            (folder / name).is_file() for name in state['files']
        )
    except (FileNotFoundError, ValueError, KeyError):
        return False


def start(folder: Path) -> None:
    """Make the folder, and take away what earlier runs wrote into it."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        files: list[str] = json.loads((folder / STATE).read_text())['files']
    except (FileNotFoundError, ValueError, KeyError):
        files = []
    (folder / STATE).unlink(missing_ok=True)
    for name in files:
        if Path(name).name == name:
            (folder / name).unlink(missing_ok=True)


def finish(folder: Path, stamp: str, files: Iterable[str]) -> None:
    """Say that the report is complete; the last thing that is written."""
    state = dict(fingerprint=stamp, files=sorted(files))
    (folder / STATE).write_text(json.dumps(state, indent=2) + '\n')


def _stamps(paths: Sequence[str]) -> bytes:
    return ''.join(f'{path}\0{_stamp(path)}\0' for path in paths).encode('utf-8', 'surrogateescape')


def _stamp(path: str) -> str:
    try:
        found = os.stat(path)
        return f'{found.st_size} {found.st_mtime_ns}'
    except OSError:
        return 'missing'
