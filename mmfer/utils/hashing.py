"""Which files are the same: by their place, or by their bytes."""

import hashlib
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

import numpy as np

HEAD = 4096  # bytes that tell most files of one size apart


def same_files(paths: Sequence[str], others: Sequence[str]) -> list[tuple[str, str]]:
    """Pairs of one file under two names, links followed: ``(path, its name among the others)``, in
    the order of ``paths``. The files need not be there.

    >>> same_files(['a/1.png', 'a/2.png'], ['a/./2.png'])
    [('a/2.png', 'a/./2.png')]
    """
    known = {os.path.realpath(path): path for path in others}
    found = [(path, known.get(os.path.realpath(path))) for path in paths]
    return [pair for pair in found if pair[1] is not None]


def same_contents(paths: Sequence[str], others: Sequence[str]) -> list[tuple[str, str]]:
    """Pairs of files with the same bytes.

    Sizes first, then the heads of files of one size, then whole files of one head: of a large set
    little is read. A copy that was saved anew in another format or quality is not found; files that
    are not there are passed over.

    Returns:
        ``(path, the first of the others with its content)``, in the order of ``paths``.
    """
    groups = {(): (list(paths), list(others))}
    for key in (_size, _head, content_digest):
        finer: dict[tuple, tuple[list, list]] = defaultdict(lambda: ([], []))
        for group, parts in groups.items():
            for side in (0, 1):
                for path in parts[side]:
                    value = key(path)
                    if value is not None:
                        finer[(*group, value)][side].append(path)
        groups = {k: parts for k, parts in finer.items() if parts[0] and parts[1]}
    found = {path: parts[1][0] for parts in groups.values() for path in parts[0]}
    return [(path, found[path]) for path in paths if path in found]


def content_groups(
    paths: Sequence[str], track: Callable[[Iterable], Iterable] = iter
) -> np.ndarray:
    """(N,) int64, one number for all of N files with the same bytes, by the first of them;
    ``track`` wraps the loop over the paths, for a progress bar."""
    known: dict[bytes, int] = {}
    groups = [known.setdefault(content_digest(path), len(known)) for path in track(paths)]
    return np.array(groups, dtype=np.int64)


def _size(path: str) -> int | None:
    try:
        return os.path.getsize(path)
    except OSError:
        return None


def _head(path: str) -> bytes:
    return content_digest(path, HEAD)


def content_digest(path: str, length: int = -1) -> bytes:
    """sha256 of a file's bytes, or of the first ``length``."""
    with open(path, 'rb') as file:
        return hashlib.sha256(file.read(length)).digest()
