import os.path as osp
from typing import Dict, List, Optional

import numpy as np
from mmpretrain.registry import DATASETS

from .fer_dataset import FERDataset
from .label_noise import read_label_rows

VOTES_FILE = 'EmoLabel/distribution_basic.txt'


@DATASETS.register_module()
class RAFDB(FERDataset):
    """RAF-DB, basic expressions (CVPR 2017): 12 271 training and 3 068 test
    images, aligned, 100 x 100.

    As its owners hand it out::

        data_root
        |-- Image/aligned/train_00001_aligned.jpg ... test_3068_aligned.jpg
        |-- EmoLabel/list_patition_label.txt     "train_00001.jpg 5", from 1
        `-- EmoLabel/distribution_basic.txt      shares of votes; some copies

    Class ids in the order of its label file, as EAC, SCN, RUL and NLA use it.

    Args:
        split: ``'train'`` or ``'test'``.
        ann_file: the label list, below ``data_root``.
        data_prefix: the images' folder, below ``data_root``.
        suffix: between the listed name and its ending; ``''`` for the
            unaligned images.
        votes_file: shares of the annotators' votes, below ``data_root``, read
            into ``votes``. The default is passed over where a copy lacks it;
            None reads none.
        **kwargs: of :class:`FERDataset`.
    """

    METAINFO = dict(
        classes=('surprise', 'fear', 'disgust', 'happiness', 'sadness',
                 'anger', 'neutral'),
        dataset='RAF-DB')
    ID_BASE = 1

    def __init__(self,
                 data_root: str = '',
                 split: str = 'train',
                 ann_file: str = 'EmoLabel/list_patition_label.txt',
                 data_prefix: str = 'Image/aligned',
                 suffix: str = '_aligned',
                 votes_file: Optional[str] = VOTES_FILE,
                 **kwargs):
        self.suffix = suffix
        self.votes_file = votes_file
        super().__init__(
            data_root=data_root,
            split=split,
            ann_file=ann_file,
            data_prefix=data_prefix,
            **kwargs)

    def read(self) -> List[dict]:
        """Rows of the split; a name that comes twice is refused."""
        if not osp.isfile(self.ann_file):
            raise FileNotFoundError(
                f'no RAF-DB label list at {self.ann_file!r}; set data_root to '
                'the folder that holds EmoLabel/ and Image/ (in the configs: '
                'the environment variable RAFDB_ROOT)')
        rows = read_label_rows(self.ann_file, len(self.CLASSES), self.ID_BASE)
        self.counts['read'] = len(rows)
        votes = self._read_votes()
        records: Dict[str, dict] = {}
        for name, label in rows:
            if not name.startswith(f'{self.split}_'):
                self.counts['other split'] += 1
                continue
            if name in records:
                raise ValueError(f'{self.ann_file}: {name!r} is listed twice; '
                                 'every image of RAF-DB has one row')
            stem, ending = osp.splitext(name)
            records[name] = dict(
                name=name,
                img_path=osp.join(self.img_prefix,
                                  f'{stem}{self.suffix}{ending}'),
                gt_label=label)
            if votes is not None:
                if name not in votes:
                    raise ValueError(f'{self.votes_file} has no row for '
                                     f'{name!r}, which is in {self.ann_file}')
                records[name]['votes'] = votes[name]
        self.counts['kept'] = len(records)
        return list(records.values())

    def _read_votes(self) -> Optional[Dict[str, np.ndarray]]:
        if self.votes_file is None:
            return None
        path = osp.join(self.data_root, self.votes_file)
        if not osp.isfile(path) and self.votes_file == VOTES_FILE:
            return None
        votes = {}
        with open(path, encoding='utf-8-sig') as file:
            for number, line in enumerate(file, 1):
                name, *shares = line.split() or ['']
                if not name:
                    continue
                if len(shares) != len(self.CLASSES):
                    raise ValueError(
                        f'{path}, line {number}: {len(shares)} vote columns; '
                        f'expected {len(self.CLASSES)}')
                votes[name] = np.array(shares, dtype=np.float32)
        return votes
