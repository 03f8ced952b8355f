"""Synthetic faces in RAF-DB's layout, for the reader of the real one."""

import hashlib
from pathlib import Path
from typing import Any

from . import record
from .plan import SPLIT_STRIDE, Item, expressions_of
from .render import Job, draw_all
from .tables import complete_meta, plain, write_meta

# A label's id is its position here, counted from 1.
RAFDB_CLASSES = ('surprise', 'fear', 'disgust', 'happiness', 'sadness', 'anger', 'neutral')
ANNOTATORS = 40


def write_rafdb(
    root: str | Path,
    *,
    train: int = 1000,
    test: int = 300,
    size: int = 100,
    seed: int = 0,
    balance: str = 'balanced',
    label_list: str | Path | None = None,
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

    Args:
        train, test: Numbers of faces.
        label_list: A RAF-DB label list; one face is drawn for each of its rows, and the list is
            copied unchanged. ``train``, ``test`` and ``balance`` are then not used.
        sampling: Further arguments of `sample_face`.

    Raises:
        ValueError: The folder holds something else, or the label list is malformed.
    """
    root = Path(root)
    arguments = dict(layout='rafdb', size=size, seed=seed, **plain(sampling))
    if label_list is None:
        arguments.update(train=train, test=test, balance=balance)
    else:
        content = Path(label_list).read_bytes()
        arguments.update(label_list=hashlib.sha256(content).hexdigest())
    if record.is_written(root, arguments):
        complete_meta(root)
        return 'reused'
    if label_list is None:
        rows = [
            (f'{split}_{i + 1:0{digits}d}.jpg', name)
            for split, digits, count, first in (
                ('train', 5, train, 0),
                ('test', 4, test, SPLIT_STRIDE),
            )
            for i, name in enumerate(expressions_of(count, first, seed, RAFDB_CLASSES, balance))
        ]
        content = ''.join(
            f'{name} {RAFDB_CLASSES.index(shown) + 1}\n' for name, shown in rows
        ).encode()
    else:
        rows = _parse_label_list(content.decode(), label_list)
    record.start(root, arguments)
    job = Job(str(root), seed, size, RAFDB_CLASSES, ANNOTATORS, False, False, sampling)
    drawn = draw_all(job, [_item(*row) for row in rows], workers, progress)

    labels = root / 'EmoLabel'
    labels.mkdir(exist_ok=True)
    (labels / 'list_patition_label.txt').write_bytes(content)
    (labels / 'distribution_basic.txt').write_text(
        ''.join(
            f'{name} ' + ''.join(f'{vote / ANNOTATORS:.4f} ' for vote in face.votes) + '\n'
            for (name, _), face in zip(rows, drawn)
        )
    )
    write_meta(root, drawn, RAFDB_CLASSES)
    record.finish(root)
    return 'written'


def _item(name: str, expression: str) -> Item:
    stem = Path(name).stem
    split, number = stem.split('_')
    first = SPLIT_STRIDE * ('train', 'test').index(split)
    return Item(f'Image/aligned/{stem}_aligned.jpg', split, first + int(number) - 1, expression)


def _parse_label_list(text: str, path: str | Path) -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    for number, line in enumerate(text.splitlines(), 1):
        try:
            name, label = line.split()
            rows.append((name, RAFDB_CLASSES[range(1, 8).index(int(label))]))
            _item(*rows[-1])
        except ValueError:
            raise ValueError(
                f'{path}, line {number}: expected e.g. "train_00001.jpg 5" with an id of 1..7, '
                f'found {line!r}'
            ) from None
    return rows
