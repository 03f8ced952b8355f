import pytest
import torch

from mmfer.functional import average_targets, bounded_softmax, early_learning


def test_targets_are_the_running_mean_of_predictions():
    # t_n = (1 - beta) sum_m beta^(n - m) p_m
    generator = torch.Generator().manual_seed(0)
    seen = [torch.rand(3, 4, generator=generator).softmax(1) for _ in range(5)]
    target = torch.zeros(3, 4)
    for p in seen:
        target = average_targets(p, target, 0.7)
    expected = sum(0.3 * 0.7 ** (4 - m) * p for m, p in enumerate(seen))
    torch.testing.assert_close(target, expected)


def test_early_learning_by_hand_and_its_gradient():
    # target (.6, .2), p = (.75, .25): <p, t> = .5
    z = torch.tensor([[torch.log(torch.tensor(3.0)), 0.0]], requires_grad=True)
    target = torch.tensor([[0.6, 0.2]], requires_grad=True)
    loss = early_learning(bounded_softmax(z), target)
    assert loss.item() == pytest.approx(-0.693147, abs=1e-5)
    loss.sum().backward()
    # dL/dz_k = -p_k (t_k - <p, t>) / (1 - <p, t>)
    torch.testing.assert_close(z.grad, torch.tensor([[-0.15, 0.15]]))
    assert target.grad is None
    assert early_learning(torch.ones(1, 2) / 2, torch.zeros(1, 2)).item() == 0


def test_extremes_stay_finite():
    z = torch.tensor([[1e4, -1e4]], requires_grad=True)
    p = bounded_softmax(z)
    early_learning(p, p).sum().backward()
    assert torch.isfinite(z.grad).all()
