import numbers
import os
import os.path as osp
from collections import Counter
from typing import List, Optional

import numpy as np
from mmengine.logging import MMLogger
from mmpretrain.datasets import BaseDataset

from .label_noise import apply_noise


class FERDataset(BaseDataset):
    """Base of the FER data sets: a reader, label noise, diagnostics.

    A subclass gives ``METAINFO`` (class names in the order of the published
    protocol), ``SPLITS``, ``ID_BASE`` (the first class id in its own files)
    and :meth:`read`. Each sample holds

    - ``gt_label``: the class id that training sees;
    - ``clean_label``: the class id before noise, for diagnosis alone;
    - ``votes`` (K,): the annotators' votes, where the data has them;
    - ``sample_idx``: its row, from the host.

    Args:
        data_root: folder of the data set.
        split: one of the subclass's ``SPLITS``.
        noise: label noise of the training set, for instance
            ``dict(kind='symmetric', rate=.3, seed=0)`` or ``dict(kind='file',
            path='EmoLabel/noise03.txt')``; see
            :mod:`mmfer.datasets.label_noise`. It is drawn after ``indices``
            chose the images, so that the rate holds for what is trained on,
            and depends on the seed and the order of the data set's own list
            alone: the same on every machine and rank.
        **kwargs: of mmpretrain's ``BaseDataset``.

    Attributes:
        counts: what the reader met: ``read``, ``kept``, and a count for each
            reason to leave a row out.

    Raises:
        ValueError: on an unknown split, or noise on anything but training.
        FileNotFoundError: names how many images are missing, and the first.
    """

    SPLITS: tuple = ('train', 'test')
    TRAIN_SPLITS: tuple = ('train', )
    ID_BASE: int = 0

    def __init__(self,
                 data_root: str = '',
                 split: str = 'train',
                 noise: Optional[dict] = None,
                 test_mode: bool = False,
                 **kwargs):
        if split not in self.SPLITS:
            raise ValueError(f'split {split!r} of {type(self).__name__} is '
                             f'unknown; allowed: {self.SPLITS}')
        if noise is not None and (test_mode or split not in self.TRAIN_SPLITS):
            raise ValueError(
                f'noise={noise} on split {split!r} (test_mode={test_mode}): '
                'labels that are tested on are never changed; give noise to '
                f'the training set alone (split {self.TRAIN_SPLITS})')
        self.split = split
        self.noise = noise
        self.counts: Counter = Counter()
        kwargs.setdefault('ann_file', '')
        super().__init__(data_root=data_root, test_mode=test_mode, **kwargs)

    @property
    def protocol_classes(self) -> tuple:
        """The class names that belong to the ids that :meth:`read` gives."""
        return self.METAINFO['classes']

    def read(self) -> List[dict]:
        """One dict an image: ``name`` (by which noise files know it),
        ``img_path``, ``gt_label``, and ``votes`` where there are any."""
        raise NotImplementedError

    def load_data_list(self) -> List[dict]:
        """Read, choose, check, and put the noise on."""
        if tuple(self.CLASSES) != tuple(self.protocol_classes):
            raise ValueError(
                f'classes={self.CLASSES} would rename the class ids of '
                f'{type(self).__name__}, not reorder them; they stand for '
                f'{self.protocol_classes}. Leave classes and metainfo out')
        records = self.read()
        if not records:
            raise ValueError(
                f'{type(self).__name__} ({self.split}) has no images: '
                f'{dict(self.counts)} in {self.ann_file or self.data_root!r}')
        if self._indices is not None:
            # Chosen here, before the noise; the host then has nothing to do.
            index = self._indices
            if isinstance(index, numbers.Integral):  # as the host counts
                chosen = records[:index] if index >= 0 else records[index:]
            else:
                chosen = [records[i] for i in index]
            records, self._indices = chosen, None
        self._check_images(records)
        clean = np.array([r['gt_label'] for r in records], dtype=np.int64)
        given = clean if self.noise is None else apply_noise(
            self.noise, [r['name'] for r in records], clean,
            len(self.CLASSES), self.data_root, self.ID_BASE)
        for record, old, new in zip(records, clean, given):
            del record['name']
            record['clean_label'], record['gt_label'] = int(old), int(new)
        self._report(clean, given)
        return records

    def _check_images(self, records: List[dict]) -> None:
        folders = {osp.dirname(r['img_path']) for r in records}
        there = {
            osp.join(folder, name)
            for folder in folders if osp.isdir(folder)
            for name in os.listdir(folder)
        }
        missing = [r['img_path'] for r in records if r['img_path'] not in there]
        if missing:
            raise FileNotFoundError(
                f'{len(missing)} of {len(records)} images of '
                f'{type(self).__name__} ({self.split}) are missing, the first '
                f'are {missing[:3]}; is data_root={self.data_root!r} the '
                'folder that holds the tree of the docstring?')

    def _report(self, clean: np.ndarray, given: np.ndarray) -> None:
        per_class = np.bincount(clean, minlength=len(self.CLASSES))
        left_out = {
            k: v for k, v in self.counts.items() if k not in ('read', 'kept')
        }
        changed = int((clean != given).sum())
        share = 100 * changed / max(len(clean), 1)
        MMLogger.get_current_instance().info(
            f'{type(self).__name__} {self.split}: {len(clean)} images '
            f'{dict(zip(self.CLASSES, per_class.tolist()))}; rows read: '
            f'{self.counts["read"]}, left out: {left_out or "none"}; labels '
            f'changed by noise: {changed} ({share:.2f} %)')

    def extra_repr(self) -> List[str]:
        """Lines of ``repr``: split, noise and counts."""
        return [
            f'Data root: \t{self.data_root}', f'Split: \t{self.split}',
            f'Noise: \t{self.noise}', f'Counts: \t{dict(self.counts)}'
        ]
