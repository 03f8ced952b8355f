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
CLASSES = tuple('neutral happiness sadness surprise fear disgust anger contempt'.split())
NEW = {'train': 'train_set', 'valid': 'val_set'}


class Row(NamedTuple):
    """An annotated image: where it stands (for errors), the images' folder, the image below it, the
    class id of the release, the face's box."""

    where: str
    folder: str
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

    METAINFO = dict(classes=CLASSES, dataset='AffectNet')
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
        return CLASSES[: self.num_classes]

    def read(self) -> list[dict]:
        """Rows of the split that show one of the expressions."""
        original = (self.release or self._find_release()) == 'original'
        records: dict[str, dict] = {}
        for row in self._original() if original else self._new():
            if not 0 <= row.id <= max(NO_EXPRESSION):
                raise ValueError(
                    f'{row.where}: expression id {row.id} is unknown; allowed: 0 to 7, and '
                    f'{NO_EXPRESSION}, which are left out'
                )
            reason, path = '', ''
            if row.id >= self.num_classes:
                reason = NO_EXPRESSION.get(row.id, 'contempt')
            elif row.box is not None and min(row.box[2:]) <= 0:
                reason = 'box without a size'
            elif (path := join_inside(row.folder, row.name, row.where)) in records:
                reason = 'duplicate name'
            if self.take(reason):
                box = {} if row.box is None else dict(face_box=row.box)
                records[path] = dict(name=row.name, img_path=path, gt_label=row.id, **box)
        return list(records.values())

    def _find_release(self) -> str:
        if self.ann_file or self.split not in NEW:
            return 'original'
        first = {'original': ORIGINAL[self.split][0], 'new': f'{NEW[self.split]}/annotations'}
        found = [key for key, path in first.items() if osp.exists(osp.join(self.data_root, path))]
        if len(found) == 1:
            return found[0]
        fix = (
            "say release='original' or 'new'"
            if found
            else 'set data_root to the folder that holds one (in the configs: the environment '
            'variable AFFECTNET_ROOT)'
        )
        raise FileNotFoundError(
            f'data_root={self.data_root!r} holds {"both releases" if found else "no release"} '
            f'of AffectNet ({self.split}), by {first}; {fix}'
        )

    def _original(self) -> Iterator[Row]:
        listed, images = (osp.join(self.data_root, path) for path in ORIGINAL[self.split])
        if self.ann_file:
            listed, images = self.ann_file, self.img_prefix
        for line, name, expression, box in read_original_list(listed):
            yield Row(f'{listed}, line {line}', images, name, expression, box)

    def _new(self) -> Iterator[Row]:
        if self.split not in NEW:
            raise ValueError(
                f'split {self.split!r} is not part of the new release; it has {tuple(NEW)}'
            )
        folder = osp.join(self.data_root, NEW[self.split])
        for name, value in read_annotations(f'{folder}/annotations', '_exp.npy').items():
            where = f'{folder}/annotations/{name}_exp.npy'
            yield Row(where, osp.join(folder, 'images'), f'{name}.jpg', value)
