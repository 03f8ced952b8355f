"""Unpacking of archives that came from elsewhere: nothing outside the target, nothing endless."""

import gzip
import lzma
import stat
import tarfile
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import IO, NamedTuple

from ..utils.progress import Advance, no_progress
from .staging import is_filled, move_into_place, staging

GIB = 1 << 30
TAR_ENDINGS = ('.tar', '.tar.gz', '.tgz')
ENDINGS = ('.zip', *TAR_ENDINGS)
# A small archive of text may well grow a thousandfold.
SMALL = 64 << 20
DAMAGED = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    gzip.BadGzipFile,
    NotImplementedError,
)


class Limits(NamedTuple):
    """What an archive may grow to. Bytes are counted as they are written, whatever the archive's
    own tables say.

    ``max_ratio``: unpacked bytes over the archive's bytes, from 64 MiB on.
    """

    max_bytes: int = 64 * GIB
    max_member_bytes: int = 4 * GIB
    max_files: int = 2_000_000
    max_ratio: int = 100


class Member(NamedTuple):
    """One entry of an archive. ``problem`` says why it cannot be unpacked, or is empty."""

    name: str
    is_folder: bool
    problem: str
    open: Callable[[], IO[bytes]]
    done: int  # bytes of the archive up to here, for the progress bar


def unpack(
    archive: str | Path,
    target: str | Path,
    *,
    limits: Limits = Limits(),
    inner: Callable[[Path], Path] | None = None,
    progress: Advance = no_progress,
) -> str:
    """Unpack a .zip, .tar, .tar.gz or .tgz into a folder, wholly or not at all.

    The files are written into a new folder beside the target, which is renamed at the end.

    Args:
        target: a folder that does not exist or is empty; one that holds something is left alone.
        inner: gets the folder that holds everything and returns the one that becomes the target;
            without it, that is everything.
        progress: gets the bytes of the archive read so far, and of how many.

    Returns:
        'unpacked' or 'reused'.

    Raises:
        FileNotFoundError: no such archive.
        ValueError: no archive of these kinds, a damaged or encrypted one, one above the limits, or
            a member that is refused: an absolute name or one with '..' or ':', a link or a device,
            or a name that another member has, upper and lower case being the same. Names the
            archive, the member and the limit.
    """
    archive, target = Path(archive), Path(target)
    if not archive.is_file():
        raise FileNotFoundError(f'no archive at {str(archive)!r}')
    if is_filled(target):
        return 'reused'
    with staging(target) as content:
        try:
            _write_all(archive, content, limits, progress)
        except DAMAGED as error:
            raise ValueError(
                f'{archive} is damaged or not of the kind its name says: {error}'
            ) from error
        move_into_place(inner(content) if inner else content, target)
    return 'unpacked'


def member_parts(name: str) -> tuple[str, ...]:
    """The folders and the file of a member's name.

    Raises:
        ValueError: the name leads, or may lead, elsewhere.

    >>> member_parts('FER2013Train/./fer0000000.png')
    ('FER2013Train', 'fer0000000.png')
    """
    # Some archives of Windows separate with it; elsewhere it would hide a '..'.
    plain = name.replace('\\', '/')
    parts = tuple(part for part in plain.split('/') if part not in ('', '.'))
    if plain.startswith('/'):
        raise ValueError('its name is absolute')
    if '..' in parts:
        raise ValueError("its name leads outside, by '..'")
    if ':' in plain or any(ord(letter) < 32 for letter in plain):
        raise ValueError('its name has a drive letter, a colon or a control character')
    if not parts:
        raise ValueError('it has no name')
    return parts


