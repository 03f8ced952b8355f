"""Folders that are there wholly or not at all."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SUFFIX = '.unfinished'


@contextmanager
def staging(target: Path) -> Iterator[Path]:
    """A new folder beside ``target``, on the same disk, that goes away with the block.

    What is complete is moved out of it by :func:`move_into_place`; an interrupted run then leaves
    nothing at the target. Only a killed process leaves the folder behind, under a name that no
    reader looks for.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(f'{SUFFIX}', f'.{target.name}.', target.parent))
    try:
        # mkdtemp's own folder is readable by its owner alone; what is moved should not be.
        content = folder / 'content'
        content.mkdir()
        yield content
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def move_into_place(source: Path, target: Path) -> None:
    """Rename a folder onto a target that does not exist or is an empty folder.

    Raises:
        OSError: the target holds something.
    """
    if target.is_dir():
        target.rmdir()
    source.rename(target)


def is_filled(folder: Path) -> bool:
    """Whether there is something in a folder."""
    return folder.is_dir() and any(folder.iterdir())


def leftovers(root: Path) -> list[Path]:
    """What killed runs left beside a data set's folder, in it, or in a folder of it."""
    inside = (path for pattern in ('.*', '*/.*') for path in root.glob(f'{pattern}{SUFFIX}'))
    return sorted([*root.parent.glob(f'.{root.name}.*{SUFFIX}'), *inside])
