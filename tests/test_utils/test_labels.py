"""Labels and classes, found in every wrapper."""

import numpy as np
from torch.utils.data import ConcatDataset, Dataset, Subset

from mmfer.utils.labels import OfClasses, classes_of, given_labels


class Data(Dataset):
    """Labels 0, 1, 2, 0, 1, 2."""

    full_init = staticmethod(lambda: None)
    metainfo = dict(classes=('a', 'b', 'c'), dataset='letters')

    def __len__(self):
        return 6

    def __getitem__(self, index):
        return index

    def get_data_info(self, index):
        return dict(img_path=f'{index}.jpg')

    def get_gt_labels(self):
        return np.array([0, 1, 2, 0, 1, 2])


def test_wrappers():
    data = Data()
    assert given_labels(Subset(data, [5, 0])).tolist() == [2, 0]
    assert given_labels(ConcatDataset([data, data])).tolist() == [0, 1, 2, 0, 1, 2] * 2
    assert given_labels([1, 2]) is None and classes_of([1, 2]) is None
    for wrapped in (data, Subset(data, [1]), Subset(Subset(data, [1]), [0])):
        assert classes_of(wrapped) == ('a', 'b', 'c')


def test_some_classes():
    data = OfClasses(Data(), np.array([2, 0, 5]), ['b'])
    assert list(data) == [2, 0, 5] and len(data) == 3
    assert given_labels(data).tolist() == [2, 0, 2] and data.left_out == ('b',)
    assert data.metainfo == Data.metainfo
    assert data.get_data_info(1) == dict(img_path='0.jpg')
