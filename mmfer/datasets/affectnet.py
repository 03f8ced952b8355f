import os.path as osp
from collections.abc import Iterator
from functools import partial

from mmpretrain.registry import DATASETS

from ..functional.arguments import check_choice, check_number
from ..lists.affectnet_lists import read_annotations, read_original_list
from ..lists.layouts import find_layout
from ..lists.text import join_inside
from .affectnet_mirrors import CLASSES, read_folders, read_kaggle
from .fer_dataset import FERDataset

RELEASES = ('original', 'new', 'kaggle', 'folders')
# What the ids from 8 on stand for, in the original release.
NO_EXPRESSION = {8: 'none', 9: 'uncertain', 10: 'no face'}
# By split, the beginning of the original release's folders and the name of the list.
ORIGINAL = {
    'train': ('Manually_Annotated', 'training.csv'),
    'valid': ('Manually_Annotated', 'validation.csv'),
    'auto': ('Automatically_Annotated', 'automatically_annotated.csv'),
}
NEW = {'train': 'train_set', 'valid': 'val_set'}


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

    As it circulates, faces cropped to 96 px with one table, or a folder a class::

        data_root                                   data_root
        |-- labels.csv            pth,label,relFCs  |-- train/0/ ... 7/, or by class name
        `-- anger/image0000006.jpg ...              `-- val/0/ ... 7/

    Numbers measured on one release do not carry over to the other: the crops differ.

    Args:
        split: ``'train'``, ``'valid'`` (which papers report on; the test set was never given out),
            or ``'auto'``: the automatically annotated list of the original release, to train on,
            whose ``clean_label`` is the machine's. Validation is balanced, training is not.
        num_classes: 8, or 7 without contempt.
        release: ``'original'``, ``'new'``, ``'kaggle'`` (the table, whose labels are not those of
            the folders) or ``'folders'``; None finds which is there.
        held_out_share: share of the table's images that are ``'valid'`` and not ``'train'``, by
            :func:`~mmfer.lists.held_out.is_held_out`; without it, those in its folder ``test`` or
            ``val``, if there is one.
        ann_file: another list in the original release's form, below ``data_root``.
        data_prefix: the folder of that list's images, below ``data_root``.

    Noise files name the images as the list does (``689/0a1b.jpg``; the folder does not count), or
    ``<id>.jpg``, or as the table does. ``face_box`` is (x, y, width, height) in pixels, in the
    original release. Rows left out are counted as ``none``, ``uncertain``, ``no face`` (ids 8 to
    10), ``contempt``, ``box without a size``, ``other split`` and ``duplicate name`` (an image's
    later rows).
    """

    METAINFO = dict(classes=CLASSES, dataset='AffectNet')
    SPLITS = ('train', 'auto', 'valid')
    TRAIN_SPLITS = ('train', 'auto')
    PUBLISHED = True
    LISTS = ('ann_file', 'data_prefix', 'release')
    STANDARD = (dict(release='original'), dict(release='new'))

    def __init__(
        self,
        *args,
        num_classes: int = 8,
        release: str | None = None,
        held_out_share: float = 0,
        ann_file: str = '',
        data_prefix: str = '',
        **kwargs,
    ):
        if num_classes not in (7, 8):
            raise ValueError(f'num_classes={num_classes}; AffectNet has 8, or 7 without contempt')
        check_choice('release', release, (*RELEASES, None))
        check_number('held_out_share', held_out_share, least=0, below=1)
        if bool(ann_file) != bool(data_prefix):
            raise ValueError(f'ann_file={ann_file!r}, data_prefix={data_prefix!r} belong together')
        self.num_classes, self.release, self.held_out_share = num_classes, release, held_out_share
        self.protocol_classes = CLASSES[:num_classes]
        super().__init__(*args, ann_file=ann_file, data_prefix=data_prefix, **kwargs)

    def read(self) -> list[dict]:
        """Rows of the split that show one of the expressions."""
        self.layout = self.release or self._find_release()
        rows = dict(original=self._original, new=self._new)
        rows.update(kaggle=partial(read_kaggle, self), folders=partial(read_folders, self))
        records: dict[str, dict] = {}
        for where, root, name, class_id, box in rows[self.layout]():
            if not 0 <= class_id <= max(NO_EXPRESSION):
                raise ValueError(
                    f'{where}: expression id {class_id} is unknown; allowed: 0 to 7, and '
                    f'{NO_EXPRESSION}, which are left out'
                )
            reason, path = '', ''
            if class_id >= self.num_classes:
                reason = NO_EXPRESSION.get(class_id, 'contempt')
            elif box and min(box['face_box'][2:]) <= 0:
                reason = 'box without a size'
            elif (path := join_inside(root, name, where)) in records:
                reason = 'duplicate name'
            if self.take(reason):
                records[path] = dict(name=name, img_path=path, gt_label=class_id, **box)
        return list(records.values())

    def _find_release(self) -> str:
        if self.ann_file or self.split not in NEW:
            return 'original'
        given = dict(option='release', variable='AFFECTNET_ROOT')
        return find_layout(self.data_root, 'AffectNet', self.split, **given)

    def _original(self) -> Iterator[tuple[str, str, str, int, dict]]:
        """Where a row stands, the images' folder, the image below it, its id and face box."""
        listed, root = self.ann_file, self.img_prefix
        if not listed:
            begin, name = ORIGINAL[self.split]
            listed = osp.join(self.data_root, f'{begin}_file_lists/{name}')
            root = osp.join(self.data_root, f'{begin}_Images')
        for line, name, class_id, box in read_original_list(listed):
            yield f'{listed}, line {line}', root, name, class_id, dict(face_box=box)

    def _new(self) -> Iterator[tuple[str, str, str, int, dict]]:
        if self.split not in NEW:
            raise ValueError(
                f'split {self.split!r} is not part of the new release; it has {tuple(NEW)}'
            )
        folder = osp.join(self.data_root, NEW[self.split])
        for name, class_id in read_annotations(f'{folder}/annotations', '_exp.npy').items():
            where = f'{folder}/annotations/{name}_exp.npy'
            yield where, f'{folder}/images', f'{name}.jpg', class_id, {}
