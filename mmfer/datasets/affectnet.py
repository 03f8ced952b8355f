import os.path as osp
from collections.abc import Iterator
from typing import NamedTuple

from mmpretrain.registry import DATASETS

from .fer_dataset import FERDataset
from .files.affectnet_lists import read_annotations, read_original_list
from .files.text import join_inside

# What the ids from 8 on stand for, in the original release.
NO_EXPRESSION = {8: 'none', 9: 'uncertain', 10: 'no face'}
# List and folder of images, by split, of the original release.
ORIGINAL = {
    'train': ('Manually_Annotated_file_lists/training.csv', 'Manually_Annotated_Images'),
    'valid': ('Manually_Annotated_file_lists/validation.csv', 'Manually_Annotated_Images'),
    'auto': (
        'Automatically_Annotated_file_lists/automatically_annotated.csv',
        'Automatically_Annotated_Images',
    ),
}
NEW = {'train': 'train_set', 'valid': 'val_set'}


class Row(NamedTuple):
    """An annotated image: where it stands (for errors), the image below the images' folder, the
    class id of the release, the face's box."""

    where: str
    name: str
    id: int
    box: tuple | None = None


@DATASETS.register_module()
class AffectNet(FERDataset):
    """AffectNet (TAC 2019): faces of the web, about 290 000 labelled by hand with one of eight
    expressions, and 460 000 by a machine.

    The original release, whole pictures with the face's box (the pipeline needs
    :class:`CropFaceBox`)::

        data_root
        |-- Manually_Annotated_file_lists/training.csv, validation.csv
        |-- Manually_Annotated_Images/<n>/<hash>.jpg
        |-- Automatically_Annotated_file_lists/automatically_annotated.csv
        `-- Automatically_Annotated_Images/<n>/<hash>.jpg

    The newer release, faces already cropped to 224 px::

        data_root
        |-- train_set/images/<id>.jpg, annotations/<id>_exp.npy ...
        `-- val_set/images/<id>.jpg, annotations/<id>_exp.npy ...

    Numbers measured on one release do not carry over to the other: the crops differ.

    Args:
        split: ``'train'``, ``'valid'`` (which papers report on; the test set was never given out),
            or ``'auto'``: the automatically annotated list of the original release, real noise to
            train on, whose true labels nobody knows: ``clean_label`` is the machine's. Validation
            is balanced, training is not: ``ClassBalancedSampler``.
        num_classes: 8, or 7 without contempt.
        release: ``'original'`` or ``'new'``; None finds which is there.
        ann_file: another list in the original release's form, below ``data_root``.
        data_prefix: the folder of that list's images, below ``data_root``.
        **kwargs: of :class:`FERDataset`.

    Noise files name the images as the list does (``689/0a1b.jpg``), or ``<id>.jpg``. ``face_box``
    is (x, y, width, height) in pixels, in the original release. ``counts`` tells the rows left out:
    ``none``, ``uncertain``, ``no face`` (ids 8 to 10), ``contempt``, ``box without a size``,
    ``duplicate name`` (an image's later rows).
    """

    METAINFO = dict(
        classes=(
            'neutral',
            'happiness',
            'sadness',
            'surprise',
            'fear',
            'disgust',
            'anger',
            'contempt',
        ),
        dataset='AffectNet',
    )
    SPLITS = ('train', 'auto', 'valid')
    TRAIN_SPLITS = ('train', 'auto')

    def __init__(
        self,
        data_root: str = '',
        split: str = 'train',
        num_classes: int = 8,
        release: str | None = None,
        ann_file: str = '',
        data_prefix: str = '',
        **kwargs,
    ):
        if num_classes not in (7, 8):
            raise ValueError(f'num_classes={num_classes}; AffectNet has 8, or 7 without contempt')
        if release not in (None, 'original', 'new'):
            raise ValueError(f"release={release!r} is unknown; allowed: 'original', 'new', None")
        if bool(ann_file) != bool(data_prefix):
            raise ValueError(
                f'ann_file={ann_file!r} and data_prefix={data_prefix!r} belong together; give both'
            )
        self.num_classes = num_classes
        self.release = release
        if num_classes == 7 and kwargs.get('classes') is None:
            kwargs['classes'] = self.protocol_classes
        super().__init__(
            data_root=data_root, split=split, ann_file=ann_file, data_prefix=data_prefix, **kwargs
        )

    @property
    def protocol_classes(self) -> tuple:
        """Eight classes, or seven without contempt."""
        return self.METAINFO['classes'][: self.num_classes]

    def read(self) -> list[dict]:
        """Rows of the split that show one of the expressions."""
        release = self.release or self._find_release()
        rows = self._original() if release == 'original' else self._new()
        last = max(NO_EXPRESSION)
        records, seen = [], set()
        for row in rows:
            self.counts['read'] += 1
            if not 0 <= row.id <= last:
                raise ValueError(
                    f'{row.where}: expression id {row.id} is unknown; allowed: 0 to 7, and '
                    f'{NO_EXPRESSION}, which are left out'
                )
            if row.id >= self.num_classes:
                self.counts[NO_EXPRESSION.get(row.id, 'contempt')] += 1
                continue
            if row.box is not None and min(row.box[2:]) <= 0:
                self.counts['box without a size'] += 1
                continue
            path = join_inside(self._images, row.name, row.where)
            if path in seen:
                self.counts['duplicate name'] += 1
                continue
            seen.add(path)
            record = dict(name=row.name, img_path=path, gt_label=row.id)
            if row.box is not None:
                record['face_box'] = row.box
            records.append(record)
        self.counts['kept'] = len(records)
        return records

    def _find_release(self) -> str:
        first = {'original': ORIGINAL[self.split][0], 'new': f'{NEW.get(self.split)}/annotations'}
        found = [
            release for release, path in first.items() if osp.exists(osp.join(self.data_root, path))
        ]
        if self.ann_file or self.split not in NEW:
            return 'original'
        if len(found) != 1:
            raise FileNotFoundError(
                f'data_root={self.data_root!r} holds {"both releases" if found else "no release"} '
                f'of AffectNet ({self.split}), by {first}; '
                + (
                    "say release='original' or 'new'"
                    if found
                    else 'set data_root to the folder that holds one (in the '
                    'configs: the environment variable AFFECTNET_ROOT)'
                )
            )
        return found[0]

    def _original(self) -> Iterator[Row]:
        listed, images = ORIGINAL[self.split]
        path = self.ann_file or osp.join(self.data_root, listed)
        self._images = self.img_prefix if self.ann_file else osp.join(self.data_root, images)
        for number, name, expression, box in read_original_list(path):
            yield Row(f'{path}, line {number}', name, expression, box)

    def _new(self) -> Iterator[Row]:
        if self.split not in NEW:
            raise ValueError(
                f'split {self.split!r} is not part of the new release; it has {tuple(NEW)}'
            )
        folder = osp.join(self.data_root, NEW[self.split])
        self._images = osp.join(folder, 'images')
        values: dict[str, int] = read_annotations(osp.join(folder, 'annotations'), '_exp.npy')
        for name, value in values.items():
            where = f'{folder}/annotations/{name}_exp.npy'
            yield Row(where, f'{name}.jpg', value)
