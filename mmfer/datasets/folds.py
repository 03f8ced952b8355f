"""Folds of a training set, fixed in a file."""

import csv
import io
import os.path as osp
from collections.abc import Callable, Iterable, Sequence

import numpy as np
from mmpretrain.datasets import KFoldDataset
from mmpretrain.registry import DATASETS

from ..utils.hashing import content_digest
from .fer_dataset import FERDataset
from .files.text import parse_id, read_csv

COLUMNS = ['image', 'fold']


@DATASETS.register_module()
class FERFold(KFoldDataset):
    """All folds but one of a training set, or that one.

    The folds stand in a file, so that nobody has to draw them again, and which model was shown
    which image can be read there.

    Args:
        dataset: a :class:`FERDataset` or its config. Label noise is drawn for the whole set, before
            it is divided.
        fold_file: a file of :func:`fold_text`.
        fold: the fold that training leaves out, from 0.
        test_mode: take that fold instead of the others.

    Raises:
        FileNotFoundError: where there is no such file.
        ValueError: on a file of other images, or a fold that it does not have; names file and line.
    """

    def __init__(self, dataset, fold_file: str, fold: int = 0, test_mode: bool = False):
        if isinstance(dataset, dict):
            dataset = DATASETS.build(dataset)
        self.dataset = dataset
        self.fold_file = fold_file
        self.fold = fold
        self.num_splits, self.seed = 0, None  # of the file
        self.test_mode = test_mode
        self._metainfo = dataset.metainfo
        self._fully_initialized = False
        self.full_init()

    def full_init(self) -> None:
        """Read the file and take the images."""
        if self._fully_initialized:
            return
        self.dataset.full_init()
        folds = read_folds(self.fold_file, image_names(self.dataset))
        self.num_splits = int(folds.max()) + 1
        if not 0 <= self.fold < self.num_splits:
            raise ValueError(
                f'{self.fold_file} has no fold {self.fold!r}; allowed: 0 to {self.num_splits - 1}'
            )
        chosen = (folds == self.fold) == self.test_mode
        self._ori_indices = np.flatnonzero(chosen).tolist()
        self.dataset = self.dataset.get_subset(self._ori_indices)
        self._fully_initialized = True


def image_names(dataset: FERDataset) -> list[str]:
    """The images' paths below the data set's folder, in their order."""
    paths = [dataset.get_data_info(i)['img_path'] for i in range(len(dataset))]
    return [osp.relpath(path, dataset.data_root or '.').replace(osp.sep, '/') for path in paths]


def content_groups(
    paths: Sequence[str], track: Callable[[Iterable], Iterable] = iter
) -> np.ndarray:
    """One number for all files of the same bytes.

    Args:
        paths: N image files.
        track: wraps the loop over the paths, for a progress bar.

    Returns:
        (N,) int64.
    """
    known: dict = {}
    groups = []
    for path in track(paths):
        groups.append(known.setdefault(content_digest(path), len(known)))
    return np.array(groups, dtype=np.int64)


def fold_text(names: Sequence[str], folds: np.ndarray) -> str:
    r"""A CSV ``image,fold``.

    >>> fold_text(['a.jpg', 'b.jpg'], [1, 0])
    'image,fold\na.jpg,1\nb.jpg,0\n'
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator='\n')
    writer.writerow(COLUMNS)
    writer.writerows((name, int(fold)) for name, fold in zip(names, folds))
    return buffer.getvalue()


def read_folds(path: str, names: Sequence[str]) -> np.ndarray:
    """(N,) folds of the images, which the file lists in this order.

    Raises:
        FileNotFoundError: where there is no such file.
        ValueError: on another header, other images, or no fold from 0 on; names file and line.
    """
    if not osp.isfile(path):
        raise FileNotFoundError(f'no file of folds at {path!r}')
    folds, header = [], None
    for number, fields in read_csv(path):
        where = f'{path}, line {number}'
        if header is None:
            header = fields
            if header != COLUMNS:
                raise ValueError(f'{where}: the header is {header}; expected {COLUMNS}')
            continue
        expected = names[len(folds)] if len(folds) < len(names) else None
        if len(fields) != 2 or fields[0] != expected:
            raise ValueError(
                f'{where}: {fields} where the data set has {expected!r} (None: it ends); the file '
                'is of other images'
            )
        fold = parse_id(fields[1])
        if fold is None or fold < 0:
            raise ValueError(f'{where}: {fields[1]!r} is no fold; it is an integer from 0 on')
        folds.append(fold)
    if len(folds) < len(names):
        raise ValueError(
            f'{path}: ends after {len(folds)} of {len(names)} images; the next is '
            f'{names[len(folds)]!r}'
        )
    return np.array(folds, dtype=np.int64)
