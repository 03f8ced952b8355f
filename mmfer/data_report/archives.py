"""A data set's folders from its archives: there wholly or not at all, and nothing outside them."""

import errno
import stat
import tarfile
import unicodedata
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from ..datasets.ferplus import PARTS
from ..lists.layouts import layouts_in
from ..utils.files import is_filled, move_into_place, staging
from ..utils.image_folders import is_litter
from ..utils.progress import Advance, no_progress

ARCHIVE_ENDINGS = ('.zip', '.tar', '.tar.gz', '.tgz')
NOT_IN_NAMES = {':', *map(chr, range(32))}
SMALL = 64 << 20  # bytes: a small archive of text may well grow a thousandfold


class Limits(NamedTuple):
    """What an archive may grow to. ``max_ratio``: unpacked bytes over the archive's bytes, from 64
    MiB on."""

    max_bytes: int = 64 << 30
    max_member_bytes: int = 4 << 30
    max_files: int = 2_000_000
    max_ratio: int = 100


def unpack(
    archive: str | Path,
    target: str | Path,
    *,
    limits: Limits = Limits(),
    inner: Callable[[Path], Path] = lambda content: content,
    progress: Advance = no_progress,
) -> str:
    """Unpack a .zip, .tar, .tar.gz or .tgz into a folder, wholly or not at all: 'unpacked', or
    'reused' where the folder holds something, which is left alone.

    All members are checked before the first is written. The files are written into a new folder
    beside the target, which is renamed at the end.

    Args:
        inner: gets the folder that holds everything and returns the one that becomes the target.
        progress: gets the bytes of the archive read so far, and of how many.

    Raises:
        FileNotFoundError, ValueError: no archive, or none of these kinds; a damaged or encrypted
            one, one above the limits, or a member that is refused: an absolute name or one with
            '..' or ':', a link or a device, or a name that another member has in any case.
    """
    archive, target = Path(archive), Path(target)
    if not archive.is_file():
        raise FileNotFoundError(f'no archive at {str(archive)!r}')
    if is_filled(target):
        return 'reused'
    if not archive.name.lower().endswith(ARCHIVE_ENDINGS):
        fix = 'unpack it by hand and give the folder'
        raise ValueError(f'{archive} is none of {ARCHIVE_ENDINGS}; {fix}')
    with staging(target) as content:
        try:
            _extract(archive, content, limits, progress)
        except Exception as error:  # the libraries raise all kinds on damaged archives
            ours = isinstance(error, ValueError) and str(error).startswith(str(archive))
            of_disk = isinstance(error, OSError) and error.errno not in (None, errno.EINVAL)
            if ours or of_disk:
                raise
            why = str(error) or type(error).__name__
            raise ValueError(f'{archive} is damaged or not what its name says: {why}') from error
        move_into_place(inner(content), target)
    return 'unpacked'


def _extract(archive: Path, content: Path, limits: Limits, progress: Advance) -> None:
    packed, zipped = archive.stat().st_size, archive.name.lower().endswith('.zip')
    with (
        open(archive, 'rb') as raw,
        zipfile.ZipFile(raw) if zipped else tarfile.open(fileobj=raw) as file,
    ):
        if not zipped:  # older releases of Python have no filters; _checked refuses more than this
            file.extraction_filter = getattr(tarfile, 'data_filter', None)
        infos = file.infolist() if zipped else file
        for info, name, is_folder in _checked(archive, infos, limits, packed):
            if is_folder:
                (content / name).mkdir(parents=True, exist_ok=True)
                continue
            if zipped:
                info.filename = name
                file.extract(info, content)
            else:
                info.name = name
                file.extract(info, content, set_attrs=False)
            progress(min(raw.tell(), packed), packed)
        if not zipped:  # to the end, where gzip keeps its checksum
            while file.fileobj.read(1 << 20):
                pass


def _checked(archive: Path, infos: Iterable, limits: Limits, packed: int) -> list[tuple]:
    """The members, with names that stay inside. Their sizes are what counts: neither library writes
    more of a member than the archive says of it."""
    allowed, max_member_bytes, max_files, max_ratio = limits
    limit = 'max_bytes'
    if allowed > (grown := max(SMALL, max_ratio * packed)):
        allowed, limit = grown, f'max_ratio, {max_ratio} times its own {packed} bytes'
    members, seen, total = [], {}, 0
    for number, info in enumerate(infos, 1):
        name, size, is_folder, is_plain, is_encrypted = _described(info)
        # Some archives of Windows separate with \; elsewhere it would hide a '..'.
        plain = name.replace('\\', '/')
        parts = [part for part in plain.split('/') if part not in ('', '.')]
        if '..' not in parts and any(map(is_litter, parts)):
            continue
        total += size
        taken = _is_taken(seen, parts, is_folder)
        reasons = {
            'its name is absolute': plain.startswith('/'),
            "its name leads outside, by '..'": '..' in parts,
            'its name has a drive letter, a colon or a control character': NOT_IN_NAMES & {*plain},
            'it has no name': not parts,
            'it is a link or a device': not is_plain,
            'it is encrypted; unpack the archive by hand with its password': is_encrypted,
            'another member has its name, as a file or in another case': taken,
            f'there are more than {max_files} members (max_files)': number > max_files,
            f'it has over {max_member_bytes} bytes (max_member_bytes)': size > max_member_bytes,
            f'with it the archive grows beyond {allowed} bytes ({limit})': total > allowed,
        }
        if refused := [reason for reason, holds in reasons.items() if holds]:
            where = f'{archive}, member {name[:200]!r}'
            raise ValueError(f'{where}: {refused[0]}; nothing was unpacked')
        members.append((info, '/'.join(parts), is_folder))
    return members


