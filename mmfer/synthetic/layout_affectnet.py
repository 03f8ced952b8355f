"""Synthetic faces in the layouts of AffectNet's two releases, for the reader of the real ones."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from . import record
from .affectnet_faces import AUTO, UNLABELLED, Labelled, draw_cropped, draw_in_scene
from .plan import SPLIT_STRIDE, Item, expressions_of
from .render import Job, draw_all
from .sample import CLASSES_7, CLASSES_8
from .tables import complete_meta, plain, write_csv, write_meta

ANNOTATORS = 10
RELEASES = ('original', 'new')
SPLITS = ('train', 'valid', AUTO)
COLUMNS = (
    'subDirectory_filePath',
    'face_x',
    'face_y',
    'face_width',
    'face_height',
    'facial_landmarks',
    'expression',
    'valence',
    'arousal',
)
UNLABELLED_SHARE = 0.02
_IMAGES = dict(
    train='Manually_Annotated_Images',
    valid='Manually_Annotated_Images',
    auto='Automatically_Annotated_Images',
)
_LISTS = dict(
    train='Manually_Annotated_file_lists/training.csv',
    valid='Manually_Annotated_file_lists/validation.csv',
    auto='Automatically_Annotated_file_lists/automatically_annotated.csv',
)
_SETS = dict(train='train_set', valid='val_set')


def write_affectnet(
    root: str | Path,
    *,
    release: str = 'original',
    train: int = 1000,
    valid: int = 100,
    auto: int = 0,
    size: int = 224,
    seed: int = 0,
    classes: Sequence[str] = CLASSES_8,
    balance: str = 'balanced',
    workers: int = 1,
    progress: bool = False,
    **sampling: Any,
) -> str:
    """Write synthetic faces in a layout of AffectNet; returns 'written' or 'reused'.

    The original release, larger pictures of varying size with a box around the face::

        root/
        ├── Manually_Annotated_file_lists/
        │   ├── training.csv           with a header, COLUMNS
        │   └── validation.csv         without one, as the real list
        ├── Manually_Annotated_Images/<n>/<hash>.jpg
        ├── Automatically_Annotated_file_lists/automatically_annotated.csv   (auto > 0)
        ├── Automatically_Annotated_Images/<n>/<hash>.jpg
        ├── meta.csv
        └── synthetic.json

    The new release, pictures of the face alone, each value in a file of its own::

        root/
        ├── train_set/images/0.jpg
        ├── train_set/annotations/0_{exp,val,aro}.npy   0-d, text
        ├── train_set/annotations/0_lnd.npy             (136,), x and y in turn
        ├── val_set/
        ├── meta.csv
        └── synthetic.json

    Ids: 0 neutral, 1 happiness, 2 sadness, 3 surprise, 4 fear, 5 disgust, 6 anger, 7 contempt. The
    manual lists of the original release also hold pictures of 8 none, 9 uncertain and 10 no face, 2
    % of ``train`` and of ``valid`` (3 or more) on top. Valence and arousal are in -1..1; -2 for ids
    9 and 10. The 68 landmarks are points of the drawn face, see `landmarks_68`; where there is no
    face they mark nothing. The label of an automatically annotated face is one vote of a simulated
    annotator, about a quarter of them wrong by default; the face's own expression is in
    ``meta.csv``, with 10 votes that AffectNet does not have.

    Args:
        train, valid, auto: Numbers of faces with an expression.
        size: Side of the face's box (original) or of the picture (new), pixels.
        classes: The 8 expressions, or the 7 without contempt (whose id then is not used).
        balance: Of train and auto; ``valid`` is balanced, as the real one is.
        sampling: Further arguments of `sample_face`.

    Raises:
        ValueError: The folder holds something else, or ``release`` or ``classes`` are others, or
            ``auto`` faces are wanted of the new release, which has none.
    """
    root, classes = Path(root), tuple(classes)
    if release not in RELEASES:
        raise ValueError(f'unknown release {release!r}; allowed: {", ".join(RELEASES)}')
    if classes not in (CLASSES_7, CLASSES_8):
        raise ValueError(
            f'classes {classes} are neither the 8 of AffectNet nor the 7 without contempt; use '
            'CLASSES_8 or CLASSES_7'
        )
    if auto and release == 'new':
        raise ValueError(
            f'auto={auto}, but the new release has no automatically annotated faces; '
            "use auto=0 or release='original'"
        )
    arguments = dict(
        layout=f'affectnet-{release}',
        train=train,
        valid=valid,
        size=size,
        seed=seed,
        classes=len(classes),
        balance=balance,
        **plain(sampling),
    )
    if release == 'original':
        arguments.update(auto=auto)
    if record.is_written(root, arguments):
        complete_meta(root)
        return 'reused'
    items: list[Item] = []
    for number, (split, count) in enumerate(zip(SPLITS, (train, valid, auto))):
        first = number * SPLIT_STRIDE
        names = expressions_of(
            count, first, seed, classes, 'balanced' if split == 'valid' else balance
        )
        faces = [_item(release, split, seed, first + i, name) for i, name in enumerate(names)]
        if release == 'original' and split != AUTO:
            faces = _with_unlabelled(faces, split, seed, (len(SPLITS) + number) * SPLIT_STRIDE)
        items += faces
    record.start(root, arguments)
    job = Job(str(root), seed, size, classes, ANNOTATORS, True, False, sampling)
    faces = draw_all(
        job, items, workers, progress, draw_in_scene if release == 'original' else draw_cropped
    )
    (_write_lists if release == 'original' else _write_annotations)(root, faces)
    write_meta(root, [face.drawn for face in faces], (*classes, 'unknown', 'NF'))
    record.finish(root)
    return 'written'


def _item(release: str, split: str, seed: int, index: int, expression: str) -> Item:
    if release == 'new':
        return Item(f'{_SETS[split]}/images/{index % SPLIT_STRIDE}.jpg', split, index, expression)
    name = hashlib.sha224(f'{seed}/{index}'.encode()).hexdigest()
    return Item(
        f'{_IMAGES[split]}/{1 + int(name[:4], 16) % 20}/{name}.jpg', split, index, expression
    )


def _with_unlabelled(faces: list[Item], split: str, seed: int, first: int) -> list[Item]:
    """``faces`` with pictures of ids 8, 9 and 10 spread evenly among them."""
    extra = max(round(UNLABELLED_SHARE * len(faces)), len(UNLABELLED)) if faces else 0
    mixed = list(faces)
    for i in range(extra):
        name = UNLABELLED[i % len(UNLABELLED)]
        mixed.insert(
            (i + 1) * len(faces) // (extra + 1) + i, _item('original', split, seed, first + i, name)
        )
    return mixed


def _write_lists(root: Path, faces: Sequence[Labelled]) -> None:
    for split, path in _LISTS.items():
        rows = [
            [
                face.drawn.item.path.split('/', 1)[1],
                *face.box,
                ';'.join(f'{value:.2f}' for value in face.landmarks.ravel()),
                face.label,
                face.valence,
                face.arousal,
            ]
            for face in faces
            if face.drawn.item.split == split
        ]
        if split == AUTO and not rows:
            continue
        (root / path).parent.mkdir(exist_ok=True)
        write_csv(root / path, rows if split == 'valid' else [COLUMNS, *rows])


def _write_annotations(root: Path, faces: Sequence[Labelled]) -> None:
    for name in _SETS.values():
        for folder in ('images', 'annotations'):
            (root / name / folder).mkdir(parents=True, exist_ok=True)
    for face in faces:
        image = root / face.drawn.item.path
        stem = str(image.parents[1] / 'annotations' / image.stem)
        # text, as in the real files, whose readers cast it
        for ending, value in (('exp', face.label), ('val', face.valence), ('aro', face.arousal)):
            np.save(f'{stem}_{ending}.npy', np.array(str(value)))
        np.save(f'{stem}_lnd.npy', face.landmarks.ravel())
