"""Synthetic faces in the layouts of FER2013, for the reader of the real ones."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2

from ..functional.arguments import check_choice
from .dataset import SPLIT_STRIDE, Drawn, Item, Job, expressions_of, write_dataset
from .meta import csv_bytes

# A label's id is its position here, from 0; the names of the mirrors' folders.
FER2013_CLASSES = ('anger', 'disgust', 'fear', 'happiness', 'sadness', 'surprise', 'neutral')
FOLDERS = ('angry', 'disgust', 'fear', 'happy', 'sad', 'surprise', 'neutral')
USAGES = dict(train='Training', valid='PublicTest', test='PrivateTest')
SIDE = 48  # pixels, of the table


def write_fer2013(
    root: str | Path,
    *,
    layout: str = 'folders',
    train: int = 1000,
    valid: int = 100,
    test: int = 300,
    size: int = SIDE,
    seed: int = 0,
    balance: str = 'balanced',
    workers: int = 1,
    progress: bool = False,
    **sampling: Any,
) -> str:
    """Write synthetic grey faces in a layout of FER2013; returns 'written' or 'reused'.

    As the mirrors have it, and as the one table::

        root/
        ├── train/angry/Training_0.jpg ...
        └── test/angry/PublicTest_1000.jpg, PrivateTest_1100.jpg ...

        root/fer2013.csv      emotion,pixels,Usage; of 48 x 48 pixels

    with ``meta.csv`` and ``synthetic.json`` beside them; the table has no images.

    Args:
        layout: ``'folders'`` or ``'table'``.
        sampling: Further arguments of `sample_face`; what is raised: see `write_dataset`.
    """
    check_choice('layout', layout, ('folders', 'table'))
    root, table = Path(root), layout == 'table'
    if table and size != SIDE:
        raise ValueError(f'size={size}, but the table of FER2013 has {SIDE} x {SIDE} pixels')
    arguments = dict(layout=f'fer2013-{layout}', train=train, valid=valid, test=test, size=size)
    arguments.update(seed=seed, balance=balance, **sampling)
    items: list[Item] = []
    for number, (split, count) in enumerate(zip(USAGES, (train, valid, test))):
        first = number * SPLIT_STRIDE
        names = expressions_of(count, first, seed, FER2013_CLASSES, balance)
        for index, name in enumerate(names, first):
            folder = FOLDERS[FER2013_CLASSES.index(name)]
            above = 'pixels' if table else ('train' if split == 'train' else 'test')
            ending = 'png' if table else 'jpg'
            path = f'{above}/{folder}/{USAGES[split]}_{len(items)}.{ending}'
            items.append(Item(path, split, index, name))

    def write_labels(drawn: Sequence[Drawn]) -> None:
        if not table:
            return
        rows: list[tuple] = [('emotion', 'pixels', 'Usage')]
        for item, _, _, _ in drawn:
            image = cv2.imread(str(root / item.path), cv2.IMREAD_GRAYSCALE)
            pixels = ' '.join(map(str, image.ravel()))
            rows.append((FER2013_CLASSES.index(item.expression), pixels, USAGES[item.split]))
        (root / 'fer2013.csv').write_bytes(csv_bytes(rows))
        shutil.rmtree(root / 'pixels', ignore_errors=True)

    job = Job(root, seed, size, FER2013_CLASSES, 10, sampling, workers, progress, grey=True)
    return write_dataset(job, arguments, items, write_labels)
