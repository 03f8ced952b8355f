"""The data sets inside wrappers, and their images."""

from mmengine.dataset import ConcatDataset, RepeatDataset
from mmengine.registry import init_default_scope
from mmpretrain.datasets import KFoldDataset
from torch.utils.data import Subset

from mmfer.datasets import RAFDB
from mmfer.engine.hooks.parts import data_sets, face_of, parts_of
from mmfer.synthetic import write_rafdb


def test_parts_of_wrappers(tmp_path):
    init_default_scope('mmpretrain')
    write_rafdb(tmp_path, train=14, test=7, size=32)
    train, test = RAFDB(str(tmp_path)), RAFDB(str(tmp_path), split='test')
    (part,) = parts_of(train, 'training')
    assert (part.role, part.name, part.splits, part.folds) == (
        'training',
        'RAF-DB train',
        {'train'},
        False,
    )
    assert part.published and part.dataset is train and len(part.faces) == 14
    assert part.source[0] == str(tmp_path)
    assert part.shown == f'RAF-DB train, {tmp_path}/EmoLabel/list_patition_label.txt'
    assert len(parts_of(RepeatDataset(train, 2), 'training')[0].faces) == 14
    both = parts_of(ConcatDataset([train, test]), 'test')
    told = [(one.name, len(one.faces)) for one in both]
    assert told == [('RAF-DB train', 14), ('RAF-DB test', 7)]
    (some,) = parts_of(Subset(test, [3, 1]), 'test')
    assert some.faces == [face_of(test.get_data_info(i)) for i in (3, 1)]
    settings = dict(type='RAFDB', data_root=str(tmp_path))
    fold = KFoldDataset(settings, fold=0, num_splits=7, test_mode=True)
    (part,) = parts_of(fold, 'test')
    assert part.folds and len(part.faces) == 2
    assert [len(one) for one, _ in data_sets(fold)] == [2]


def test_sets_without_files_have_no_parts():
    class Numbers:
        def get_data_info(self, i):
            return dict(img=i)

        def __len__(self):
            return 3

    assert parts_of([1, 2], 'training') == [] == parts_of(Numbers(), 'training')
