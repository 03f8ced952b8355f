"""EAC, ELR and Co-teaching against loops written from their papers."""

import math

import pytest
import torch
from methods import LINEAR, K

from mmfer.functional import Progress
from mmfer.models import CLEXHead, CoTeachingHead, EACHead, ELRHead, Geometry, Targets, View

N = 6


def softmax(z):
    total = sum(math.exp(x) for x in z)
    return [math.exp(x) / total for x in z]


def draw(views, seed=0):
    generator = torch.Generator().manual_seed(seed)
    mirrored = torch.ones(N, dtype=torch.bool)
    found = []
    for v in range(views):
        feat = torch.rand(N, 8, 3, 3, generator=generator, dtype=torch.float64).requires_grad_()
        logits = torch.randn(N, K, generator=generator, dtype=torch.float64).requires_grad_()
        geometry = Geometry(mirrored if v else ~mirrored)
        found.append(View((feat,), feat.mean((2, 3)), logits, geometry))
    label = torch.randint(0, K, (N,), generator=generator)
    return found, Targets(label, None, torch.tensor([3, 0, 5, 1, 2, 4]))


def test_eac_by_a_loop():
    head = EACHead(**LINEAR).double()
    views, targets = draw(2)
    losses = head.view_loss(views, targets)
    weight = head.fc.weight.detach()
    ce = ac = 0.0
    for i in range(N):
        ce -= math.log(softmax(views[0].logits[i].tolist())[targets.label[i]]) / N
        for k in range(K):
            maps = [
                [
                    [
                        sum(weight[k, d] * view.feat[i, d, y, x] for d in range(8)).item()
                        for x in range(3)
                    ]
                    for y in range(3)
                ]
                for view in views
            ]
            ac += sum((maps[0][y][x] - maps[1][y][2 - x]) ** 2 for y in range(3) for x in range(3))
    assert losses['loss_ce'].item() == pytest.approx(ce)
    assert losses['loss_ac'].item() == pytest.approx(5 * ac / (N * K * 9))
    # the first view alone is classified; the maps of both are moved, not the classifier
    sum(losses.values()).backward()
    assert views[1].logits.grad is None and head.fc.weight.grad is None
    p = views[0].logits.detach().softmax(1)
    p[torch.arange(N), targets.label] -= 1
    torch.testing.assert_close(views[0].logits.grad, p / N)
    assert all(view.feat.grad.abs().sum() > 0 for view in views)
    with pytest.raises(ValueError, match='2 views of each image, got 1'):
        head.view_loss(views[:1], targets)
    pooled = [view._replace(stages=(view.embed,)) for view in views]
    with pytest.raises(ValueError, match=r"gives \(6, 8\).*out_type='featmap'"):
        head.view_loss(pooled, targets)
    assert set(EACHead(**LINEAR, lambda_ac=0).double().view_loss(views, targets)) == {'loss_ce'}


@pytest.mark.parametrize('views', [1, 2])
def test_elr_by_a_loop_over_visits(views):
    head = ELRHead(**LINEAR, beta=0.6, lambda_elr=2.0).double()
    head.memory.prepare(7)
    kept = [[0.0] * K for _ in range(7)]
    for visit in range(3):
        seen, targets = draw(views, seed=visit)
        losses = head.view_loss(seen, targets)
        ce = elr = 0.0
        grads = [[[0.0] * K for _ in range(N)] for _ in range(views)]
        for i in range(N):
            ps = [softmax(view.logits[i].tolist()) for view in seen]
            p = [sum(one[k] for one in ps) / views for k in range(K)]
            row = kept[targets.index[i]]
            row[:] = [0.6 * t + 0.4 * q / sum(p) for t, q in zip(row, p)]
            inner = sum(t * q for t, q in zip(row, p))
            elr += math.log(1 - inner) / N
            for v, one in enumerate(ps):
                y = targets.label[i].item()
                ce -= math.log(one[y]) / N / views
                own = sum(t * q for t, q in zip(row, one))
                for k in range(K):
                    grads[v][i][k] = (
                        (one[k] - (k == y)) / views
                        - 2 * one[k] * (row[k] - own) / (1 - inner) / views
                    ) / N
        assert losses['loss_ce'].item() == pytest.approx(ce, rel=1e-6)
        assert losses['loss_elr'].item() == pytest.approx(2 * elr, rel=1e-5)
        sum(losses.values()).backward()
        for view, grad in zip(seen, grads):  # the memory is float32
            torch.testing.assert_close(
                view.logits.grad, torch.tensor(grad).double(), rtol=1e-4, atol=1e-6
            )
    torch.testing.assert_close(head.memory.table, torch.tensor(kept))
    assert not head.memory.written[6]
    with pytest.raises(ValueError, match='sample_idx'):
        head.view_loss(seen, targets._replace(index=None))
    with pytest.raises(ValueError, match='beta=1.0'):
        ELRHead(**LINEAR, beta=1.0)


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
    """As of cross-entropy's own rows: (y + y') / 2 is the mean of two losses."""
    views, targets = draw(2)
    soft = torch.eye(K, dtype=torch.float64)[targets.label]
    soft = (soft + soft.flip(0)) / 2
    head = EACHead(**LINEAR).double()
    first, last = (
        head.view_loss(views, targets._replace(label=label))['loss_ce']
        for label in (targets.label, targets.label.flip(0))
    )
    torch.testing.assert_close(
        head.view_loss(views, targets._replace(soft=soft))['loss_ce'], (first + last) / 2
    )
    head = CoTeachingHead(**LINEAR).double()
    head.progress = Progress(0, 10, 0, 1)  # all are kept
    losses = head.view_loss(views[:1], targets._replace(soft=soft), peer=views[1:])
    torch.testing.assert_close(losses['loss_own'], (first + last) / 2)


@pytest.mark.parametrize(
    'head, name',
    [
        (CLEXHead, 'lambda_csl'),
        (CLEXHead, 'lambda_ce'),
        (CLEXHead, 'lambda_ac'),
        (EACHead, 'lambda_ac'),
        (ELRHead, 'lambda_elr'),
    ],
)
def test_a_weight_that_turns_its_term_round(head, name):
    with pytest.raises(ValueError, match=f'{name}=-0.1 is the weight.*from 0'):
        head(**LINEAR, **{name: -0.1})
