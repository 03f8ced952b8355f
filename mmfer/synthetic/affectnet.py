"""Synthetic faces in the layouts of AffectNet's two releases, for the reader of the real ones."""

import hashlib
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from .annotators import simulate_votes, valence_arousal, vote_distribution
from .dataset import SPLIT_STRIDE, Drawn, Item, Job, expressions_of, known_classes, write_dataset
from .draw import draw_face, draw_scene, write_image
from .face import CLASSES_8
from .meta import csv_bytes
from .sample import sample_face
from .shape import landmarks_68

# A label's id is its position here; the unlabelled ones come after them and are no expressions.
AFFECTNET_CLASSES = ('neutral', 'happiness', 'sadness', 'surprise')
AFFECTNET_CLASSES += ('fear', 'disgust', 'anger', 'contempt')
UNLABELLED = ('none', 'uncertain', 'no-face')
UNLABELLED_SHARE = 0.02
IDS = AFFECTNET_CLASSES + UNLABELLED
RELEASES = ('original', 'new', 'kaggle', 'folders')
AUTO = 'auto'  # the split whose labels a machine gives
SPLITS = ('train', 'valid', AUTO)
COLUMNS = ('subDirectory_filePath', 'face_x', 'face_y', 'face_width', 'face_height')
COLUMNS += ('facial_landmarks', 'expression', 'valence', 'arousal')
_LISTS = dict(
    train='Manually_Annotated_file_lists/training.csv',
    valid='Manually_Annotated_file_lists/validation.csv',
    auto='Automatically_Annotated_file_lists/automatically_annotated.csv',
)
_SETS = dict(train='train_set', valid='val_set')
_PARTS = dict(train='train', valid='val')
MIRRORED = dict(happiness='happy', sadness='sad')  # as the mirror's table calls them
_MACHINE_STREAM = 6
# Faces that annotators could not name: a faint mixture, a faint one behind something.
_HARD: dict[str, dict[str, Any]] = {
    'none': dict(blend_share=1.0, intensity=(0.2, 0.4)),
    'uncertain': dict(occlusion_share=1.0, intensity=(0.2, 0.45)),
}
# What of a row of meta.csv holds for a picture without a face, too.
_WITHOUT_FACE = ('index', 'expression', 'blur', 'noise', 'brightness')


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
        └── val_set/; meta.csv and synthetic.json as above

    As it circulates, pictures of the face alone: ``labels.csv`` (an index without a title, pth,
    label, relFCs) with ``happy/image0000001.jpg``, without a validation set; or ``train/1/1.jpg``
    and ``val/``, by id.

    Ids: 0 neutral, 1 happiness, 2 sadness, 3 surprise, 4 fear, 5 disgust, 6 anger, 7 contempt. The
    manual lists of the original release also hold pictures of 8 none, 9 uncertain and 10 no face, 2
    % of ``train`` and of ``valid`` (3 or more) on top. Valence and arousal are in -1..1; -2 for ids
    9 and 10. The 68 landmarks are points of the drawn face, see `landmarks_68`; where there is no
    face they mark nothing. The label of an automatically annotated face is one vote of a simulated
    annotator, about a quarter of them wrong by default; the face's own expression is in
    ``meta.csv``, with 10 votes that AffectNet does not have.

    Args:
        train, valid, auto: Numbers of faces with an expression; ``auto`` (original) by machine.
        size: Side of the face's box (original) or of the picture (new), pixels.
        classes: The 8 expressions, or the 7 without contempt (whose id then is not used).
        balance: Of train and auto; ``valid`` is balanced, as the real one is.
        sampling: Further arguments of `sample_face`; what is raised: see `write_dataset`.
    """
    root, original = Path(root), release == 'original'
    if release not in RELEASES:
        raise ValueError(f'unknown release {release!r}; allowed: {", ".join(RELEASES)}')
    classes = known_classes(classes, 'AffectNet')
    if auto and not original:
        what = f'the release {release!r} has no automatically annotated faces'
        raise ValueError(f"auto={auto}, but {what}; use auto=0 or release='original'")
    if release == 'kaggle':
        valid = 0
    arguments = dict(layout=f'affectnet-{release}', train=train, valid=valid, size=size, seed=seed)
    arguments.update(classes=len(classes), balance=balance, **sampling)
    if original:
        arguments.update(auto=auto)
    items = []
    for number, (split, count) in enumerate(zip(SPLITS, (train, valid, auto))):
        first, kind = number * SPLIT_STRIDE, 'balanced' if split == 'valid' else balance
        names = expressions_of(count, first, seed, classes, kind)
        faces = [_item(release, split, seed, first + i, name) for i, name in enumerate(names)]
        if original and split != AUTO:
            faces = _with_unlabelled(faces, split, seed, (len(SPLITS) + number) * SPLIT_STRIDE)
        items += faces
    job = Job(root, seed, size, classes, 10, sampling, workers, progress)
    writers = dict(original=_write_lists, new=_write_annotations, kaggle=_write_table)
    write_labels = partial(writers.get(release, _write_nothing), root)
    return write_dataset(job, arguments, items, write_labels, partial(_draw, original))


def _item(release: str, split: str, seed: int, index: int, expression: str) -> Item:
    number = index % SPLIT_STRIDE
    if release == 'original':
        name = hashlib.sha224(f'{seed}/{index}'.encode()).hexdigest()
        folder = _LISTS[split].partition('_file_lists')[0] + '_Images'
        path = f'{folder}/{1 + int(name[:4], 16) % 20}/{name}.jpg'
    elif release == 'new':
        path = f'{_SETS[split]}/images/{number}.jpg'
    elif release == 'kaggle':
        path = f'{MIRRORED.get(expression, expression)}/image{number:07d}.jpg'
    else:
        path = f'{_PARTS[split]}/{IDS.index(expression)}/{number}.jpg'
    return Item(path, split, index, expression)


def _with_unlabelled(faces: list[Item], split: str, seed: int, first: int) -> list[Item]:
    """``faces`` with pictures of ids 8, 9 and 10 spread evenly among them."""
    extra = max(round(UNLABELLED_SHARE * len(faces)), len(UNLABELLED)) if faces else 0
    mixed = list(faces)
    for i in range(extra):
        item = _item('original', split, seed, first + i, UNLABELLED[i % len(UNLABELLED)])
        mixed.insert((i + 1) * len(faces) // (extra + 1) + i, item)
    return mixed


def _draw(original: bool, job: Job, item: Item) -> Drawn:
    """A face in a larger picture (original) or alone (new). Its label: the id, valence, arousal,
    box (x, y, width, height) and landmarks (68, 2), in the written picture's pixels."""
    name, size = item.expression, job.size
    sampling = {**job.sampling, **_HARD.get(name, {})}
    shown = None if name in UNLABELLED else name
    face = sample_face(job.seed, item.index, shown, classes=job.classes, **sampling)
    if original:
        image, box, landmarks = draw_scene(face, size, empty=name == 'no-face')
    else:
        image, box, landmarks = draw_face(face, size), (0, 0, size, size), landmarks_68(face, size)
    write_image(job.root / item.path, image)
    votes = simulate_votes(face, job.annotators, job.classes).tolist()
    meta = dict(face.meta(), expression=name)
    valence, arousal = (round(value, 4) for value in valence_arousal(face))
    if name == 'no-face':
        votes = [0] * (len(votes) - 1) + [job.annotators]
        meta = {key: value if key in _WITHOUT_FACE else '' for key, value in meta.items()}
    # 'none' has both in the real lists: a face moves without showing any of the eight
    if name in ('uncertain', 'no-face'):
        valence = arousal = -2.0  # as AffectNet writes it
    if item.split == AUTO:  # one noisy vote: wrong most often where annotators are
        chances = vote_distribution(face, job.classes)[:-2]
        name = face.rng(_MACHINE_STREAM).choice(job.classes, p=chances / chances.sum())
    return Drawn(item, votes, meta, (IDS.index(name), valence, arousal, box, landmarks))


