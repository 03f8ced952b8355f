"""What a reader lists for a split, before any image is opened."""

import os.path as osp
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from mmpretrain.registry import DATASETS

from ..datasets.files.label_lists import COLUMNS
from ..datasets.files.own_table import SPLITS, split_name
from ..datasets.files.text import read_csv
from .published import Published, published_counts


class Split(NamedTuple):
    """The rows of a split.

    ``labels`` (N,) int64. ``votes`` (N, columns) float64 or None. ``boxes`` (N, 4) x, y, width and
    height of the face, pixels, or None. ``left_out``: rows that the reader did not keep, by reason.
    ``trains``: whether models are trained on it. ``absent``: why it could not be read, or ''.
    ``proof``: what checkpoints that are trained or tested on the split carry as its fingerprint;
    empty where images are missing.
    """

    name: str
    classes: Sequence[str]
    paths: list[str]
    labels: np.ndarray
    votes: np.ndarray | None
    boxes: np.ndarray | None
    left_out: dict[str, int]
    trains: bool
    published: Published | None
    absent: str = ''
    proof: dict[str, str] = {}

    @property
    def per_class(self) -> np.ndarray:
        """Rows of each class, (K,) int64."""
        return np.bincount(self.labels, minlength=len(self.classes))


def read_split(reader: str, data_root: str, split: str, variant: str = '', **options) -> Split:
    """Read the lists of a split through the reader that trains on it.

    Args:
        reader: its name in the registry.
        variant: see :func:`published_counts`.
        options: of the reader.

    Raises:
        ValueError: the lists are malformed; the reader's own message.
    """
    dataset = DATASETS.build(
        dict(type=reader, data_root=data_root, split=split, lazy_init=True, **options)
    )
    classes = tuple(dataset.CLASSES)
    trains = split in dataset.TRAIN_SPLITS
    published = published_counts(reader, split, variant)
    try:
        records, absent = dataset.read(), ''
    except FileNotFoundError as error:
        records, absent = [], str(error)
    if not records and not absent:
        absent = f'its list has no image of this split: {dict(dataset.counts)}'
    left_out = {
        reason: int(count)
        for reason, count in dataset.counts.items()
        if reason not in ('read', 'kept')
    }
    return Split(
        split,
        classes,
        [record['img_path'] for record in records],
        np.array([record['gt_label'] for record in records], dtype=np.int64),
        _column(records, 'votes'),
        _column(records, 'face_box'),
        left_out,
        trains,
        published,
        absent,
        _proof(reader, dict(options, data_root=data_root, split=split)) if records else {},
    )


def own_splits(data_root: str, ann_file: str = '') -> list[str]:
    """Which splits a user's own data has: those of the folders, or of the table's column; a table
    without such a column is one training set.

    Raises:
        FileNotFoundError: there are none.
        ValueError: the table's column has another value; names its line.
    """
    known = tuple(SPLITS)
    if not ann_file:
        found = [name for name in known if osp.isdir(osp.join(data_root, name))]
        if not found:
            raise FileNotFoundError(
                f'{data_root!r} has none of the folders {known}, one of which holds the folders of '
                'the classes; or give a table (--ann-file)'
            )
        return found
    path = osp.join(data_root, ann_file)
    if not osp.isfile(path):
        raise FileNotFoundError(f'no table at {path!r}')
    rows = read_csv(path)
    _, header = next(rows, (0, []))
    places = [i for i, field in enumerate(header) if field.lower() in COLUMNS['split']]
    if not places:
        return ['train']
    there = {
        split_name(row[places[0]], f'{path}, line {number}')
        for number, row in rows
        if len(row) > places[0]
    }
    return [name for name in known if name in there]


def _proof(reader: str, options: dict) -> dict[str, str]:
    """The fingerprint of the data set as it is tested on: complete, and without noise."""
    dataset = DATASETS.build(dict(type=reader, test_mode=True, lazy_init=True, **options))
    try:
        found = dataset.fingerprint
    except FileNotFoundError:
        return {}
    return {key: found[key] for key in ('list_sha256', 'content_sha256')}


def _column(records: list[dict], name: str) -> np.ndarray | None:
    if not records or any(record.get(name) is None for record in records):
        return None
    return np.array([record[name] for record in records], dtype=np.float64)


def relative(path: str, root: str) -> str:
    """A path as people know it: below the data root, with slashes.

    >>> relative('data/rafdb/Image/a.jpg', 'data/rafdb')
    'Image/a.jpg'
    """
    inside = osp.relpath(path, root)
    return (path if inside.startswith('..') else inside).replace(osp.sep, '/')