def _write_all(archive: Path, content: Path, limits: Limits, progress: Advance) -> None:
    packed = archive.stat().st_size
    allowed = min(limits.max_bytes, max(SMALL, limits.max_ratio * packed))
    names = _Names()
    written = 0
    for number, member in enumerate(_members(archive, allowed), 1):
        refuse = partial(_refuse, archive, member.name)
        if number > limits.max_files:
            refuse(f'there are more than {limits.max_files} members (max_files)')
        try:
            parts = member_parts(member.name)
            if _is_litter(parts):
                continue
            if member.problem:
                raise ValueError(member.problem)
            names.add(parts, member.is_folder)
        except ValueError as error:
            refuse(str(error))
        path = content.joinpath(*parts)
        if member.is_folder:
            path.mkdir(parents=True, exist_ok=True)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        of_member = 0
        with member.open() as source, open(path, 'xb') as file:
            while block := source.read(1 << 18):
                of_member += len(block)
                written += len(block)
                if of_member > limits.max_member_bytes:
                    refuse(f'it grows beyond {limits.max_member_bytes} bytes (max_member_bytes)')
                if written > allowed:
                    refuse(_above(allowed, limits, packed))
                file.write(block)
        progress(min(member.done, packed), packed)


def _members(archive: Path, allowed: int) -> Iterator[Member]:
    name = archive.name.lower()
    if name.endswith('.zip'):
        return _zip_members(archive, allowed)
    if name.endswith(TAR_ENDINGS):
        return _tar_members(archive)
    raise ValueError(f'{archive} is none of {ENDINGS}; unpack it by hand and give the folder')


def _zip_members(archive: Path, allowed: int) -> Iterator[Member]:
    done = 0
    with zipfile.ZipFile(archive) as file:
        said = sum(info.file_size for info in file.infolist())
        if said > allowed:  # before a byte is written, where the archive itself says so
            raise ValueError(
                f'{archive} holds {said} bytes by its own table; allowed are {allowed} (max_bytes, '
                'or max_ratio times the archive)'
            )
        for info in file.infolist():
            kind = stat.S_IFMT(info.external_attr >> 16)
            problem = ''
            if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
                problem = 'it is a link or a device'
            elif info.flag_bits & 1:
                problem = 'it is encrypted; unpack the archive by hand with its password'
            done += info.compress_size
            yield Member(info.filename, info.is_dir(), problem, partial(file.open, info), done)


def _tar_members(archive: Path) -> Iterator[Member]:
    with open(archive, 'rb') as raw, tarfile.open(fileobj=raw) as file:
        for info in file:
            problem = '' if info.isreg() or info.isdir() else 'it is a link or a device'
            yield Member(
                info.name, info.isdir(), problem, partial(file.extractfile, info), raw.tell()
            )


class _Names:
    """The names met so far, as a disk sees them that knows no upper and lower case."""

    def __init__(self) -> None:
        self.files: set = set()
        self.folders: dict[tuple, tuple] = {}

    def add(self, parts: tuple[str, ...], is_folder: bool) -> None:
        folded = tuple(unicodedata.normalize('NFC', part).casefold() for part in parts)
        for depth in range(1, len(parts) + is_folder):
            if (
                self.folders.setdefault(folded[:depth], parts[:depth]) != parts[:depth]
                or folded[:depth] in self.files
            ):
                raise ValueError(
                    f'a folder of it, {"/".join(parts[:depth])!r}, is also there as a file or in '
                    'another case'
                )
        if not is_folder:
            if folded in self.files or folded in self.folders:
                raise ValueError(
                    'another member has the same name, upper and lower case being the same on some '
                    'disks'
                )
            self.files.add(folded)


def _is_litter(parts: tuple[str, ...]) -> bool:
    """What macOS puts into every archive."""
    return parts[0] == '__MACOSX' or parts[-1] == '.DS_Store'


def _above(allowed: int, limits: Limits, packed: int) -> str:
    if allowed == limits.max_bytes:
        return f'with it the archive grows beyond {allowed} bytes (max_bytes)'
    return (
        f'with it the archive grows beyond {allowed} bytes, {limits.max_ratio} times its own '
        f'{packed} bytes (max_ratio, from {SMALL} bytes on)'
    )


def _refuse(archive: Path, member: str, reason: str) -> None:
    raise ValueError(f'{archive}, member {member[:200]!r}: {reason}; nothing was unpacked')
