"""Synthetic faces in FERPlus's layout, for the reader of the real one."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from . import record
from .plan import SPLIT_STRIDE, Item, expressions_of
from .render import Job, draw_all
from .sample import CLASSES_7, CLASSES_8
from .tables import complete_meta, plain, write_csv, write_meta

ANNOTATORS = 10
COLUMNS = (*CLASSES_8, 'unknown', 'NF')
SPLITS = (
    ('train', 'Training', 'FER2013Train'),
    ('valid', 'PublicTest', 'FER2013Valid'),
    ('test', 'PrivateTest', 'FER2013Test'),
)


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
        train, valid, test: Numbers of faces.
        classes: The 8 expressions, or the 7 without contempt (whose column is then 0).
        sampling: Further arguments of `sample_face`.

    Raises:
        ValueError: The folder holds something else, or ``classes`` are others.
    """
    root, classes = Path(root), tuple(classes)
    if classes not in (CLASSES_7, CLASSES_8):
        raise ValueError(
            f'classes {classes} are neither the 8 of FERPlus nor the 7 without contempt; use '
            'CLASSES_8 or CLASSES_7'
        )
    arguments = dict(
        layout='ferplus',
        train=train,
        valid=valid,
        test=test,
        size=size,
        seed=seed,
        classes=len(classes),
        balance=balance,
        **plain(sampling),
    )
    if record.is_written(root, arguments):
        complete_meta(root)
        return 'reused'
    items: list[Item] = []
    for number, (count, (split, _, folder)) in enumerate(zip((train, valid, test), SPLITS)):
        first = number * SPLIT_STRIDE
        names = expressions_of(count, first, seed, classes, balance)
        items += [
            Item(f'{folder}/fer{len(items) + i:07d}.png', split, first + i, name)
            for i, name in enumerate(names)
        ]
    record.start(root, arguments)
    job = Job(str(root), seed, size, classes, ANNOTATORS, True, True, sampling)
    drawn = draw_all(job, items, workers, progress)

    answers = (*classes, 'unknown', 'NF')
    table = [[dict(zip(answers, face.votes)).get(name, 0) for name in COLUMNS] for face in drawn]
    usages = {split: usage for split, usage, _ in SPLITS}
    write_csv(
        root / 'fer2013new.csv',
        [('Usage', 'Image name', *COLUMNS)]
        + [
            [usages[face.item.split], Path(face.item.path).name, *votes]
            for face, votes in zip(drawn, table)
        ],
    )
    box = f'(0, 0, {size}, {size})'
    for split, _, folder in SPLITS:
        (root / folder).mkdir(exist_ok=True)
        write_csv(
            root / folder / 'label.csv',
            [
                [Path(face.item.path).name, box, *votes]
                for face, votes in zip(drawn, table)
                if face.item.split == split
            ],
        )
    write_meta(root, drawn, answers)
    record.finish(root)
    return 'written'
