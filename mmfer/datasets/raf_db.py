import os
import os.path as osp
from collections.abc import Iterator

import numpy as np
from mmengine.logging import MMLogger
from mmpretrain.registry import DATASETS

from ..functional.arguments import check_choice
from ..lists.image_names import identity
from ..lists.label_lists import class_ids, read_label_rows
from ..lists.layouts import find_below, find_layout
from ..lists.text import join_inside, need_file, parse_votes, read_lines
from .class_folders import read_class_folders
from .fer_dataset import FERDataset

LABELS = 'EmoLabel/list_patition_label.txt'
VOTES_FILE = 'EmoLabel/distribution_basic.txt'
UNLISTED = 'not in the label table'


@DATASETS.register_module()
class RAFDB(FERDataset):
    """RAF-DB, basic expressions (CVPR 2017): 12 271 training and 3 068 test images, aligned, 100 x
    100.

    As its owners hand it out::

        data_root
        |-- Image/aligned/train_00001_aligned.jpg ... test_3068_aligned.jpg
        |-- EmoLabel/list_patition_label.txt     "train_00001.jpg 5", from 1
        `-- EmoLabel/distribution_basic.txt      shares of votes; some copies

    and as Kaggle mirrors it, with or without the tables, or with ``train/`` in ``data_root``::

        data_root
        |-- DATASET/train/1/train_00002_aligned.jpg ... 7/
        |-- DATASET/test/1/...
        `-- train_labels.csv, test_labels.csv    "image,label", from 1

    Class ids in the order of its label file, as EAC, SCN, RUL and NLA use it. Names, and the order
    of the images, are those of the label file in both layouts, so that noise is the same, and the
    files of others fit whether they write ``_aligned`` or not.

    Args:
        split: ``'train'`` or ``'test'``.
        ann_file: the label list, below ``data_root``.
        data_prefix: the images' folder, below ``data_root``.
        suffix: between the listed name and its ending; ``''`` for the unaligned images; None is
            ``_aligned`` where there is such a file, else nothing.
        votes_file: shares of the annotators' votes, below ``data_root``, read into ``votes``. The
            default is passed over where a copy lacks it; None reads none.
        layout: ``'official'`` or ``'kaggle'``, to which ``ann_file``, ``data_prefix`` and
            ``suffix`` mean nothing; None finds which is there.
    """

    METAINFO = dict(
        classes=('surprise', 'fear', 'disgust', 'happiness', 'sadness', 'anger', 'neutral'),
        dataset='RAF-DB',
    )
    ID_BASE = 1
    PUBLISHED = True
    LISTS = ('ann_file', 'data_prefix', 'suffix', 'votes_file')

    def __init__(
        self,
        *args,
        ann_file: str = LABELS,
        data_prefix: str = 'Image/aligned',
        suffix: str | None = None,
        votes_file: str | None = VOTES_FILE,
        layout: str | None = None,
        **kwargs,
    ):
        check_choice('layout', layout, ('official', 'kaggle', None))
        if layout is None and ann_file != LABELS:
            layout = 'official'
        self.suffix, self.votes_file, self.layout = suffix, votes_file, layout
        super().__init__(*args, ann_file=ann_file, data_prefix=data_prefix, **kwargs)

    def read(self) -> list[dict]:
        """Rows of the split; a name that comes twice is refused."""
        self.layout = self.layout or find_layout(
            self.data_root, 'RAF-DB', option='layout', variable='RAFDB_ROOT'
        )
        kaggle = self.layout == 'kaggle'
        rows = list(self._kaggle_rows() if kaggle else self._listed_rows())
        votes = self._read_votes({name for name, _, _, _ in rows})
        records: dict[str, dict] = {}
        for name, label, path, where in rows:
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

    def _listed_rows(self) -> Iterator[tuple[str, int, str, str]]:
        """Name, class id from 0, path, and where the row stands."""
        fix = 'set data_root to the folder that holds EmoLabel/ and Image/ (in the configs: the '
        need_file(self.ann_file, 'RAF-DB label list', f'{fix}environment variable RAFDB_ROOT)')
        there = set(os.listdir(self.img_prefix)) if osp.isdir(self.img_prefix) else set()
        for listed, label, where in self._read_labels(self.ann_file):
            name = _plain(listed, where, self.img_prefix)
            file = _add('_aligned' if self.suffix is None else self.suffix, name)
            if self.suffix is None and file not in there and name in there:
                file = name
            yield name, label, osp.join(self.img_prefix, file), where

    def _kaggle_rows(self) -> Iterator[tuple[str, int, str, str]]:
        """The same of Kaggle's mirror: the folders, held against the table where there is one."""
        split = f'<{self.split}>'
        folders = [
            osp.join(self.data_root, folder)
            for above in ('DATASET/', '')
            for folder in find_below(self.data_root, f'{above}{split}')
        ]
        folders = list(filter(osp.isdir, folders))
        if len(folders) != 1:
            said = f'{len(folders)} folders of the split {self.split!r} ({folders})'
            raise FileNotFoundError(
                f'{self.data_root!r} holds {said}; allowed: one of DATASET/{self.split}, '
                f'{self.split}, with folders 1 to 7 in it'
            )
        there: dict[str, tuple[str, int]] = {}
        for path, label in read_class_folders(
            self, folders[0], self.protocol_classes, self.ID_BASE
        ):
            name = osp.splitext(_plain(osp.basename(path), path, folders[0]))[0]
            if name in there:
                raise ValueError(f'{path}: {name!r} lies in {there[name][0]}, too; keep one')
            there[name] = path, label
        tables = [
            osp.join(self.data_root, table)
            for above in ('', 'DATASET/')
            for table in find_below(self.data_root, f'{above}{split}_labels.csv')
        ]
        if not tables:
            for name, (path, label) in sorted(there.items()):
                yield name + osp.splitext(path)[1], label, path, path
            return
        rows = []
        for listed, label, where in self._read_labels(tables[0]):
            name = _plain(listed, where, folders[0])
            folder = osp.join(folders[0], str(label + self.ID_BASE))
            path, lies = there.pop(osp.splitext(name)[0], (osp.join(folder, listed), label))
            if lies != label:
                raise ValueError(
                    f'{where}: {listed!r} has the label {label + self.ID_BASE}, but lies in '
                    f'{path}; keep the right one: correct the row, or move the picture'
                )
            rows.append((name, label, path, where))
        yield from sorted(rows)
        if there:
            names = sorted(there)
            self.counts.update({'read': len(names), UNLISTED: len(names)})
            MMLogger.get_current_instance().warning(
                f'{tables[0]}: has no row for {len(names)} pictures in {folders[0]}, which are '
                f'left out, the first are {names[:3]}; add their rows to use them'
            )

    def _read_labels(self, path: str) -> Iterator[tuple[str, int, str]]:
        rows = read_label_rows(path)
        if marked := [row for row in rows if (row.changed, row.clean) != (None, None)]:
            raise ValueError(
                f'{path}, line {marked[0].line}: {marked[0].name!r} has a mark of changed '
                'labels or a clean label, so that this is a noise file, not the label list; give '
                "it as noise=dict(kind='file', path=...)"
            )
        if rows.noisy:
            raise ValueError(
                f'{path}, line 1: the column {rows.noisy!r} holds noisy labels, so that this is a '
                "noise file, not the label list; give it as noise=dict(kind='file', path=...)"
            )
        labels = class_ids(path, rows, len(self.CLASSES), self.ID_BASE, self.ID_BASE)
        for row, label in zip(rows, labels):
            yield row.name, label, f'{path}, line {row.line}'

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
            if own := identity(name, 'RAF-DB'):
                name = own + osp.splitext(name)[1]
            if name not in listed and self.layout == 'official':
                raise ValueError(
                    f'{where}: votes for {name!r}, an image that {self.ann_file} does not list; '
                    'are the two files of one data set? Rows are "train_00001.jpg f1 ... f7"'
                )
            if name in votes:
                raise ValueError(f'{where}: {name!r} has votes already; every image has one row')
            votes[name] = parse_votes(shares, len(self.CLASSES), where)
        return votes


def _plain(listed: str, where: str, root: str) -> str:
    """The name of an image in RAF-DB's own list."""
    join_inside(root, listed, where)
    own, ending = identity(listed, 'RAF-DB'), osp.splitext(listed)[1]
    if own is None or '/' in listed.replace('\\', '/'):
        raise ValueError(
            f'{where}: {listed!r} is no image of RAF-DB; allowed: train_00001.jpg ... '
            'test_3068.jpg, with _aligned or without'
        )
    return own + ending


def _add(suffix: str, name: str) -> str:
    stem, ending = osp.splitext(name)
    return f'{stem}{suffix}{ending}'