def _write_lists(root: Path, faces: Sequence[Drawn]) -> None:
    for split, path in _LISTS.items():
        rows = [] if split == 'valid' else [COLUMNS]
        for item, _, _, (number, valence, arousal, box, landmarks) in faces:
            if item.split == split:
                points = ';'.join(f'{value:.2f}' for value in landmarks.ravel())
                name = item.path.split('/', 1)[1]
                rows.append([name, *box, points, number, valence, arousal])
        if split == AUTO and len(rows) == 1:
            continue
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_bytes(csv_bytes(rows))


def _write_table(root: Path, faces: Sequence[Drawn]) -> None:
    rows: list[tuple] = [('', 'pth', 'label', 'relFCs')]
    for number, (item, votes, _, _) in enumerate(faces):
        label = MIRRORED.get(item.expression, item.expression)
        rows.append((number, item.path, label, f'{max(votes) / sum(votes):.6f}'))
    (root / 'labels.csv').write_bytes(csv_bytes(rows))


def _write_nothing(root: Path, faces: Sequence[Drawn]) -> None:
    """The folders tell the classes."""


def _write_annotations(root: Path, faces: Sequence[Drawn]) -> None:
    for name in _SETS.values():
        for folder in ('images', 'annotations'):
            (root / name / folder).mkdir(parents=True, exist_ok=True)
    for item, _, _, (*numbers, _, landmarks) in faces:
        image = root / item.path
        stem = str(image.parents[1] / 'annotations' / image.stem)
        # text, as in the real files, whose readers cast it
        for ending, value in zip(('exp', 'val', 'aro'), numbers):
            np.save(f'{stem}_{ending}.npy', np.array(str(value)))
        np.save(f'{stem}_lnd.npy', landmarks.ravel())
