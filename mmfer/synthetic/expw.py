"""Synthetic faces in the layout of ExpW: one or two in a picture, with their boxes."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .annotators import simulate_votes
from .dataset import SPLIT_STRIDE, Drawn, Item, Job, expressions_of, write_dataset
from .draw import draw_scene, write_image
from .fer2013 import FER2013_CLASSES
from .sample import sample_face

EXPW_CLASSES = FER2013_CLASSES  # a label's id is its position here, from 0


def write_expw(
    root: str | Path,
    *,
    train: int = 1000,
    size: int = 64,
    seed: int = 0,
    balance: str = 'balanced',
    workers: int = 1,
    progress: bool = False,
    **sampling: Any,
) -> str:
    """Write synthetic pictures in ExpW's layout; returns 'written' or 'reused'.

    ::

        root/
        ├── label/label.lst      drawn_0.jpg 0 12 20 84 76 99.5 3
        ├── image/origin/drawn_0.jpg ...
        ├── meta.csv             of the first face of each picture
        └── synthetic.json

    Every second picture holds two faces, the second of the class after the first's.

    Args:
        train: Number of pictures, of all splits, which ExpW does not tell.
        size: Side of a face's box, pixels.
        sampling: Further arguments of `sample_face`; what is raised: see `write_dataset`.
    """
    root = Path(root)
    arguments = dict(layout='expw', train=train, size=size, seed=seed, balance=balance, **sampling)
    names = expressions_of(train, 0, seed, EXPW_CLASSES, balance)
    items = [Item(f'image/origin/drawn_{i}.jpg', 'all', i, name) for i, name in enumerate(names)]

    def write_labels(drawn: Sequence[Drawn]) -> None:
        rows = []
        for item, _, _, faces in drawn:
            for number, ((x, y, width, height), label) in enumerate(faces):
                box = f'{y} {x} {x + width} {y + height}'
                rows.append(f'{Path(item.path).name} {number} {box} 99.5 {label}\n')
        (root / 'label').mkdir(exist_ok=True)
        (root / 'label/label.lst').write_text(''.join(rows))

    job = Job(root, seed, size, EXPW_CLASSES, 10, sampling, workers, progress)
    return write_dataset(job, arguments, items, write_labels, _draw)


def _draw(job: Job, item: Item) -> Drawn:
    """One face, and beside it another; its label: the boxes and class ids of both."""
    label = EXPW_CLASSES.index(item.expression)
    pictures, faces, first, offset = [], [], None, 0
    for number in range(1 + item.index % 2):
        class_id = (label + number) % len(EXPW_CLASSES)
        index, name = item.index + number * SPLIT_STRIDE, EXPW_CLASSES[class_id]
        face = sample_face(job.seed, index, name, classes=job.classes, **job.sampling)
        image, (x, y, width, height), _ = draw_scene(face, job.size)
        faces.append(((x + offset, y, width, height), class_id))
        pictures.append(image)
        first, offset = first or face, offset + image.shape[1]
    rows = max(len(image) for image in pictures)
    pictures = [
        np.pad(image, ((0, rows - len(image)), (0, 0), (0, 0)), 'edge') for image in pictures
    ]
    write_image(job.root / item.path, np.concatenate(pictures, axis=1))
    votes = simulate_votes(first, job.annotators, job.classes).tolist()
    return Drawn(item, votes, first.meta(), faces)
