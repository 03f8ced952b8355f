"""Which data a number was measured on."""

import hashlib
import os
from collections.abc import Iterable, Sequence

import numpy as np

from ..utils.hashing import content_digest

SAMPLED = 64  # enough to tell one crop of a data set from another
# What decides, besides the image, what a network is shown and taught.
TAUGHT = ('clean_label', 'gt_label', 'gt_score', 'face_box')


def fingerprint(records: Iterable[dict], classes: Sequence[str], root: str) -> dict[str, object]:
    """Short proof of a list of images and of what is taught about them.

    Args:
        records: a dict an image with ``img_path``, ``clean_label``, ``gt_label`` and, where there
            are any, ``gt_score`` and ``face_box``; perhaps ``listed``, its path in the list, which
            else is the one below ``root``.

    Returns:
        ``images`` (their number), ``changed`` (labels changed by noise), ``classes``,
        ``list_sha256`` of the classes, paths, labels, soft labels and boxes in their order, and
        ``content_sha256`` of the bytes of up to 64 images, evenly spaced over the list: the same
        list with other crops gives another one.
    """
    listed, content = hashlib.sha256(repr(tuple(classes)).encode()), hashlib.sha256()
    paths, changed = [], 0
    for record in records:
        paths.append(record['img_path'])
        changed += record['clean_label'] != record['gt_label']
        short = record.get('listed') or relative(paths[-1], root).lstrip('/')
        listed.update(short.encode())
        for key in TAUGHT:
            if (value := record.get(key)) is not None:
                plain = value.tolist() if hasattr(value, 'tolist') else value
                listed.update(f' {key} {plain}'.encode())
        listed.update(b'\n')
    for i in np.unique(np.linspace(0, len(paths) - 1, min(SAMPLED, len(paths))).astype(int)):
        content.update(_digest(paths[i]))
    return dict(
        images=len(paths),
        changed=changed,
        classes=list(classes),
        list_sha256=listed.hexdigest(),
        content_sha256=content.hexdigest(),
    )


def relative(path: str, root: str) -> str:
    """A path as people know it: below its root, with slashes; others stay.

    >>> relative('data/rafdb/a.jpg', 'data/rafdb'), relative('other/a.jpg', 'data/rafdb')
    ('a.jpg', 'other/a.jpg')
    """
    path, root = path.replace(os.sep, '/'), root.replace(os.sep, '/').rstrip('/')
    return path.removeprefix(f'{root}/')


def _digest(path: str) -> bytes:
    try:
        return content_digest(path)
    except OSError:  # named or skipped when it is its turn
        return b'unreadable'
