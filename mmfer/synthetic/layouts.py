"""Synthetic faces in the layouts of RAF-DB and FERPlus, for the readers of the real ones."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..functional.arguments import check_choice
from .dataset import SPLIT_STRIDE, Drawn, Item, Job, expressions_of, known_classes, write_dataset
from .face import CLASSES_8
from .meta import csv_bytes

# A label's id is its position here, counted from 1.
RAFDB_CLASSES = ('surprise', 'fear', 'disgust', 'happiness', 'sadness', 'anger', 'neutral')
FERPLUS_COLUMNS = (*CLASSES_8, 'unknown', 'NF')
# split, usage, folder
_FERPLUS_SPLITS = (
    ('train', 'Training', 'FER2013Train'),
    ('valid', 'PublicTest', 'FER2013Valid'),
    ('test', 'PrivateTest', 'FER2013Test'),
)


def write_rafdb(
    root: str | Path,
    *,
    train: int = 1000,
    test: int = 300,
    size: int = 100,
    seed: int = 0,
    balance: str = 'balanced',
    label_list: str | Path | None = None,
    layout: str = 'official',
    workers: int = 1,
    progress: bool = False,
    **sampling: Any,
) -> str:
    """Write synthetic faces in RAF-DB's layout; returns 'written' or 'reused'.

    ::

        root/
        ├── Image/aligned/{train_00001,test_0001}_aligned.jpg
        ├── EmoLabel/list_patition_label.txt   train_00001.jpg 5   (ids are 1-based)
        ├── EmoLabel/distribution_basic.txt    shares of 40 votes, in the order of the ids
        ├── meta.csv
        └── synthetic.json

    or as Kaggle mirrors it: ``DATASET/train/5/train_00001_aligned.jpg``, and ``train_labels.csv``
    and ``test_labels.csv``, with the header ``image,label``, in place of EmoLabel.

    Args:
        layout: ``'official'`` or ``'kaggle'``.
        label_list: A RAF-DB label list, else ValueError; one face is drawn for each of its rows,
            and the list is copied unchanged. ``train``, ``test`` and ``balance`` are then not used.
        sampling: Further arguments of `sample_face`; what else is raised: see `write_dataset`.
    """
    check_choice('layout', layout, ('official', 'kaggle'))
    root, kaggle = Path(root), layout == 'kaggle'
    said = 'rafdb-kaggle' if kaggle else 'rafdb'
    arguments = dict(layout=said, size=size, seed=seed, **sampling)
    if label_list is None:
        arguments.update(train=train, test=test, balance=balance)
        splits = (('train', 5, train, 0), ('test', 4, test, SPLIT_STRIDE))
        rows = []
        for split, digits, count, first in splits:
            names = expressions_of(count, first, seed, RAFDB_CLASSES, balance)
            rows += [(f'{split}_{i:0{digits}d}.jpg', name) for i, name in enumerate(names, 1)]
        lines = [f'{image} {RAFDB_CLASSES.index(name) + 1}\n' for image, name in rows]
        content = ''.join(lines).encode()
    else:
        content = Path(label_list).read_bytes()
        arguments.update(label_list=hashlib.sha256(content).hexdigest())
        rows = _parse_label_list(content.decode(), label_list)

    def write_labels(drawn: Sequence[Drawn]) -> None:
        if kaggle:
            for split in ('train', 'test'):
                table = [('image', 'label')]
                for item, _, _, _ in drawn:
                    if item.split == split:
                        path = Path(item.path)
                        table.append((path.name, path.parent.name))
                (root / f'{split}_labels.csv').write_bytes(csv_bytes(table))
            return
        labels = root / 'EmoLabel'
        labels.mkdir(exist_ok=True)
        (labels / 'list_patition_label.txt').write_bytes(content)
        with open(labels / 'distribution_basic.txt', 'w') as file:
            for (name, _), face in zip(rows, drawn):
                shares = (f'{vote / sum(face.votes):.4f} ' for vote in face.votes)
                file.write(f'{name} {"".join(shares)}\n')

    job = Job(root, seed, size, RAFDB_CLASSES, 40, sampling, workers, progress, other_votes=False)
    return write_dataset(job, arguments, [_rafdb_item(*row, kaggle) for row in rows], write_labels)


def _rafdb_item(name: str, expression: str, kaggle: bool = False) -> Item:
    stem = Path(name).stem
    split, number = stem.split('_')
    first = SPLIT_STRIDE * ('train', 'test').index(split)
    folder = 'Image/aligned'
    if kaggle:
        folder = f'DATASET/{split}/{RAFDB_CLASSES.index(expression) + 1}'
    return Item(f'{folder}/{stem}_aligned.jpg', split, first + int(number) - 1, expression)


def _parse_label_list(text: str, path: str | Path) -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    for number, line in enumerate(text.splitlines(), 1):
        try:
            name, label = line.split()
            rows.append((name, RAFDB_CLASSES[range(1, 8).index(int(label))]))
            _rafdb_item(*rows[-1])
        except ValueError:
            asked = '"train_00001.jpg 5" or the like, with an id of 1..7'
            raise ValueError(f'{path}, line {number}: {line!r} is not {asked}') from None
    return rows


def write_ferplus(
    root: str | Path,
    *,
    train: int = 1000,
    valid: int = 100,
    test: int = 300,
    size: int = 48,
    seed: int = 0,
    classes: Sequence[str] = CLASSES_8,
    balance: str = 'balanced',
    workers: int = 1,
    progress: bool = False,
    **sampling: Any,
) -> str:
    """Write synthetic grey faces in FERPlus's layout; returns 'written' or 'reused'.

    ::

        root/
        ├── fer2013new.csv      Usage,Image name,neutral,...,contempt,unknown,NF
        ├── FER2013Train/       fer0000000.png ..., label.csv (no header)
        ├── FER2013Valid/
        ├── FER2013Test/
        ├── meta.csv
        └── synthetic.json

    The votes of 10 annotators are the label; a face's own expression is in ``meta.csv``.

    Args:
        classes: The 8 expressions, or the 7 without contempt (whose column is then 0).
        sampling: Further arguments of `sample_face`; what is raised: see `write_dataset`.
    """
    root, classes = Path(root), known_classes(classes, 'FERPlus')
    arguments = dict(layout='ferplus', train=train, valid=valid, test=test, size=size, seed=seed)
    arguments.update(classes=len(classes), balance=balance, **sampling)
    job = Job(root, seed, size, classes, 10, sampling, workers, progress, grey=True)
    items: list[Item] = []
    for number, (split, _, folder) in enumerate(_FERPLUS_SPLITS):
        count, first = (train, valid, test)[number], number * SPLIT_STRIDE
        for index, name in enumerate(expressions_of(count, first, seed, classes, balance), first):
            items.append(Item(f'{folder}/fer{len(items):07d}.png', split, index, name))

    def write_labels(drawn: Sequence[Drawn]) -> None:
        box, table = f'(0, 0, {size}, {size})', [('Usage', 'Image name', *FERPLUS_COLUMNS)]
        for split, usage, folder in _FERPLUS_SPLITS:
            labels = []
            for face in drawn:
                if face.item.split == split:
                    votes, name = dict(zip(job.answers, face.votes)), Path(face.item.path).name
                    columns = [votes.get(column, 0) for column in FERPLUS_COLUMNS]
                    labels.append([name, box, *columns])
                    table.append([usage, name, *columns])
            (root / folder).mkdir(exist_ok=True)
            (root / folder / 'label.csv').write_bytes(csv_bytes(labels))
        (root / 'fer2013new.csv').write_bytes(csv_bytes(table))

    return write_dataset(job, arguments, items, write_labels)
