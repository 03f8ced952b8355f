from collections import Counter
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from mmfer.datasets import ClassBalancedSampler, samplers

LABELS = np.array([0] * 90 + [1] * 9 + [3] * 1)


class Labels:
    """A data set of labels alone; class 2 has no image."""

    def __len__(self):
        return len(LABELS)

    def get_gt_labels(self):
        return LABELS


def epoch(number=0, **kwargs):
    sampler = ClassBalancedSampler(Labels(), **{'seed': 3, **kwargs})
    sampler.set_epoch(number)
    indices = list(sampler)
    assert len(indices) == len(sampler)
    return indices


def test_every_class_as_often():
    for size in (100, 99, 98, 7, 2):
        counts = Counter(LABELS[epoch(num_samples=size)].tolist())
        assert sum(counts.values()) == size
        assert max(counts.values()) - min(counts.get(c, 0) for c in (0, 1, 3)) <= 1


def test_a_class_is_used_up_before_one_comes_again():
    counts = Counter(epoch())
    small = [counts[i] for i in range(90, 99)]
    assert sum(small) in (33, 34) and set(small) <= {3, 4}
    assert max(counts[i] for i in range(90)) == 1


def test_seed_and_epoch_decide():
    assert epoch() == epoch()
    assert epoch() != epoch(seed=4) and epoch() != epoch(1)
    assert set(epoch()) != set(epoch(1))  # other images of the large class


def test_processes_share_an_epoch(monkeypatch):
    whole = epoch()
    parts = []
    for rank in range(4):
        monkeypatch.setattr(samplers, 'get_dist_info', lambda: (rank, 4))
        parts.append(epoch())
    assert [len(p) for p in parts] == [25] * 4
    merged = [i for group in zip(*parts) for i in group]
    assert merged == whole
    monkeypatch.setattr(samplers, 'get_dist_info', lambda: (0, 3))
    assert len(epoch()) == 34  # all alike, so 102 in all
    parts = []
    for rank in range(3):
        monkeypatch.setattr(samplers, 'get_dist_info', lambda: (rank, 3))
        parts.append(epoch())
    assert [i for group in zip(*parts) for i in group] == whole + whole[:2]


@pytest.mark.parametrize(
    'kwargs, error, named',
    [
        (dict(num_samples=0), ValueError, 'num_samples=0'),
        (dict(shuffle=False), ValueError, 'DefaultSampler'),
        (dict(dataset=[1, 2]), TypeError, 'get_gt_labels'),
    ],
)
def test_refused(kwargs, error, named):
    with pytest.raises(error, match=named):
        ClassBalancedSampler(**{'dataset': Labels(), **kwargs})


def test_the_runner_builds_and_steps_it():
    from mmengine.hooks import DistSamplerSeedHook
    from mmengine.runner import Runner

    class Images(Labels, torch.utils.data.Dataset):
        def __getitem__(self, i):
            return i

    loader = Runner.build_dataloader(
        dict(
            batch_size=10,
            num_workers=0,
            dataset=Images(),
            collate_fn=dict(type='default_collate'),
            sampler=dict(type='mmpretrain.ClassBalancedSampler', shuffle=True),
        ),
        seed=5,
    )
    assert isinstance(loader.sampler, ClassBalancedSampler)

    def order(number):
        runner = SimpleNamespace(train_loop=SimpleNamespace(dataloader=loader), epoch=number)
        DistSamplerSeedHook().before_train_epoch(runner)
        return torch.cat(list(loader)).tolist()

    assert order(3) == epoch(3, seed=5) != order(4)


def test_without_a_seed_one_is_drawn(monkeypatch):
    seeds = iter([11, 12])
    monkeypatch.setattr(samplers, 'sync_random_seed', lambda: next(seeds))
    assert [ClassBalancedSampler(Labels()).seed for _ in range(2)] == [11, 12]


def test_what_does_not_divide_is_drawn():
    # one image an epoch: not always of the same class
    assert {int(LABELS[epoch(i, num_samples=1)[0]]) for i in range(30)} == {0, 1, 3}
