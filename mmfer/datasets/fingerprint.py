"""Which data a number was measured on."""

import hashlib
from typing import Dict, Sequence

import numpy as np

SAMPLED = 64  # enough to tell one crop of a data set from another


def fingerprint(names: Sequence[str], clean: np.ndarray, given: np.ndarray,
                classes: Sequence[str],
                paths: Sequence[str]) -> Dict[str, object]:
    """Short proof of a list of images and its labels.

    Args:
        names: N image names, without the folder they lie in.
        clean, given: (N,) class ids before and after noise.
        paths: N image files.

    Returns:
        ``images`` (N), ``classes``, ``list_sha256`` of the classes, names and
        both labels in their order, and ``content_sha256`` of the bytes of up
        to 64 images, evenly spaced over the list: the same list with other
        crops gives another one.
    """
    lines = [' '.join(classes)]
    lines += [f'{name} {int(a)} {int(b)}'
              for name, a, b in zip(names, clean, given)]
    content = hashlib.sha256()
    chosen = np.unique(
        np.linspace(0, len(paths) - 1, min(SAMPLED, len(paths))).astype(int))
    for i in chosen:
        with open(paths[i], 'rb') as file:
            content.update(hashlib.sha256(file.read()).digest())
    return dict(
        images=len(names),
        classes=list(classes),
        list_sha256=hashlib.sha256('\n'.join(lines).encode()).hexdigest(),
        content_sha256=content.hexdigest())
