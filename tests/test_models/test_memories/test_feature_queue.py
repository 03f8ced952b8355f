"""The queue in one process; test_harness.py has two."""

import pytest
import torch

from mmfer.models import FeatureQueue


def test_queue_by_hand():
    queue = FeatureQueue(3, 1)
    assert queue.read().filled.tolist() == [False] * 3
    queue.put(torch.tensor([[1.0], [2.0]]), torch.tensor([7, 8]))
    kept = queue.read()
    assert kept.filled.tolist() == [True, True, False]
    queue.put(torch.tensor([[3.0], [4.0]]), torch.tensor([9, 6]))
    now = queue.read()
    assert now.features.flatten().tolist() == [4, 2, 3] and now.labels.tolist() == [6, 8, 9]
    assert now.filled.all()
    assert kept.features.flatten().tolist() == [1, 2, 0]  # a copy


def test_more_than_the_queue_holds():
    queue = FeatureQueue(3, 1)
    queue.put(torch.arange(8.0)[:, None])
    assert sorted(queue.read().features.flatten().tolist()) == [5, 6, 7]
    queue.put(torch.tensor([[8.0]]))
    assert sorted(queue.read().features.flatten().tolist()) == [6, 7, 8]
    assert queue.read().labels.tolist() == [-1] * 3


def test_queue_equals_a_list():
    generator, queue, kept = torch.Generator().manual_seed(0), FeatureQueue(11, 2), []
    for n in (4, 1, 0, 7, 11, 3, 25, 2):
        rows = torch.rand(n, 2, generator=generator)
        queue.put(rows)
        kept = (kept + rows.tolist())[-11:]
        found = queue.read()
        assert sorted(found.features[found.filled].tolist()) == sorted(kept)


def test_state_is_in_the_state_dict():
    assert set(FeatureQueue(2, 2).state_dict()) == {'features', 'labels', 'count'}
    assert not list(FeatureQueue(2, 2).parameters())


@pytest.mark.parametrize(
    'make, named',
    [
        (lambda: FeatureQueue(0, 2), 'size=0'),
        (lambda: FeatureQueue(3, 2).put(torch.ones(2, 3)), r'\(2, 3\).*\(2, 2\)'),
    ],
)
def test_what_does_not_fit(make, named):
    with pytest.raises(ValueError, match=named):
        make()
