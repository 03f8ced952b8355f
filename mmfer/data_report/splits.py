"""What a reader lists for a split, before any image is opened, and what it should list."""

import os.path as osp
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from mmpretrain.registry import DATASETS

from ..datasets.fingerprint import fingerprint
from ..lists.class_folders import classes_by_folders, folders_of_splits
from ..lists.layouts import find_below, layouts_in
from ..lists.split_names import SPLITS, find_split_column, split_folder, split_name
from ..lists.text import read_csv

OLD, NEW = 'label.csv', 'fer2013new.csv'  # FER+'s vote files
README = "RAF-DB's own README for the totals; counted from its list for the classes"
LABEL_CSV = "FER+'s label.csv, majority rule; equals the public lists of RAN and SCN"
LABEL_CSV_VALID = "FER+'s label.csv, majority rule"
NEW_CSV = "FER+'s fer2013new.csv, majority rule, a name that comes twice counted once"
FER2013 = "counted from fer2013.csv's labels"
AFFECTNET = 'as papers on AffectNet quote it'


class Published(NamedTuple):
    """``totals``: more than one where publications differ. ``per_class``: in the order of the
    reader's class ids; None where only totals are published."""

    totals: tuple[int, ...]
    per_class: tuple[int, ...] | None
    source: str


def _of(source: str, *counts: int) -> Published:
    return Published((sum(counts),), counts, source)


# By the reader, its variant (FERPlus's vote file, AffectNet's number of classes) and the split.
COUNTS: dict[tuple[str, str, str], Published] = {
    ('RAFDB', '', 'train'): _of(README, 1290, 281, 717, 4772, 1982, 705, 2524),
    ('RAFDB', '', 'test'): _of(README, 329, 74, 160, 1185, 478, 162, 680),
    ('FERPlus', OLD, 'train'): _of(LABEL_CSV, 8733, 7284, 3136, 3022, 2098, 116, 536, 120),
    ('FERPlus', OLD, 'valid'): _of(LABEL_CSV_VALID, 1180, 862, 411, 348, 289, 25, 60, 16),
    ('FERPlus', OLD, 'test'): _of(LABEL_CSV, 1083, 892, 394, 382, 269, 16, 86, 15),
    ('FERPlus', NEW, 'train'): _of(NEW_CSV, 8739, 7287, 3149, 3013, 2099, 119, 532, 119),
    ('FERPlus', NEW, 'valid'): _of(NEW_CSV, 1182, 865, 415, 351, 287, 24, 62, 13),
    ('FERPlus', NEW, 'test'): _of(NEW_CSV, 1090, 893, 396, 384, 273, 18, 83, 16),
    ('FER2013', '', 'train'): _of(FER2013, 3995, 436, 4097, 7215, 4830, 3171, 4965),
    ('FER2013', '', 'valid'): _of(FER2013, 467, 56, 496, 895, 653, 415, 607),
    ('FER2013', '', 'test'): _of(FER2013, 491, 55, 528, 879, 594, 416, 626),
    ('AffectNet', '7', 'train'): Published((283901,), None, AFFECTNET),
    ('AffectNet', '7', 'valid'): _of(AFFECTNET, *[500] * 7),
    ('AffectNet', '8', 'train'): Published((287651, 287568), None, AFFECTNET),
    ('AffectNet', '8', 'valid'): Published((3999, 4000), None, AFFECTNET),
}


OTHERS = {('AffectNet', 'kaggle')}  # layouts of other images than what is published


class Split(NamedTuple):
    """``records``: N, as the reader gives them. ``labels`` (N,) int64. ``votes`` (N, columns)
    float64 or None. ``boxes`` (N, 4) x, y, width and height of the face, pixels, or None.
    ``left_out``: rows that the reader did not keep, by reason. ``trains``: whether models are
    trained on it. ``absent``: why it could not be read, or ''. ``unread``: pictures in its folders
    that the reader does not read, by reason. ``layout``: which copy of the data set it is, where
    the reader knows several."""

    name: str
    classes: Sequence[str]
    records: list[dict]
    paths: list[str]
    labels: np.ndarray
    votes: np.ndarray | None
    boxes: np.ndarray | None
    left_out: dict[str, int]
    trains: bool
    published: Published | None
    absent: str
    unread: dict[str, list[str]] = {}
    layout: str = ''

    @property
    def per_class(self) -> np.ndarray:
        """Rows of each class, (K,) int64."""
        return np.bincount(self.labels, minlength=len(self.classes))

    def proof(self, data_root: str) -> dict[str, str]:
        """What checkpoints that are trained (without noise) or tested on the split carry as its
        fingerprint."""
        taught = (dict(record, clean_label=record['gt_label']) for record in self.records)
        found = fingerprint(taught, self.classes, data_root)
        return {key: found[key] for key in ('list_sha256', 'content_sha256')}


