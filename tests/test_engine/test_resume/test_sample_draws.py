"""What a sample is made from: the same numbers whoever loads it, others each time."""

import pickle
import random

import numpy as np
import pytest
import torch
from mmengine.dataset import DefaultSampler, InfiniteSampler, default_collate
from mmpretrain.datasets import RepeatAugSampler
from mmpretrain.structures import DataSample
from torch.utils.data import DataLoader

from mmfer.datasets import ClassBalancedSampler
from mmfer.engine.resume import sample_draws
from mmfer.engine.resume.sample_draws import (
    Draw,
    NumberedSampler,
    SeededItems,
    draw_by_sample,
    seed_generators,
)

N = 11


class Drawn(torch.utils.data.Dataset):
    """Index and three numbers, drawn from each generator."""

    def __len__(self):
        return N

    def __getitem__(self, index):
        assert type(index) is int
        numbers = [random.random(), np.random.rand(), torch.rand(1, dtype=torch.float64).item()]
        sample = DataSample(metainfo=dict(sample_idx=index))
        return dict(inputs=torch.tensor([index, *numbers]), data_samples=sample)

    def get_gt_labels(self):
        return [0] * 9 + [1] * 2


def sampler_of(kind, dataset):
    return kind(dataset, seed=3)


def loader_of(kind=DefaultSampler, dataset=None, batch_size=3, **settings):
    dataset = dataset or Drawn()
    sampler = sampler_of(kind, dataset)
    return DataLoader(dataset, batch_size, sampler=sampler, collate_fn=default_collate, **settings)


def epochs(loader, seed=0, number=2):
    """(epochs, N, 4) of what a run of this seed loads."""
    numbered, found = draw_by_sample(loader, seed), []
    for epoch in range(number):
        numbered.start_epoch(epoch)
        loader.sampler.set_epoch(epoch)
        torch.manual_seed(random.randrange(2**40))  # whatever was drawn before
        found.append(torch.cat([batch['inputs'] for batch in loader]))
    return torch.stack(found)


EXPECTED = epochs(loader_of())


@pytest.mark.parametrize('persistent', [False, True])
@pytest.mark.parametrize('workers', [1, 4])
def test_any_number_of_workers_draws_the_same(workers, persistent):
    loader = loader_of(num_workers=workers, persistent_workers=persistent)
    assert torch.equal(epochs(loader), EXPECTED)


def test_a_copy_in_another_process_draws_the_same():
    """Where workers are spawned, the data set is sent to them."""
    loader = loader_of()
    draw_by_sample(loader, 0)
    copy, indices = pickle.loads(pickle.dumps((loader.dataset, next(iter(loader.batch_sampler)))))
    found = torch.stack([item['inputs'] for item in copy.__getitems__(indices)])
    assert torch.equal(found, EXPECTED[0, :3])


def test_batch_size_makes_no_difference():
    assert torch.equal(epochs(loader_of(batch_size=5)), EXPECTED)


def test_each_image_and_each_epoch_draws_anew():
    draws = EXPECTED[..., 1:].flatten()
    assert len(draws.unique()) == 2 * N * 3  # of one sample the three generators', too
    assert not torch.isin(epochs(loader_of(), seed=1)[..., 1:], draws).any()


@pytest.mark.parametrize('kind', [ClassBalancedSampler, RepeatAugSampler])
def test_an_image_that_comes_again_is_another(kind):
    found = epochs(loader_of(kind))
    assert len(found[0, :, 0].unique()) < N
    assert len(found[..., 1:].flatten().unique()) == 2 * N * 3


def test_an_infinite_sampler_never_repeats_itself():
    loader = loader_of(InfiniteSampler)
    draw_by_sample(loader, 0)
    batches = iter(loader)
    found = torch.cat([next(batches)['inputs'] for _ in range(20)])
    assert len(found[:, 1:].flatten().unique()) == 60 * 3


def test_passes_of_a_sampler_without_epochs_differ():
    loader = DataLoader(Drawn(), 3, collate_fn=default_collate)
    draw_by_sample(loader, 0)
    found = torch.stack([torch.cat([b['inputs'] for b in loader]) for _ in range(2)])
    assert len(found[..., 1:].flatten().unique()) == 2 * N * 3


