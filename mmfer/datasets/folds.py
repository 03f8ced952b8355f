import numpy as np
from mmpretrain.datasets import KFoldDataset
from mmpretrain.registry import DATASETS

from ..functional.arguments import check_number
from ..lists.image_table import Images, open_table, own_rows, read_rows
from ..lists.text import parse_id


@DATASETS.register_module()
class FERFold(KFoldDataset):
    """All folds but one of a training set, or that one, as they stand in a file.

    Args:
        dataset: a :class:`FERDataset` or its config. Label noise is drawn for the whole set, before
            it is divided.
        fold_file: a table with the columns ``image`` and ``fold``, of all its images and no others;
            see :mod:`~mmfer.lists.image_table`.
        fold: the fold that training leaves out, from 0.
        test_mode: take that fold instead of the others.

    Raises a ValueError on a fold that the file does not have, and as all readers of such tables.
    """

    def __init__(self, dataset, fold_file: str, fold: int = 0, test_mode: bool = False):
        if isinstance(dataset, dict):
            dataset = DATASETS.build(dataset)
        self.dataset, self.test_mode = dataset, test_mode
        self.fold_file = fold_file
        self.fold = check_number('fold', fold, whole=True)
        self.num_splits, self.seed = 0, None  # of the file
        self._metainfo = dataset.metainfo
        self._fully_initialized = False
        self.full_init()

    def full_init(self) -> None:
        """Read the file and take the images."""
        if self._fully_initialized:
            return
        self.dataset.full_init()
        folds = read_folds(self.fold_file, self.dataset.images)
        self.num_splits = int(folds.max()) + 1
        if not 0 <= self.fold < self.num_splits:
            raise ValueError(
                f'{self.fold_file} has no fold {self.fold!r}; allowed: 0 to {self.num_splits - 1}'
            )
        chosen = (folds == self.fold) == self.test_mode
        self._ori_indices = np.flatnonzero(chosen).tolist()
        self.dataset = self.dataset.get_subset(self._ori_indices)
        self._fully_initialized = True


def read_folds(path: str, images: Images) -> np.ndarray:
    """(N,) int64 folds of the images, which have to be all of the file's."""
    open_table(path, 'file of folds')
    rows = read_rows(path, images.classes, ['fold'])
    own = own_rows(path, rows, images)
    if len(rows) > len(own):
        raise ValueError(f'{path}: {len(rows)} rows for {len(own)} images; it is of other images')
    folds = [parse_id(row.fields['fold']) for row in own]
    for row, fold in zip(own, folds):
        if fold is None or fold < 0:
            where = f'{path}, line {row.line}: {row.fields["fold"]!r}'
            raise ValueError(f'{where} is no fold; it is an integer from 0 on')
    there = sorted(set(folds))
    if there[0] or there[-1] >= len(there):
        raise ValueError(
            f'{path}: its folds are {there[:9]}, of which one is empty; they count from 0 without '
            'a gap, so that each is tested on once'
        )
    return np.array(folds, dtype=np.int64)
