"""Rows of all processes; test_two_processes.py has two real ones."""

import pytest
import torch

from mmfer.models.memories import gather, gathering


def test_one_process_has_its_own():
    rows = torch.rand(3, 2, requires_grad=True)
    (found,) = gather(rows)
    assert torch.equal(found, rows) and not found.requires_grad
    found, index, mine = gather(rows, torch.tensor([4, 0, 2]), places=True)
    assert index.tolist() == [4, 0, 2] and mine.tolist() == [0, 1, 2]
    with pytest.raises(ValueError, match='of no use'):
        gather(rows, fault=ValueError('of no use'))


@pytest.mark.parametrize('rank, places', [(0, [0, 2, 3]), (1, [1])])
def test_uneven_batches_in_the_samplers_order(rank, places, monkeypatch):
    """Process 0 has the first, third and fourth row of the joined batch, process 1 the second."""
    own = [torch.tensor([1.0, 3, 4]), torch.tensor([2.0])]
    sent = iter([[torch.tensor([3]), torch.tensor([1])], [own[0], torch.tensor([2.0, 0, 0])]])

    def all_gather(mine):
        found = next(sent)
        assert torch.equal(mine, found[rank])  # filled up to three rows
        return found

    monkeypatch.setattr(gathering, 'get_rank', lambda: rank)
    monkeypatch.setattr(gathering, 'get_world_size', lambda: 2)
    monkeypatch.setattr(gathering, 'all_gather', all_gather)
    joined, mine = gather(own[rank], places=True)
    assert joined.tolist() == [1, 2, 3, 4] and mine.tolist() == places
