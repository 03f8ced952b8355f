import os.path as osp

import numpy as np
from mmpretrain.registry import DATASETS

from ..lists.label_lists import class_ids, read_label_rows
from ..lists.text import join_inside, need_file, parse_votes, read_lines
from .fer_dataset import FERDataset

VOTES_FILE = 'EmoLabel/distribution_basic.txt'


@DATASETS.register_module()
class RAFDB(FERDataset):
    """RAF-DB, basic expressions (CVPR 2017): 12 271 training and 3 068 test images, aligned, 100 x
    100.

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
        suffix: between the listed name and its ending; ``''`` for the unaligned images.
        votes_file: shares of the annotators' votes, below ``data_root``, read into ``votes``. The
            default is passed over where a copy lacks it; None reads none.
    """

    METAINFO = dict(
        classes=('surprise', 'fear', 'disgust', 'happiness', 'sadness', 'anger', 'neutral'),
        dataset='RAF-DB',
    )
    ID_BASE = 1

    def __init__(
        self,
        *args,
        ann_file: str = 'EmoLabel/list_patition_label.txt',
        data_prefix: str = 'Image/aligned',
        suffix: str = '_aligned',
        votes_file: str | None = VOTES_FILE,
        **kwargs,
    ):
        self.suffix, self.votes_file = suffix, votes_file
        super().__init__(*args, ann_file=ann_file, data_prefix=data_prefix, **kwargs)

    def read(self) -> list[dict]:
        """Rows of the split; a name that comes twice is refused."""
        fix = 'set data_root to the folder that holds EmoLabel/ and Image/ (in the configs: the '
        need_file(self.ann_file, 'RAF-DB label list', f'{fix}environment variable RAFDB_ROOT)')
        rows = read_label_rows(self.ann_file)
        if marked := [row for row in rows if (row.changed, row.clean) != (None, None)]:
            raise ValueError(
                f'{self.ann_file}, line {marked[0].line}: {marked[0].name!r} has a mark of changed '
                'labels or a clean label, so that this is a noise file, not the label list; give '
                "it as noise=dict(kind='file', path=...)"
            )
        labels = class_ids(self.ann_file, rows, len(self.CLASSES), self.ID_BASE, self.ID_BASE)
        votes = self._read_votes({row.name for row in rows})
        records: dict[str, dict] = {}
        for row, label in zip(rows, labels):
            name, where = row.name, f'{self.ann_file}, line {row.line}'
            path = join_inside(self.img_prefix, _add(self.suffix, name), where)
            if not name.startswith(('train_', 'test_')):
                raise ValueError(
                    f'{where}: {name!r} is no image of RAF-DB; allowed: train_... and test_...'
                )
            if not self.take('' if name.startswith(f'{self.split}_') else 'other split'):
                continue
            if name in records:
                raise ValueError(f'{where}: {name!r} is listed twice; every image has one row')
            records[name] = dict(name=name, img_path=path, gt_label=label)
            if votes is not None:
                if name not in votes:
                    raise ValueError(f'{self.votes_file} has no row for {name!r} ({where})')
                records[name]['votes'] = votes[name]
        return list(records.values())

    def aliases(self, name: str) -> list[str]:
        """The aligned image's file name, which SCN's files list."""
        return [_add('_aligned', name)]

    def _read_votes(self, listed: set[str]) -> dict[str, np.ndarray] | None:
        path = osp.join(self.data_root, self.votes_file or '')
        if self.votes_file is None or (self.votes_file == VOTES_FILE and not osp.isfile(path)):
            return None
        need_file(path, 'votes', 'votes_file is taken below data_root, and None reads none')
        votes = {}
        for number, line in read_lines(path):
            name, *shares = line.split()
            where = f'{path}, line {number}'
            if name not in listed:
                raise ValueError(
                    f'{where}: votes for {name!r}, an image that {self.ann_file} does not list; '
                    'are the two files of one data set? Rows are "train_00001.jpg f1 ... f7"'
                )
            if name in votes:
                raise ValueError(f'{where}: {name!r} has votes already; every image has one row')
            votes[name] = parse_votes(shares, len(self.CLASSES), where)
        return votes


def _add(suffix: str, name: str) -> str:
    stem, ending = osp.splitext(name)
    return f'{stem}{suffix}{ending}'
