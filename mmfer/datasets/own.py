import os.path as osp
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from mmengine.logging import MMLogger
from mmpretrain.registry import DATASETS

from ..functional import VOTE_RULES, select_votes
from ..functional.arguments import check_choice
from ..lists.class_folders import classes_by_folders, folders_of_splits
from ..lists.own_table import read_own_table
from ..lists.split_names import own_split, split_folder
from ..utils.image_folders import name_below
from .class_folders import read_class_folders
from .fer_dataset import FERDataset

ROLES = ('path', 'label', 'split')


@DATASETS.register_module()
class FERFolder(FERDataset):
    """Any faces with labels: class folders, or a table beside the images.

    Class folders::

        data_root
        |-- train/happy/a.jpg ...  train/sad/b.jpg ...
        `-- valid/happy/...

    or a table with a header (any delimiter), ``ann_file='labels.csv'``, whose columns tell what it
    holds::

        path,label              faces/a.jpg,happy     or ids, from 0 or from 1
        path,happy,sad,unknown  faces/a.jpg,7,2,1     votes, a column a class
        path,anna,ben,carla     faces/a.jpg,happy,sad,    a column an annotator

    and a column ``split`` (or ``set``, ``phase`` ..., by its values); without it, the table is for
    training. It may have labels and votes. Folders and values may say ``val``, ``validation``,
    ``dev``, ``training``, in any case. Classes are found in any case, too, or as synonyms
    (:mod:`mmfer.utils.class_names`); of a table, columns by the names of
    :data:`~mmfer.lists.tables.COLUMNS`, whatever their capitals, blanks and underscores. Class
    folders may be called by ids, ``1/`` to ``7/``. The log tells what was taken as what.

    Args:
        classes: K class names; their order gives the class ids. None takes the names of the class
            folders of all splits, sorted, which the log tells; a table needs them.
        split: ``'train'``, ``'valid'`` or ``'test'``: the folder, or the value in the column
            ``split``; ``'all'``: the whole table, or the class folders in ``data_root`` itself.
        ann_file: the table, below ``data_root``; '' for class folders.
        data_prefix: the images' folder, below ``data_root``: what the table's paths start from, or
            where the classes' folders lie (default there: the split's name).
        columns: its columns path, label and split that are called otherwise than in
            :data:`~mmfer.lists.tables.COLUMNS`, such as ``dict(label='expr')``.
        annotators: its columns of one annotator's labels each; an empty field is no vote.
        outside: answers outside the classes that count in the rule, such as ``('unknown', 'NF')``:
            columns of votes, or what annotators say.
        rule: how votes become a label, where there is no label, by
            :func:`~mmfer.functional.votes.select_votes`; images without one are left out.
        min_votes: of the rule; 2 drops single votes, where they are counts of ten annotators.
        id_base: the id of the first class; None finds it, where an id 0 or K occurs.

    ``votes`` has the classes' columns, then ``outside``. Rows left out are counted as ``other
    split``, ``no votes``, ``no label by the rule`` and ``outside the classes``; files of class
    folders by the reasons of :mod:`mmfer.utils.image_folders`, those that may be pictures with a
    warning.
    """

    METAINFO = dict(classes=(), dataset='own')
    SPLITS = ('train', 'valid', 'test', 'all')
    TRAIN_SPLITS = ('train', 'all')

    def __init__(
        self,
        data_root: str = '',
        split: str = 'train',
        classes: Sequence[str] | None = None,
        ann_file: str = '',
        data_prefix: str | None = None,
        columns: dict[str, str] | None = None,
        annotators: Sequence[str] = (),
        outside: Sequence[str] = (),
        rule: str = 'majority',
        min_votes: float = 0,
        id_base: int | None = None,
        **kwargs,
    ):
        self.roots = () if ann_file else folders_of_splits(data_root, split, data_prefix)
        if classes is None and not ann_file:
            try:
                classes = classes_by_folders(self.roots)
            except FileNotFoundError as error:
                fix = "or give ann_file; split='all' reads those in data_root itself"
                raise FileNotFoundError(f'data_root={data_root!r}: {error}, {fix}') from None
            MMLogger.get_current_instance().info(
                f'classes by the folders, in the order of their ids: {list(classes)}'
            )
        listed = isinstance(classes, (list, tuple))
        if not listed or len(classes) < 2 or len(set(classes)) < len(classes):
            raise ValueError(
                f'classes={classes!r}; give a list of at least two different names, in the order '
                'of the class ids'
            )
        check_choice('rule', rule, VOTE_RULES)
        split = own_split(split, self.SPLITS)
        if unknown := [role for role in columns or () if role not in ROLES]:
            raise ValueError(f'columns={columns}: {unknown} are unknown; allowed: {ROLES}')
        if data_prefix is None:
            data_prefix = '' if ann_file or split == 'all' else split_folder(data_root, split)
        self.protocol_classes = tuple(classes)
        self.table = dict(columns=dict(columns or {}), id_base=id_base)
        self.id_base = id_base
        self.table.update(annotators=tuple(annotators), outside=tuple(outside))
        self.rule, self.MIN_VOTES = rule, min_votes
        kwargs.update(ann_file=ann_file, data_prefix=data_prefix)
        super().__init__(data_root=data_root, split=split, **kwargs)

    def read(self) -> list[dict]:
        """The images of the split that have a label."""
        self.unread = {}
        return list(self._read_table() if self.ann_file else self._read_folders())

    def _read_folders(self) -> Iterator[dict]:
        try:
            found = read_class_folders(
                self, self.img_prefix, self.protocol_classes, self.id_base, self.roots
            )
        except FileNotFoundError as error:
            fix = "or ann_file; split='all' reads those in data_root itself"
            named = (own_split(osp.basename(root), self.SPLITS) for root in self.roots)
            raise FileNotFoundError(f'{error}, {fix}{self._other_splits(named)}') from None
        for path, label in found:
            self.take()
            name = name_below(path, self.data_root)
            yield dict(name=name, img_path=path, gt_label=label)

    def _other_splits(self, named: Iterable[str]) -> str:
        """Which splits there are instead, for a refusal; '' where there is none."""
        named = {*named} - {self.split}
        there = [split for split in self.SPLITS if split in named]
        told = f'; there is {" and ".join(map(repr, there))}' if there else ''
        if self.split == 'train' or there in ([], ['train']):
            return told
        return f'{told}: split={there[-1]!r} (of configs/own: val_split, test_split)'

    def _read_table(self) -> Iterator[dict]:
        classes = self.protocol_classes
        images, labels, votes = read_own_table(
            self.ann_file, self.img_prefix, classes, **self.table
        )
        if not images[0]['split'] and self.split not in ('train', 'all'):
            raise ValueError(
                f'{self.ann_file} has no column split, so that its rows would serve every split. '
                'Add the column, or name yours: columns=dict(split=...); or, if all of this table '
                f"is for {self.split!r}, say split='all'"
            )
        if self.split not in ('all', *(image['split'] or self.split for image in images)):
            there = self._other_splits(image['split'] for image in images)
            raise ValueError(f'{self.ann_file} has no row of the split {self.split!r}{there}')
        if labels is None:
            kept = select_votes(votes, len(classes), self.rule, self.MIN_VOTES)
            labels = np.where(kept.any(axis=1), kept.argmax(axis=1), -1)
        for i, (image, label) in enumerate(zip(images, labels.tolist())):
            reason = ''
            if image.pop('split') not in ('', self.split) and self.split != 'all':
                reason = 'other split'
            elif label < 0:
                reason = 'no label by the rule' if votes[i].any() else 'no votes'
            elif label >= len(classes):
                reason = 'outside the classes'
            if self.take(reason):
                yield image | dict(gt_label=label) | ({} if votes is None else dict(votes=votes[i]))

    def extra_repr(self) -> list[str]:
        """Adds the rule to the base's lines."""
        return [*super().extra_repr(), f'Rule: \t{self.rule} {dict(min_votes=self.MIN_VOTES)}']
