import os
import os.path as osp
from collections.abc import Sequence

import numpy as np
from mmpretrain.registry import DATASETS

from ..functional import VOTE_RULES, select_votes
from .fer_dataset import FERDataset
from .files.own_table import Table, read_table

IMAGE_ENDINGS = ('.jpg', '.jpeg', '.png', '.bmp', '.webp', '.ppm', '.tif', '.tiff')


@DATASETS.register_module()
class FERFolder(FERDataset):
    """Any faces with labels: class folders, or a table beside the images.

    Class folders::

        data_root
        |-- train/happy/a.jpg ...  train/sad/b.jpg ...
        `-- valid/happy/...

    or a CSV with a header, ``ann_file='labels.csv'``, whose columns tell what it holds::

        path,label              faces/a.jpg,happy     or ids, from 0 or from 1
        path,happy,sad,unknown  faces/a.jpg,7,2,1     votes, a column a class
        path,anna,ben,carla     faces/a.jpg,happy,sad,    a column an annotator

    and a column ``split``; without it, the table is for training. A table with labels and votes has
    both.

    Args:
        classes: K class names; their order gives the class ids.
        split: ``'train'``, ``'valid'`` or ``'test'``: the folder, or the value in the column
            ``split``; ``'all'``: the whole table, or the class folders in ``data_root`` itself.
        ann_file: the table, below ``data_root``; '' for class folders.
        data_prefix: the images' folder, below ``data_root``: what the table's paths start from, or
            where the classes' folders lie (default there: the split's name).
        annotators: the table's columns that hold one annotator's labels each; an empty field is no
            vote.
        outside: answers outside the classes that count in the rule, such as ``('unknown', 'NF')``:
            columns of votes, or what annotators say.
        rule: how votes become a label, where there is no label; see
            :func:`~mmfer.functional.votes.select_votes`. Images to which it gives none are left
            out.
        min_votes: answers with fewer are dropped by the rules that drop single votes; 2 where votes
            are counts of ten annotators.
        id_base: the id of the first class; None finds it, where an id 0 or K occurs.
        **kwargs: of :class:`FERDataset`.

    ``votes`` has the classes' columns, then ``outside``. ``counts`` tells the rows left out:
    ``other split``, ``no votes``, ``no label by the rule``, ``outside the classes``.
    """

    METAINFO = dict(classes=(), dataset='own')
    SPLITS = ('train', 'valid', 'test', 'all')
    TRAIN_SPLITS = ('train', 'all')

    def __init__(
        self,
        data_root: str = '',
        split: str = 'train',
        classes: Sequence[str] = (),
        ann_file: str = '',
        data_prefix: str | None = None,
        annotators: Sequence[str] = (),
        outside: Sequence[str] = (),
        rule: str = 'majority',
        min_votes: float = 0,
        id_base: int | None = None,
        **kwargs,
    ):
        if (
            not isinstance(classes, (list, tuple))
            or len(classes) < 2
            or len(set(classes)) < len(classes)
        ):
            raise ValueError(
                f'classes={classes!r}; give a list of at least two different names, in the order '
                'of the class ids'
            )
        if rule not in VOTE_RULES:
            raise ValueError(f'rule={rule!r} is unknown; allowed: {tuple(VOTE_RULES)}')
        if data_prefix is None:
            data_prefix = '' if ann_file or split == 'all' else split
        self._classes = tuple(classes)
        self.annotators = tuple(annotators)
        self.outside = tuple(outside)
        self.rule = rule
        self.MIN_VOTES = min_votes
        self.id_base = id_base
        super().__init__(
            data_root=data_root,
            split=split,
            classes=self._classes,
            ann_file=ann_file,
            data_prefix=data_prefix,
            **kwargs,
        )

    @property
    def protocol_classes(self) -> tuple:
        """The classes that were given."""
        return self._classes

    def read(self) -> list[dict]:
        """The images of the split that have a label."""
        records = self._read_table() if self.ann_file else self._read_folders()
        self.counts['kept'] = len(records)
        return records

    def _read_folders(self) -> list[dict]:
        root = self.img_prefix
        found = (
            sorted(
                entry.name
                for entry in os.scandir(root)
                if entry.is_dir() and not entry.name.startswith('.')
            )
            if osp.isdir(root)
            else []
        )
        if not found:
            raise FileNotFoundError(
                f'no class folders in {root!r}; allowed: a folder for each of {self._classes}, or '
                'ann_file with a table'
            )
        if unknown := [name for name in found if name not in self._classes]:
            raise ValueError(
                f'the folders {unknown[:5]} in {root!r} are no classes; allowed: {self._classes}'
            )
        records = []
        for name in found:
            for folder, inner, files in os.walk(osp.join(root, name)):
                inner[:] = sorted(i for i in inner if not i.startswith('.'))
                for file in sorted(files):
                    if file.startswith('.'):  # such as macOS's ._a.jpg
                        continue
                    self.counts['read'] += 1
                    path = osp.join(folder, file)
                    if not file.lower().endswith(IMAGE_ENDINGS):
                        self.counts['no image'] += 1
                        continue
                    records.append(
                        dict(
                            name=osp.relpath(path, self.data_root or '.'),
                            img_path=path,
                            gt_label=self._classes.index(name),
                        )
                    )
        return records

    def _read_table(self) -> list[dict]:
        table = read_table(
            self.ann_file,
            self._classes,
            self.img_prefix,
            self.annotators,
            self.outside,
            self.id_base,
        )
        if table.splits is None and self.split not in ('train', 'all'):
            raise ValueError(
                f'{self.ann_file} has no column split, so that its rows would serve every split. '
                'Add the column; or, if all of this table '
                f"is for {self.split!r}, say split='all'"
            )
        chosen = self._choose(table)
        records = []
        for i, name in enumerate(table.names):
            self.counts['read'] += 1
            if table.splits is not None and self.split not in ('all', table.splits[i]):
                self.counts['other split'] += 1
                continue
            label, reason = int(chosen[i]), ''
            if label < 0:
                reason = 'no votes' if not table.votes[i].any() else 'no label by the rule'
            elif label >= len(self._classes):
                reason = 'outside the classes'
            if reason:
                self.counts[reason] += 1
                continue
            record = dict(name=name, img_path=table.paths[i], gt_label=label)
            if table.votes is not None:
                record['votes'] = table.votes[i]
            records.append(record)
        return records

    def _choose(self, table: Table) -> np.ndarray:
        """(N,) labels; -1 where the votes give none."""
        if table.labels is not None:
            return np.array(table.labels)
        kept = select_votes(table.votes, len(self._classes), self.rule, self.MIN_VOTES)
        return np.where(kept.any(axis=1), kept.argmax(axis=1), -1)

    def extra_repr(self) -> list[str]:
        """Adds the rule to the base's lines."""
        lines: list[str] = super().extra_repr()
        counts: dict[str, float] = dict(min_votes=self.MIN_VOTES)
        return lines + [f'Rule: \t{self.rule} {counts}']
