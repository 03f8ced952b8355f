import os.path as osp
from collections.abc import Iterator
from operator import itemgetter

from mmpretrain.registry import DATASETS

from ..lists.layouts import find_layout
from ..lists.split_names import split_folder
from ..utils.image_folders import name_below
from .class_folders import read_class_folders
from .fer_dataset import FERDataset

# How files tell, in one folder for both, which is for validation and which for testing.
USAGES = dict(valid='PublicTest_', test='PrivateTest_')


@DATASETS.register_module()
class FER2013(FERDataset):
    """FER2013 (ICML 2013 workshop) with its own labels: 28 709 training, 3 589 validation
    (PublicTest) and 3 589 test images (PrivateTest), grey, 48 x 48. With the labels of ten
    annotators it is :class:`FERPlus`.

    ::

        data_root
        |-- train/angry/Training_3908.jpg ...  happy/ ...    by class name, or by id from 0
        |-- test/angry/PrivateTest_10131363.jpg, PublicTest_...
        `-- valid/                             where it is apart

    ``tools/dataset_tools/prepare.py fer2013`` makes these folders of ``fer2013.csv`` (emotion,
    pixels, Usage). The mirrors' ``test`` holds both PublicTest and PrivateTest; their names tell
    them apart, unless there is a folder ``valid``, beside which all of ``test`` is for testing.

    Args:
        split: ``'train'``, ``'train+valid'``, ``'valid'``, ``'test'`` (PrivateTest, on which
            papers report), or ``'valid+test'``, the mirrors' whole folder.

    Class ids in the order of ``fer2013.csv``. Noise files name the images by their path below
    ``data_root``, or by ``Training_3908.jpg``.
    """

    METAINFO = dict(
        classes=('anger', 'disgust', 'fear', 'happiness', 'sadness', 'surprise', 'neutral'),
        dataset='FER2013',
    )
    SPLITS = ('train', 'train+valid', 'valid', 'test', 'valid+test')
    TRAIN_SPLITS = ('train', 'train+valid')
    PUBLISHED = True

    def read(self) -> list[dict]:
        """The images in the folders of the split."""
        self.layout = find_layout(
            self.data_root, 'FER2013', option='layout', variable='FER2013_ROOT'
        )
        return [record for part in self.split.split('+') for record in self._read_part(part)]

    def _read_part(self, part: str) -> Iterator[dict]:
        folders = {name: self._folder(name) for name in ('train', 'valid', 'test')}
        apart = osp.isdir(folders['valid'])
        root = folders['test' if part == 'valid' and not apart else part]
        pictures = read_class_folders(self, root, self.protocol_classes, 0)
        pictures.sort(key=itemgetter(1))  # however the folders are called
        told = {path: _usage(path) for path, _ in pictures}
        if part == 'train':
            if tested := [path for path, usage in told.items() if usage == 'test']:
                raise ValueError(
                    f'{root} holds {len(tested)} images of PrivateTest, which is for testing, the '
                    f'first is {tested[0]}; move them to test/'
                )
        elif not apart and any(told.values()) and not all(told.values()):
            lost = next(path for path, usage in told.items() if not usage)
            raise ValueError(
                f'{lost}: is of validation or of test? In {root} other names begin with '
                f'{tuple(USAGES.values())}; rename it so, or move the validation images to valid/'
            )
        if part == 'valid' and not apart and not any(told.values()):
            raise FileNotFoundError(
                f'no validation images: {self.data_root!r} has no folder valid/, and no name in '
                f'{root} begins with {USAGES["valid"]!r}'
            )
        for path, label in pictures:
            other = part != 'train' and not apart and told[path] not in ('', part)
            if self.take('other split' if other else ''):
                name = name_below(path, self.data_root)
                yield dict(name=name, img_path=path, gt_label=label)

    def _folder(self, split: str) -> str:
        return osp.join(self.data_root, split_folder(self.data_root, split))


def _usage(path: str) -> str:
    """The split that a file name tells, or ''."""
    name = osp.basename(path)
    return next((split for split, begin in USAGES.items() if name.startswith(begin)), '')
