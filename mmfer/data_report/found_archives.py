"""Archives that lie in a data set's folder, as they were downloaded."""

from collections.abc import Sequence
from pathlib import Path

from ..datasets.ferplus import PARTS
from ..lists.layouts import LAYOUTS, layouts_in
from ..utils.files import is_filled, staging
from ..utils.image_folders import is_litter
from .archives import ARCHIVE_ENDINGS, holding, unpack, unpack_ferplus, unpack_rafdb

LEFT = 'left packed, since the data set is there'
# Archives of one part each, by what their names hold; what unpacks them.
NAMED = {
    'RAF-DB': (('aligned', 'emolabel'), unpack_rafdb),
    'FERPlus': (tuple(folder.lower() for folder, _ in PARTS.values()), unpack_ferplus),
}


def unpack_found(
    root: str | Path, dataset: str, given: Sequence[str | Path] = (), **options
) -> dict[str, str]:
    """Unpack what lies packed in the folder of a data set.

    An archive of a part, such as FER2013Train.zip, becomes its folder. Others that hold a layout of
    the data set are unpacked there, unless all of it lies there already, or a folder of their name.

    Args:
        given: archives that are unpacked otherwise.

    Takes ``limits`` and ``progress`` of :func:`~mmfer.data_report.archives.unpack`, and returns its
    answers, or ``LEFT``, by the archive. Raises as it does; ValueError also on an archive without
    the data set, or with something that is there already.
    """
    root, states = Path(root), {}
    known = {Path(path).resolve() for path in given}
    lying = sorted(root.iterdir()) if root.is_dir() else []
    lying = [p for p in lying if p.name.lower().endswith(ARCHIVE_ENDINGS) and p.is_file()]
    lying = [p for p in lying if not is_litter(p.name) and p.resolve() not in known]
    words, unpack_parts = NAMED.get(dataset, ((), None))
    parts = [path for path in lying if _is_part(path, words, dataset)]
    for archive in (path for path in lying if path not in parts):
        if _is_whole(root, dataset):
            states[str(archive)] = LEFT
        elif is_filled(root / archive.name.split('.')[0]):
            states[str(archive)] = 'reused'
        else:
            states[str(archive)] = _unpack_whole(archive, root, dataset, **options)
    if unpack_parts and (parts or dataset == 'RAF-DB'):  # whose archives hold archives
        states |= unpack_parts(root, parts, **options)
    return states


def _is_part(path: Path, words: tuple[str, ...], dataset: str) -> bool:
    name = path.name.lower()
    if dataset == 'RAF-DB':  # by the whole name, as unpack_rafdb takes it
        return name.split('.')[0] in words
    return any(word in name for word in words)


def _is_whole(root: Path, dataset: str) -> bool:
    """Whether a layout is there, of each split where they may come apart."""
    splits = {split for layout in LAYOUTS[dataset] for split in layout.splits} - {'auto'}
    return all(layouts_in(str(root), dataset, split) for split in splits or {''})


def _unpack_whole(archive: Path, root: Path, dataset: str, **options) -> str:
    with staging(root / archive.name) as content:
        unpack(archive, content / 'all', **options)
        inside = holding(content / 'all', dataset)
        if inside is None:
            there = sorted(path.name for path in (content / 'all').iterdir())
            if layouts_in(str(root), dataset):
                return f'left packed, for it holds {there[:5]} and no layout of {dataset}'
            known = list(dict.fromkeys(layout.said for layout in LAYOUTS[dataset]))
            raise ValueError(
                f'{archive} holds {there[:5]} and no layout of {dataset}; known: {known}; move it '
                'elsewhere if it is of something else'
            )
        # Files first: the folders tell that the data set is there.
        entries = sorted(inside.iterdir(), key=lambda path: (path.is_dir(), path.name))
        taken = [path.name for path in entries if (root / path.name).exists()]
        if len(taken) == len(entries):
            return 'reused'
        if taken:
            raise ValueError(
                f'{archive} holds {taken[:5]}, which {root} has already; nothing was unpacked; '
                'move one of the two away'
            )
        for path in entries:
            path.rename(root / path.name)
    return 'unpacked'
