"""Co-teaching against a loop written from its paper."""

import math

import pytest
import torch
from methods import LINEAR, K, draw, softmax

from mmfer.functional import Progress
from mmfer.models import CoTeachingHead

N = 6


@pytest.mark.parametrize('epoch, kept', [(0, 6), (1, 5), (2, 4), (9, 4)])
def test_coteaching_by_a_loop(epoch, kept):
    # R = 1, 5 / 6, 4 / 6: floor(R N) of 6
    head = CoTeachingHead(**LINEAR, forget_rate=1 / 3, ramp_epochs=2).double()
    head.progress = Progress(epoch, 10, 0, 1)
    (own,), targets = draw(1)
    (other,), _ = draw(1, seed=1)
    losses = head.view_loss([own], targets, peer=[other])
    ce = [
        [-math.log(softmax(view.logits[i].tolist())[targets.label[i]]) for i in range(N)]
        for view in (own, other)
    ]
    chosen = [sorted(range(N), key=one.__getitem__)[:kept] for one in ce]
    for name, mine, theirs in (('loss_own', 0, 1), ('loss_peer', 1, 0)):
        expected = sum(ce[mine][i] for i in chosen[theirs]) / kept
        assert losses[name].item() == pytest.approx(expected)
    sum(losses.values()).backward()
    for view, theirs in ((own, 1), (other, 0)):
        p = view.logits.detach().softmax(1)
        p[torch.arange(N), targets.label] -= 1
        mask = torch.tensor([i in chosen[theirs] for i in range(N)])
        torch.testing.assert_close(view.logits.grad, p * mask[:, None] / kept)
    if kept < N:
        assert chosen[0] != chosen[1]  # or the exchange would not show


def test_coteaching_settings():
    for settings, named in (
        (dict(forget_rate=1.0), 'forget_rate=1.0'),
        (dict(ramp_epochs=-1), 'ramp_epochs=-1'),
    ):
        with pytest.raises(ValueError, match=named):
            CoTeachingHead(**LINEAR, **settings)
    head = CoTeachingHead(**LINEAR).double()
    views, targets = draw(1)
    with pytest.raises(RuntimeError, match='CoTeachingHead asks how far training is.*MethodHook'):
        head.view_loss(views, targets, peer=views)


@pytest.mark.parametrize('rank', [0, 1])
def test_coteaching_of_processes_with_uneven_batches(rank, monkeypatch):
    """Three and one image: process 0 has the rows 0, 2, 3 of the joined batch."""
    from mmfer.models.memories import gathering

    joined, owner = torch.tensor([1.0, 2.0, 9.0, 3.0]), torch.tensor([0.0, 1.0, 0.0, 0.0])
    sent = iter(
        [
            [torch.tensor([3]), torch.tensor([1])],
            [joined[owner == 0], torch.tensor([2.0, 0.0, 0.0])],
        ]
    )  # filled up to three
    monkeypatch.setattr(gathering, 'get_rank', lambda: rank)
    monkeypatch.setattr(gathering, 'get_world_size', lambda: 2)

    def all_gather(own):
        found = next(sent)
        assert torch.equal(own, found[rank])
        return found

    monkeypatch.setattr(gathering, 'all_gather', all_gather)
    head = CoTeachingHead(**LINEAR, forget_rate=0.25, ramp_epochs=0)
    head.progress = Progress(0, 10, 0, 1)
    weight = head._choose(joined[owner == rank]) * 3
    assert weight.tolist() == [[1.0, 0.0, 1.0], [1.0]][rank]


def test_votes_and_mixed_images_are_soft_labels():
    """(y + y') / 2 is the mean of two losses."""
    (own, other), targets = draw(2)
    soft = torch.eye(K, dtype=torch.float64)[targets.label]
    soft = (soft + soft.flip(0)) / 2
    head = CoTeachingHead(**LINEAR).double()
    head.progress = Progress(0, 10, 0, 1)  # all are kept
    first, last, mixed = (
        head.view_loss([own], one, peer=[other])['loss_own']
        for one in (
            targets,
            targets._replace(label=targets.label.flip(0)),
            targets._replace(soft=soft),
        )
    )
    torch.testing.assert_close(mixed, (first + last) / 2)
