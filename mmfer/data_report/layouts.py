"""Which archive becomes which folder of a data set."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from ..utils.progress import Advance, no_progress
from .fer2013_csv import FOLDERS
from .unpack import ENDINGS, Limits, unpack

PathLike = str | Path
RAFDB_FOLDERS = ('EmoLabel', 'Image/aligned')
DEPTH = 3  # folders around the one that is looked for


def unpack_rafdb(
    root: PathLike,
    archives: Sequence[PathLike] = (),
    *,
    limits: Limits = Limits(),
    progress: Advance = no_progress,
) -> dict[str, str]:
    """Unpack RAF-DB as its owners hand it out, and the archives inside it.

    ``aligned.zip`` and ``EmoLabel.zip`` become ``Image/aligned`` and ``EmoLabel``; another archive
    becomes ``root``, from the folder in it that holds ``EmoLabel`` or ``Image``. Then
    ``root/Image/aligned.zip`` is unpacked where there is no ``Image/aligned``, and ``EmoLabel``
    likewise.

    Returns:
        archive to 'unpacked' or 'reused', see :func:`unpack`.

    Raises:
        ValueError: see :func:`unpack`; or an archive without those folders.
    """
    root, states = Path(root), {}
    known = {folder.rsplit('/', 1)[-1].lower(): folder for folder in RAFDB_FOLDERS}
    # The whole first: it needs an empty root.
    for archive in sorted(map(Path, archives), key=lambda path: _stem(path) in known):
        folder = known.get(_stem(archive))
        inner = _inside(folder.rsplit('/', 1)[-1]) if folder else _around(archive)
        states[str(archive)] = unpack(
            archive, root / (folder or ''), limits=limits, inner=inner, progress=progress
        )
    for folder in RAFDB_FOLDERS:
        for archive in [root / f'{folder}{ending}' for ending in ENDINGS]:
            if archive.is_file():
                states[str(archive)] = unpack(
                    archive,
                    root / folder,
                    limits=limits,
                    inner=_inside(archive.name.split('.')[0]),
                    progress=progress,
                )
                break
    return states


def unpack_ferplus(
    root: PathLike,
    archives: Sequence[PathLike],
    *,
    limits: Limits = Limits(),
    progress: Advance = no_progress,
) -> dict[str, str]:
    """Unpack ``FER2013Train|Valid|Test.zip`` into folders of these names.

    Returns:
        archive to 'unpacked' or 'reused', see :func:`unpack`.

    Raises:
        ValueError: see :func:`unpack`; or an archive of another name.
    """
    states = {}
    for archive in map(Path, archives):
        folder = next((name for name in FOLDERS.values() if name.lower() in _stem(archive)), None)
        if folder is None:
            raise ValueError(
                f'{archive}: the name has none of {tuple(FOLDERS.values())}; rename the archive '
                'after the folder that it holds'
            )
        states[str(archive)] = unpack(
            archive, Path(root, folder), limits=limits, inner=_inside(folder), progress=progress
        )
    return states


def _inside(name: str) -> Callable[[Path], Path]:
    """The folder of that name, or all where there is none."""
    return lambda content: next(
        (folder / name for folder in _walk(content) if (folder / name).is_dir()), content
    )


def _around(archive: Path) -> Callable[[Path], Path]:
    """The folder that holds RAF-DB's folders."""
    names = [folder.split('/')[0] for folder in RAFDB_FOLDERS]

    def find(content: Path) -> Path:
        for folder in _walk(content):
            if any((folder / name).exists() for name in names):
                return folder
        there = sorted(path.name for path in content.iterdir())
        raise ValueError(f'{archive} holds {there[:5]} and none of {names}; nothing was unpacked')

    return find


def _walk(folder: Path, depth: int = DEPTH) -> Iterator[Path]:
    """A folder and those in it, the outer ones first."""
    level = [folder]
    for _ in range(depth):
        yield from level
        level = [path for outer in level for path in sorted(outer.iterdir()) if path.is_dir()]


def _stem(path: Path) -> str:
    return path.name.lower().split('.')[0]