def test_wrappers_that_count_otherwise():
    """An index is a sum or a remainder before it comes to the data set."""
    found = epochs(loader_of(dataset=torch.utils.data.ConcatDataset([Drawn(), Drawn()])))
    assert len(found[..., 1:].flatten().unique()) == 4 * N * 3
    images = found[0, :, 0].sort().values
    assert images.tolist() == sorted([*range(N)] * 2)
    subset = torch.utils.data.Subset(Drawn(), [4, 2])  # which has __getitems__ of its own
    loader = DataLoader(subset, 2, collate_fn=default_collate, num_workers=1)
    draw_by_sample(loader, 0)
    assert next(iter(loader))['inputs'][:, 0].tolist() == [4, 2]


@pytest.mark.parametrize(
    'kind', [DefaultSampler, ClassBalancedSampler, RepeatAugSampler, InfiniteSampler]
)
def test_two_processes_share_the_draws_of_one(kind, monkeypatch):
    def dealt(rank, world):
        for name in (kind.__module__, sample_draws.__name__):
            monkeypatch.setattr(f'{name}.get_dist_info', lambda: (rank, world))
        numbered = NumberedSampler(sampler_of(kind, Drawn()), 5)
        return [(int(draw), draw.number) for draw, _ in zip(numbered, range(12 // world))]

    whole = dealt(0, 1)
    parts = [dealt(rank, 2) for rank in range(2)]
    # of 11 images one comes again in the second process
    merged = [one for pair in zip(*parts) for one in pair]
    assert len(merged) == 12 and merged[: len(whole)] == whole
    assert len({number for _, number in merged}) == 12


def test_a_sample_tells_its_draw():
    loader = loader_of(num_workers=1)
    draw_by_sample(loader, 0)
    samples = [sample for batch in loader for sample in batch['data_samples']]
    numbers = [draw.number for draw in loader.batch_sampler.sampler]
    assert [sample.draw for sample in samples] == numbers
    assert all(0 <= number < 2**63 for number in numbers)
    assert set(samples[0].metainfo_keys()) == {'sample_idx', 'draw'}


def test_indices_that_nobody_numbered_are_passed_on():
    items = SeededItems(Drawn())
    torch.manual_seed(1)
    first = items([3])[0]
    assert first['inputs'][0] == 3 and 'draw' not in first['data_samples']
    assert not torch.equal(items([3])[0]['inputs'], first['inputs'])
    pairs = [(1, 'large'), (2, 'small')]  # an index and more than it
    assert list(NumberedSampler(pairs, 0)) == pairs


def test_a_draw_is_its_index_in_any_process():
    draw = pickle.loads(pickle.dumps(Draw(7, 2**62 + 1)))
    assert draw == 7 and [*range(9)][draw] == 7 and draw.number == 2**62 + 1


def test_batch_samplers_find_their_sampler():
    numbered = NumberedSampler(DefaultSampler(range(5), seed=0), 0)
    assert len(numbered) == 5 and numbered.dataset == range(5)
    numbered.set_epoch(3)
    assert numbered.sampler.epoch == 3
    with pytest.raises(AttributeError, match='nothing'):
        numbered.nothing


def test_loaders_without_indices():
    class Stream(torch.utils.data.IterableDataset):
        def __iter__(self):
            return iter(range(4))

    assert draw_by_sample(DataLoader(Stream(), 2), 0) is None
    assert draw_by_sample(DataLoader(Drawn(), batch_sampler=[[0, 1]]), 0) is None
    assert draw_by_sample(DataLoader(Drawn(), batch_size=None), 0) is None
    assert draw_by_sample(DataLoader([1, 2]), 0) is None


def test_a_kind_and_numbers_seed_all_generators():
    def drawn(*key):
        seed = seed_generators(*key)
        return random.random(), np.random.rand(), torch.rand(1).item(), seed

    assert drawn('step', 1, 2) == drawn('step', 1, 2)
    keys = [('step', 1, 2), ('step', 2, 1), ('epoch', 1, 2), ('step', 1), ('step', 2**32 - 1, 0)]
    streams = [drawn(*key) for key in keys]
    assert all(len(set(one)) == len(keys) for one in zip(*streams))


def test_neighbouring_numbers_have_nothing_to_do_with_each_other():
    """Within 4 sigma: the first numbers of 2 000 neighbours, by generator, and the next one's."""
    first = []
    for number in range(2000):
        seed_generators('item', number)
        first.append((random.random(), np.random.rand(), torch.rand(1).item()))
    first = torch.tensor(first, dtype=torch.float64)
    assert (first.mean(0) - 0.5).abs().max() < 4 / 12**0.5 / 2000**0.5
    both = torch.cat([first[:-1], first[1:]], 1)
    assert both.T.corrcoef().fill_diagonal_(0).abs().max() < 4 / 2000**0.5
