"""Which images of one list are in another: the same file, its bytes, or its pixels."""

import hashlib
import os
import os.path as osp
import stat
from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from .hashing import content_digest
from .image_size import MAX_PIXELS, count_pixels
from .images import read_image
from .progress import Advance, no_progress
from .threads import in_threads

FILE, BYTES, PIXELS = 'is the file', 'has the bytes of', 'has the pixels of'
HEAD = 4096  # bytes that tell most files of one size apart
BUDGET = 4_000_000_000  # pixels that are decoded at most: 400 000 crops of 100 px, 90 s on a core
THREADS = 8  # a disk far away


class Face(NamedTuple):
    """A picture, or the face in ``box`` of it (x, y, width, height): another face is no copy."""

    path: str
    box: tuple | None = None


class Copy(NamedTuple):
    """The place of a face in its list, that of the first face it copies, and ``FILE``, ``BYTES`` or
    ``PIXELS``."""

    number: int
    other: int
    how: str


class Copies(NamedTuple):
    """``found``: one a face that has any, in their order. ``unseen``: files whose pixels would have
    to be compared, were they not too many."""

    found: list[Copy]
    unseen: int = 0


def find_copies(
    faces: Sequence[Face],
    others: Sequence[Face],
    how: str = BYTES,
    progress: Advance = no_progress,
) -> Copies:
    """Faces that are among others.

    First by their place, links followed, for files that need not be there; then, unless ``how`` is
    ``FILE``, by their bytes: sizes, then the heads of files of one size, then whole files of one
    head, so that of a large set little is read. By ``PIXELS``, what is left is decoded as training
    decodes it, where the headers tell of as many pixels: so a copy in another lossless format,
    compressed anew, or with other metadata is found. One that was scaled, cropped or lost quality
    never is.
    """
    found: dict[int, Copy] = {}
    stages = {FILE: (_placer(),), BYTES: (_size, _head, _content)}
    for stage, keys in list(stages.items())[: 1 if how == FILE else 2]:
        groups = _begin(faces, others, found)
        for key in keys:
            groups = _refine(groups, key, faces, others, progress)
        _note(found, groups, stage, faces, others)
    unseen = 0
    if how == PIXELS:
        groups = _refine(_begin(faces, others, found), _pixels, faces, others, progress)
        counted = sum(count * (len(a) + len(b)) for count, (a, b) in groups.items())
        if counted > BUDGET:
            unseen = sum(len(a) for a, _ in groups.values())
        else:
            groups = _refine(groups, _decoded, faces, others, progress)
            _note(found, groups, PIXELS, faces, others)
    return Copies([found[number] for number in sorted(found)], unseen)


Groups = dict[Hashable, tuple[list[int], list[int]]]


def _begin(faces: Sequence[Face], others: Sequence[Face], found: dict[int, Copy]) -> Groups:
    """One group of all that have no copy yet."""
    return {None: ([i for i in range(len(faces)) if i not in found], list(range(len(others))))}


def _refine(
    groups: Groups,
    key: Callable[[str], Hashable],
    faces: Sequence[Face],
    others: Sequence[Face],
    progress: Advance,
) -> Groups:
    """Smaller groups, of one key, that have some on both sides; files without a key are left out.
    Keys stand for those before: no two groups had members of one key."""
    sides = (faces, others)
    members = [(side, i) for parts in groups.values() for side in (0, 1) for i in parts[side]]
    paths = list({sides[side][i].path: None for side, i in members})
    values: list = []
    for chunk in in_threads(key, paths, THREADS, size=256):
        values += chunk
        progress(len(values), len(paths))
    of = dict(zip(paths, values))
    finer: Groups = defaultdict(lambda: ([], []))
    for side, i in members:
        if (value := of[sides[side][i].path]) is not None:
            finer[value][side].append(i)
    return {value: parts for value, parts in finer.items() if parts[0] and parts[1]}


def _note(
    found: dict[int, Copy], groups: Groups, how: str, faces: Sequence[Face], others: Sequence[Face]
) -> None:
    for ours, theirs in groups.values():
        for i in ours:
            box = faces[i].box
            same = (j for j in theirs if _is_same_face(box, others[j].box))
            if (other := next(same, None)) is not None:
                found[i] = Copy(i, other, how)


def _is_same_face(a: tuple | None, b: tuple | None) -> bool:
    """Whether two boxes of a picture overlap by half of what they cover, or one is unknown: two
    detectors draw them differently."""
    if a is None or b is None or a == b:
        return True
    width, height = (min(a[i] + a[i + 2], b[i] + b[i + 2]) - max(a[i], b[i]) for i in (0, 1))
    common = max(width, 0) * max(height, 0)
    return 2 * common >= a[2] * a[3] + b[2] * b[3] - common


def _placer() -> Callable[[str], str]:
    """Where a file is, links followed; those of its folder once."""
    folder = cache(osp.realpath)

    def place(path: str) -> str:
        if osp.islink(path):
            return osp.realpath(path)
        return osp.join(folder(osp.dirname(path)), osp.basename(path))

    return place


def _size(path: str) -> int | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_size if stat.S_ISREG(found.st_mode) else None  # a pipe may never end


def _head(path: str) -> tuple[int, bytes] | None:
    try:
        return os.path.getsize(path), content_digest(path, HEAD)
    except OSError:
        return None


def _content(path: str) -> bytes | None:
    try:
        return content_digest(path)
    except OSError:
        return None


def _pixels(path: str) -> int | None:
    """How many, which turning a picture does not change."""
    try:
        count = None if _size(path) is None else count_pixels(path)
    except OSError:
        return None
    return count if count and count <= MAX_PIXELS else None


def _decoded(path: str) -> bytes | None:
    """sha256 of the picture as training sees it."""
    try:
        image = read_image(Path(path))
    except Exception:  # damaged: named when it is its turn
        return None
    if image is None:
        return None
    digest = hashlib.sha256(repr(image.shape).encode())
    digest.update(image)
    return digest.digest()
