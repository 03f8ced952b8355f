"""Which files of a folder are pictures: one rule for class folders, predictions, alignment."""

import os
import os.path as osp
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from .images import IMAGE_ENDINGS

OTHER_ENDING, LINKED = 'picture of another ending', 'linked folder'
LOOSE = 'picture in no class folder'
NO_FILE, NO_IMAGE = 'no regular file', 'no image'
FIXES = {  # of what may hold pictures; a file that is none needs no word
    OTHER_ENDING: f'read are {" ".join(IMAGE_ENDINGS)}; rename the files after what they hold, or '
    'convert them',
    LINKED: 'links to folders are not followed; put the folder itself there, or give its path',
    LOOSE: 'move them into the folders of their classes',
    NO_FILE: 'pipes, sockets, devices and links to nothing are not opened; put the file there',
}
SHOWN = 3
LITTER = {'__macosx', 'thumbs.db', 'ehthumbs.db', 'desktop.ini', '$recycle.bin', '@eadir'}
LITTER |= {'system volume information', 'lost+found'}
# JPEG, PNG, GIF, BMP, WebP, TIFF, PNM, JPEG 2000, AVIF and HEIF, JPEG XL
_STARTS = re.compile(
    rb'\xff\xd8\xff|\x89PNG\r\n\x1a\n|GIF8[79]a|BM.{12}[\x0c(4@8l|]\0\0\0|RIFF.{4}WEBP'
    rb'|II\*\0|MM\0\*|P[1-6]\s+[0-9#]|\0\0\0\x0cj[Pp]|\xffO\xffQ'
    rb'|.{4}ftyp(avif|avis|heic|heix|heif|mif1|msf1)|\0\0\0\x0cJXL |\xff\x0a',
    re.DOTALL,
)


def is_litter(name: str) -> bool:
    """Whether a file or folder is hidden, or one that an operating system or Jupyter makes.

    >>> [is_litter(n) for n in ('._a.jpg', '.ipynb_checkpoints', '__MACOSX', 'Thumbs.db', 'a.jpg')]
    [True, True, True, True, False]
    """
    return (name.startswith('.') and name not in ('.', '..')) or name.lower() in LITTER


def is_image_by_content(path: str) -> bool:
    """Whether a regular file begins as pictures do, whatever its name; those that nothing here
    decodes, such as HEIC, too."""
    try:
        with open(path, 'rb') as file:
            return _STARTS.match(file.read(32)) is not None
    except OSError:
        return False


def walk_images(root: str) -> Iterator[tuple[str, str]]:
    """Each file below a folder, sorted, with the reason why it is not read: '' for pictures, else
    ``OTHER_ENDING``, ``NO_FILE`` or ``NO_IMAGE``; and the folders that are ``LINKED``. Litter is
    passed over. Only files without a known ending are opened."""
    for folder, inner, files in os.walk(root):
        inner[:] = sorted(name for name in inner if not is_litter(name))
        for name in sorted(name for name in files if not is_litter(name)):
            path = osp.join(folder, name)
            yield path, why_not_read(path)
        yield from ((p, LINKED) for p in (osp.join(folder, n) for n in inner) if osp.islink(p))


def why_not_read(path: str) -> str:
    """The reason of :func:`walk_images` for one file."""
    if not osp.isfile(path):  # nor a link to one: opening a pipe would wait for ever
        return NO_FILE
    if path.lower().endswith(IMAGE_ENDINGS):
        return ''
    return OTHER_ENDING if is_image_by_content(path) else NO_IMAGE


def name_below(path: str, root: str) -> str:
    """What an image is called in files: its path below ``root``, with ``/`` on every system, so
    that files made on one fit on another."""
    return osp.relpath(path, root or '.').replace(osp.sep, '/')


def group_unread(found: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """The files of :func:`walk_images` of which one should hear, by their reason."""
    unread: dict[str, list[str]] = {}
    for path, reason in found:
        if reason in FIXES:
            unread.setdefault(reason, []).append(path)
    return unread


def tell_unread(unread: Mapping[str, Sequence[str]]) -> list[str]:
    """A line a reason: how many are left out, the first, and what to do."""
    return [
        f'{len(names)} left out ({reason}), the first: {", ".join(names[:SHOWN])}; {FIXES[reason]}'
        for reason, names in unread.items()
    ]