def _described(info: zipfile.ZipInfo | tarfile.TarInfo) -> tuple[str, int, bool, bool, bool]:
    """A member's name and bytes; whether it is a folder, a folder or a file, and encrypted."""
    if isinstance(info, tarfile.TarInfo):
        return info.name, info.size, info.isdir(), info.isdir() or info.isreg(), False
    kind = stat.S_IFMT(info.external_attr >> 16)
    is_plain, is_encrypted = kind in (0, stat.S_IFREG, stat.S_IFDIR), bool(info.flag_bits & 1)
    return info.filename, info.file_size, info.is_dir(), is_plain, is_encrypted


def _is_taken(seen: dict[str, str | None], parts: list[str], is_folder: bool) -> bool:
    """Whether a name is another member's on a disk that knows no upper and lower case."""
    for depth in range(1, len(parts) + 1):
        path = '/'.join(parts[:depth])
        folder = path if is_folder or depth < len(parts) else None
        key = unicodedata.normalize('NFC', path).casefold()
        if key in seen and (folder is None or seen[key] != folder):
            return True
        seen[key] = folder
    return False


def unpack_rafdb(root: str | Path, archives: Sequence[str | Path], **options) -> dict[str, str]:
    """Unpack RAF-DB as its owners hand it out, and the archives inside it.

    ``aligned.zip`` and ``EmoLabel.zip`` become ``Image/aligned`` and ``EmoLabel``; another archive
    becomes ``root``, from the folder in it that holds ``EmoLabel`` or ``Image``, or Kaggle's
    ``DATASET``. Then
    ``root/Image/aligned.zip`` is unpacked where there is no ``Image/aligned``, and ``EmoLabel``
    likewise.

    Takes ``limits`` and ``progress`` of :func:`unpack`, and returns its answers by the archive.
    Raises as it does; ValueError also on an archive without those folders.
    """
    root, states = Path(root), {}
    parts = {'emolabel': 'EmoLabel', 'aligned': 'Image/aligned'}
    given = [(parts.get(path.name.lower().split('.')[0], ''), path) for path in map(Path, archives)]
    inside = ((p, Path(f'{root / p}{end}')) for p in parts.values() for end in ARCHIVE_ENDINGS)
    # The whole first: it needs an empty root, and what is inside comes with it.
    for part, archive in chain(sorted(given), (one for one in inside if one[1].is_file())):
        if str(archive) in states:
            continue
        inner = partial(_named, name=Path(part).name) if part else partial(_around, archive)
        states[str(archive)] = unpack(archive, root / part, inner=inner, **options)
    return states


def unpack_ferplus(root: str | Path, archives: Sequence[str | Path], **options) -> dict[str, str]:
    """Unpack ``FER2013Train|Valid|Test.zip`` into folders of these names; arguments and result as
    of :func:`unpack_rafdb`. ValueError also on an archive of another name."""
    states, folders = {}, tuple(folder for folder, _ in PARTS.values())
    for archive in map(Path, archives):
        named = [folder for folder in folders if folder.lower() in archive.name.lower()]
        if not named:
            fix = 'rename the archive after its folder'
            raise ValueError(f'{archive}: the name has none of {folders}; {fix}')
        inner = partial(_named, name=named[0])
        states[str(archive)] = unpack(archive, Path(root, named[0]), inner=inner, **options)
    return states


def _named(content: Path, *, name: str) -> Path:
    """The folder of that name, or all where there is none."""
    return next(_folders(content, name), content)


def _around(archive: Path, content: Path) -> Path:
    """The folder that holds RAF-DB's folders."""
    names = ['EmoLabel', 'Image']
    if found := next(_folders(content, *names), None):
        return found.parent
    if found := holding(content, 'RAF-DB'):
        return found
    there = sorted(path.name for path in content.iterdir())
    raise ValueError(f'{archive} holds {there[:5]} and none of {names}; nothing was unpacked')


def holding(content: Path, dataset: str) -> Path | None:
    """The folder that holds a layout of a data set, with up to two others around it."""
    for around in ('', '*', '*/*'):
        for folder in sorted(content.glob(around)) if around else [content]:
            if folder.is_dir() and layouts_in(str(folder), dataset):
                return folder
    return None


def _folders(content: Path, *names: str) -> Iterator[Path]:
    """Folders of these names, with up to two others around them; the outer ones first."""
    for around in ('', '*/', '*/*/'):
        for name in names:
            yield from (path for path in sorted(content.glob(around + name)) if path.is_dir())
