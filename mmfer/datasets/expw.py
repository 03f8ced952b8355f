import os.path as osp

from mmpretrain.registry import DATASETS

from ..functional.arguments import check_number
from ..lists.expw_list import read_expw_list
from ..lists.held_out import is_held_out
from ..lists.layouts import find_below, find_layout
from ..lists.text import join_inside
from .fer_dataset import FERDataset

IMAGES = ('image/origin', 'images/origin', 'origin', 'image', 'images')


@DATASETS.register_module()
class ExpW(FERDataset):
    """ExpW, Expression in the Wild (ICCV 2015; IJCV 2018): 91 793 faces, several in a picture; the
    pipeline needs :class:`CropFaceBox`.

    ::

        data_root                          or data_root/data, or the list beside the pictures
        |-- label/label.lst                name, face, top, left, right, bottom, confidence, label
        `-- image/origin/angry_actor_104.jpg ...

    Its owners gave no split. Here one is made by the pictures' names, so that the faces of one
    picture are on one side; numbers compare with those of the same ``held_out_share`` alone.

    Args:
        split: ``'train'``, ``'test'``, or ``'all'`` (to test a model of another data set).
        held_out_share: share of the pictures that are for testing, by
            :func:`~mmfer.lists.held_out.is_held_out`.

    A face is called ``angry_actor_104.jpg#0``, by its number in the picture; ``face_box`` is (x, y,
    width, height) in pixels. Rows left out are counted as ``other split``, ``duplicate row`` and
    ``box without a size``.
    """

    METAINFO = dict(
        classes=('anger', 'disgust', 'fear', 'happiness', 'sadness', 'surprise', 'neutral'),
        dataset='ExpW',
    )
    SPLITS = ('train', 'test', 'all')
    TRAIN_SPLITS = ('train', 'all')

    def __init__(self, *args, held_out_share: float = 0.2, **kwargs):
        check_number('held_out_share', held_out_share, above=0, below=1)
        self.held_out_share = held_out_share
        super().__init__(*args, **kwargs)

    def read(self) -> list[dict]:
        """The faces of the split."""
        self.layout = find_layout(self.data_root, 'ExpW', option='layout', variable='EXPW_ROOT')
        listed, root = self._find()
        records: dict[str, dict] = {}
        seen: dict[str, tuple] = {}
        for where, picture, face, box, label in read_expw_list(listed):
            if not 0 <= label < len(self.CLASSES):
                raise ValueError(
                    f'{where}: expression {label} is no class id; allowed: 0 to '
                    f'{len(self.CLASSES) - 1}, {self.CLASSES}'
                )
            name, path = f'{picture}#{face}', join_inside(root, picture, where)
            first = seen.setdefault(name, (box, label, where))
            reason = ''
            if first[2] != where:
                reason = 'duplicate row'
                if first[:2] != (box, label):
                    raise ValueError(
                        f'{where}: {name!r} is a face of {first[2]} with another box or label; '
                        'keep the right row'
                    )
            elif min(box[2:]) <= 0:
                reason = 'box without a size'
            elif self.split != 'all':
                tested = is_held_out(picture, self.held_out_share)
                reason = '' if tested == (self.split == 'test') else 'other split'
            if self.take(reason):
                records[name] = dict(name=name, img_path=path, gt_label=label, face_box=box)
        return list(records.values())

    def _find(self) -> tuple[str, str]:
        """The list, and the folder of the pictures."""
        found = [
            (base, find_below(self.data_root, f'{base}{part}label.lst'))
            for base in ('', 'data/')
            for part in ('label/', '')
        ]
        base, lists = next((base, lists) for base, lists in found if lists)
        folders = [osp.join(self.data_root, base, name) for name in IMAGES]
        there = [folder for folder in folders if osp.isdir(folder)]
        if not there:
            raise FileNotFoundError(
                f'no pictures of ExpW: {osp.join(self.data_root, base)!r} has none of the folders '
                f'{IMAGES}'
            )
        return osp.join(self.data_root, lists[0]), there[0]
