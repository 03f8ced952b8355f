"""Files and folders that are written whole or not at all."""

import contextlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

SUFFIX = '.mmfer-tmp'  # of nobody else's files: they may be removed
UNFINISHED = '.unfinished'  # of folders


def write_whole(path: str | Path, data: bytes | str) -> None:
    """Put ``data`` at ``path`` in one step; text as UTF-8.

    A process killed at any moment, or a full disk, leaves the old file, or none where there was
    none. The bytes are on the disk before the name points to them, so a machine that loses power
    leaves no empty file either. The file's mode follows the umask.

    Raises:
        OSError: The disk is full, or the folder is missing or may not be written to. The old file
            is as it was.
    """
    path = Path(path)
    # with the process's number: two runs in one folder by mistake must not write into one temporary
    # file
    temporary = path.with_name(f'{path.name}.{os.getpid()}{SUFFIX}')
    try:
        with open(temporary, 'wb') as file:
            file.write(data.encode() if isinstance(data, str) else data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def write_json(path: str | Path, content: object) -> None:
    """Write a JSON file in one step; raises as :func:`write_whole`."""
    write_whole(path, json.dumps(content, indent=1) + '\n')


def read_json(path: str | Path) -> object:
    """What a JSON file holds.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: It is no JSON; names it.
    """
    try:
        return json.loads(Path(path).read_text(encoding='utf-8'))
    except (ValueError, RecursionError) as error:
        why = f'{type(error).__name__}: {error}'
        raise ValueError(f'{path} is no JSON ({why}): it was cut or edited') from error


def remove_leftovers(folder: str | Path) -> list[str]:
    """Remove what killed writes left in a folder; returns the names.

    Those of the last hour whose process lives stay: it is writing.
    """
    found = [path for path in sorted(Path(folder).glob(f'*{SUFFIX}')) if not _is_written(path)]
    for path in found:
        path.unlink(missing_ok=True)
    return [path.name for path in found]


def _is_written(path: Path) -> bool:
    """Whether another process of this machine may be at a temporary file."""
    process = path.name.removesuffix(SUFFIX).rpartition('.')[2]
    # an old one's number may be another's by now, above all in a container
    young = path.stat().st_mtime > time.time() - 3600
    if young and process.isdecimal() and int(process) != os.getpid():
        try:
            os.kill(int(process), 0)
            return True
        except PermissionError:
            return True
        except (OSError, OverflowError):
            pass  # there is none
    return False


def _sync_folder(folder: Path) -> None:
    """The new name on the disk as well. Some network file systems, and Windows, cannot; the file is
    whole there all the same."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextlib.contextmanager
def staging(target: Path) -> Iterator[Path]:
    """A new folder beside ``target``, on the same disk, that goes away with the block. What is
    complete is moved out of it by :func:`move_into_place`; only a killed process leaves the folder
    behind, under a name that no reader looks for."""
    target.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(UNFINISHED, f'.{target.name}.', target.parent))
    try:
        # mkdtemp's own folder is readable by its owner alone; what is moved should not be.
        content = folder / 'content'
        content.mkdir()
        yield content
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def move_into_place(source: Path, target: Path) -> None:
    """Rename a folder onto a target that does not exist or is an empty folder."""
    if target.is_dir():
        target.rmdir()
    source.rename(target)


def is_filled(folder: Path) -> bool:
    """Whether there is something in a folder."""
    return folder.is_dir() and any(folder.iterdir())


def leftovers(root: Path) -> list[Path]:
    """What killed runs left beside a data set's folder, in it, or in a folder of it."""
    inside = (path for pattern in ('.*', '*/.*') for path in root.glob(f'{pattern}{UNFINISHED}'))
    return sorted([*root.parent.glob(f'.{root.name}.*{UNFINISHED}'), *inside])
