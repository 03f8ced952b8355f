"""Classes without an image: found in every wrapper, told once a set."""

import pytest
from mmengine.dataset import ConcatDataset, RepeatDataset
from mmengine.runner import Runner
from mmpretrain.datasets import CustomDataset, KFoldDataset
from torch.utils.data import Subset

from mmfer.engine.hooks.empty_classes import empty_classes, given_labels


@pytest.fixture
def data(tiny_config_file, tmp_path):
    """Four images each of a, b and c, of the classes a to d."""
    settings = dict(data_root=str(tmp_path / 'images'), pipeline=[])
    (tmp_path / 'list.txt').write_text(
        ''.join(f'{name}/{i}.png {k}\n' for k, name in enumerate('abc') for i in range(4))
    )
    settings.update(ann_file=str(tmp_path / 'list.txt'), metainfo=dict(classes=tuple('abcd')))
    return CustomDataset(**settings)


def test_a_class_without_an_image_is_found_inside_wrappers(data):
    assert empty_classes(data) == ['d']
    assert empty_classes(data.get_subset([0, 1, 8])) == ['b', 'd']
    assert empty_classes(RepeatDataset(data, 2)) == ['d']
    parts = [data.get_subset([0]), data.get_subset([5])]
    assert empty_classes(ConcatDataset(parts)) == ['c', 'd']
    assert given_labels(Subset(data, [11, 0])).tolist() == [2, 0]
    settings = dict(data_root=data.data_root, ann_file=data.ann_file, pipeline=[])
    settings.update(type=CustomDataset, metainfo=data.metainfo)
    fold = KFoldDataset(settings, fold=0, num_splits=3, test_mode=True)
    assert len(given_labels(fold)) == len(fold) == 4


def test_sets_that_do_not_tell():
    assert empty_classes([1, 2, 3]) == [] and given_labels([1, 2, 3]) is None

    class Unlabelled:
        metainfo = dict(classes=('a', 'b'))

        def get_gt_labels(self):
            raise KeyError('gt_label')

    assert empty_classes(Unlabelled()) == []


def test_each_set_is_told_of(tiny_config, tmp_path, data):
    """By a head of the host, and once, not at each validation."""
    cfg = tiny_config(tmp_path / 'run', **{'model.head.num_classes': 4})
    for loader in (cfg.train_dataloader, cfg.val_dataloader, cfg.test_dataloader):
        loader.dataset.update(ann_file=data.ann_file, metainfo=dict(classes=list('abcd')))
    runner = Runner.from_cfg(cfg)
    runner.train()
    runner.test()
    (log,) = (tmp_path / 'run').glob('*/*.log')
    lines = [line for line in log.read_text().splitlines() if 'no image labelled' in line]
    told = [
        ('training', 'nothing teaches the network'),
        ('validation', 'the figures say nothing of them'),
        ('test', 'the figures say nothing of them'),
    ]
    assert len(lines) == len(told)
    for line, (role, means) in zip(lines, told):
        assert f"the {role} set has no image labelled 'd' (1 of 4 classes): {means}" in line


def test_full_sets_are_not_told_of(tiny_config, tmp_path):
    runner = Runner.from_cfg(tiny_config(tmp_path / 'run'))
    runner.test()
    (log,) = (tmp_path / 'run').glob('*/*.log')
    assert 'no image labelled' not in log.read_text()