def read_split(reader: str, data_root: str, split: str, variant: str = '', **options) -> Split:
    """Read the list of a split, once, through the reader that trains on it; raises as it does where
    the list is malformed. ``variant``: see ``COUNTS``."""
    given = dict(type=reader, data_root=data_root, split=split, lazy_init=True, **options)
    dataset = DATASETS.build(given)
    try:
        records, absent = dataset.read(), ''
    except FileNotFoundError as error:
        records, absent = [], str(error)
    layout = getattr(dataset, 'layout', None) or ''
    counts = {reason: int(count) for reason, count in dataset.counts.items()}
    if not records and not absent:
        absent = f'its list has no image of this split: {counts}'
    return Split(
        name=dataset.split,
        classes=tuple(dataset.CLASSES),
        records=records,
        paths=[record['img_path'] for record in records],
        labels=np.array([record['gt_label'] for record in records], dtype=np.int64),
        votes=_column(records, 'votes'),
        boxes=_column(records, 'face_box'),
        left_out={k: count for k, count in counts.items() if k not in ('read', 'kept')},
        trains=split in dataset.TRAIN_SPLITS,
        published=None
        if (reader, layout) in OTHERS
        else COUNTS.get((reader, variant, dataset.split)),
        absent=absent,
        unread=dict(dataset.unread),
        layout=layout,
    )


def affectnet_splits(data_root: str, release: str | None = None) -> list[str]:
    """Those that an AffectNet has: the mirror's table has no validation set but in a folder."""
    found = {layout.name for layout in layouts_in(data_root, 'AffectNet', 'train')}
    apart = any(find_below(data_root, sign) for sign in ('<valid>', '<test>'))
    table = release == 'kaggle' or (release is None and found == {'kaggle'})
    return ['train'] if table and not apart else ['train', 'valid']


def own_splits(
    data_root: str,
    ann_file: str = '',
    columns: dict[str, str] | None = None,
    data_prefix: str | None = None,
) -> list[str]:
    """Which splits a user's own data has: those of the folders, or of the table's column, which may
    be named in ``columns``; a table without such a column, or one folder of class folders
    (``data_prefix``), is one training set. FileNotFoundError where there are none, ValueError where
    the column has another value."""
    known = tuple(SPLITS)
    if not ann_file and data_prefix is not None:
        return ['train']
    if not ann_file:
        found = [
            name for name in known if osp.isdir(osp.join(data_root, split_folder(data_root, name)))
        ]
        if not found:
            fix = 'make one, with a folder a class in it, or give a table (--ann-file); class '
            fix += (
                'folders in it itself are read by --splits all, those of another by --data-prefix'
            )
            raise FileNotFoundError(f'{data_root!r} has none of the folders {known}; {fix}')
        return found
    path = osp.join(data_root, ann_file)
    if not osp.isfile(path):
        raise FileNotFoundError(f'no table at {path!r}')
    line, header = next(rows := read_csv(path), (1, []))
    rows = list(rows)
    place = find_split_column(f'{path}, line {line}', header, rows, columns or {})
    if place is None:
        return ['train']
    there = {split_name(row[place], f'{path}, line {n}') for n, row in rows if len(row) > place}
    return [name for name in known if name in there]


def own_classes(
    data_root: str, splits: Sequence[str], data_prefix: str | None = None
) -> tuple[str, ...]:
    """The classes that a user's class folders have, as ``FERFolder`` takes them; raises as
    :func:`~mmfer.lists.class_folders.classes_by_folders`."""
    split = 'all' if 'all' in splits else splits[0]
    return classes_by_folders(folders_of_splits(data_root, split, data_prefix))


def _column(records: list[dict], name: str) -> np.ndarray | None:
    if not records or any(record.get(name) is None for record in records):
        return None
    return np.array([record[name] for record in records], dtype=np.float64)
