import math

import pytest
import torch
import torch.nn.functional as F

from mmfer.functional import optimal_embeddings, regular_simplex, spread, uniformity

TAUS = (0.001, 0.005, 0.01, 0.1, 1.0)


def draw(classes=7, width=16, seed=0, dtype=torch.float64):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(classes, width, generator=generator, dtype=dtype)


def cosines(q):
    """Of each pair of different rows."""
    q = F.normalize(q, dim=1)
    return (q @ q.T)[~torch.eye(len(q), dtype=torch.bool)]


@pytest.mark.parametrize('own', [False, True])
@pytest.mark.parametrize('tau', [0.1, 1.0])
def test_by_a_loop(tau, own):
    q = draw()
    found = uniformity(q, tau, own)
    for i in range(7):
        total = 0.0
        for j in range(7):
            if own or i != j:
                cos = (q[i] @ q[j] / q[i].norm() / q[j].norm()).item()
                total += math.exp(cos / tau)
        assert found[i].item() == pytest.approx(math.log(total), rel=1e-12)


def test_by_hand():
    # a right angle and an opposite: cosines 0, -1, 0
    q = torch.tensor([[1.0, 0.0], [0.0, 3.0], [-1.0, 0.0]])
    low, both = math.log(1 + math.exp(-2)), math.log(2)
    assert uniformity(q, 0.5).tolist() == pytest.approx([low, both, low])


@pytest.mark.parametrize('tau', TAUS)
def test_smallest_tau_neither_overflows_nor_stands_still(tau):
    q = draw(dtype=torch.float32, width=768).requires_grad_()
    loss = uniformity(q, tau)
    assert torch.isfinite(loss).all()
    loss.mean().backward()
    assert torch.isfinite(q.grad).all() and q.grad.abs().max() > 1e-4
    if tau <= 0.01:
        # with j = i, as in TSC's code, hardly anything is left
        other = q.detach().clone().requires_grad_()
        uniformity(other, tau, own=True).mean().backward()
        assert other.grad.norm() < 1e-5 * q.grad.norm()


def test_gradcheck():
    assert torch.autograd.gradcheck(lambda q: uniformity(q, 0.2), draw(4, 5).requires_grad_())


def test_length_rotation_and_order_do_not_count():
    q = draw()
    loss = uniformity(q, 0.1)
    lengths = torch.arange(1.0, 8)[:, None]
    turn = torch.linalg.qr(draw(16, 16, seed=1)).Q
    order = torch.randperm(7)
    torch.testing.assert_close(uniformity(lengths * q, 0.1), loss)
    torch.testing.assert_close(uniformity(q @ turn, 0.1), loss)
    torch.testing.assert_close(uniformity(q[order], 0.1), loss[order])


def test_half_precision_is_computed_in_float32():
    q = draw(dtype=torch.float32)
    assert uniformity(q.half(), 0.01).dtype == torch.float32
    torch.testing.assert_close(uniformity(q.half(), 0.01), uniformity(q.half().float(), 0.01))


@pytest.mark.parametrize('classes, width', [(2, 1), (2, 5), (7, 6), (7, 768), (8, 192)])
def test_regular_simplex(classes, width):
    q = regular_simplex(draw(classes, width))
    assert q.shape == (classes, width) and q.dtype == torch.float64
    torch.testing.assert_close(q.norm(dim=1), torch.ones(classes).double())
    torch.testing.assert_close(
        cosines(q), torch.full((classes * (classes - 1),), -1 / (classes - 1)).double()
    )
    torch.testing.assert_close(q.sum(0), torch.zeros(width).double())
    for tau in TAUS:  # the value of the docstring
        torch.testing.assert_close(
            uniformity(q, tau),
            torch.full((classes,), math.log(classes - 1) - 1 / ((classes - 1) * tau)).double(),
        )


def test_nothing_is_better_than_the_simplex():
    best = regular_simplex(draw())
    for tau in TAUS:
        lowest = uniformity(best, tau).mean()
        q = best.clone().requires_grad_()
        uniformity(q, tau).mean().backward()
        assert q.grad.norm() < 1e-9 / tau
        for seed in range(20):
            for size in (1e-3, 0.1, 10.0):
                other = best + size * draw(seed=seed)
                assert uniformity(other, tau).mean() > lowest


def test_noise_chooses_the_orientation():
    one, again, other = (regular_simplex(draw(seed=s)) for s in (0, 0, 1))
    assert torch.equal(one, again)
    assert (one - other).abs().max() > 0.1


@pytest.mark.parametrize('tau', [0.001, 0.01, 0.1])
def test_optimisation_reaches_the_simplex_where_it_fits(tau):
    q = spread(draw(width=24, dtype=torch.float32), tau, steps=300, lr=0.03)
    assert q.dtype == torch.float32 and not q.requires_grad
    torch.testing.assert_close(cosines(q), torch.full((42,), -1 / 6), atol=2e-3, rtol=0)


def test_where_no_simplex_fits():
    # 4 points of a circle lie best at right angles
    q = spread(draw(4, 2), tau=0.01, steps=300, lr=0.03)
    assert cosines(q).max().item() == pytest.approx(0, abs=0.01)
    # and where one does, it is taken
    noise = draw(7, 6)
    assert torch.equal(optimal_embeddings(noise), regular_simplex(noise))


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match='7 embeddings of width 5.*at least C - 1'):
        regular_simplex(draw(7, 5))
    with pytest.raises(ValueError, match='tau=0'):
        uniformity(draw(), 0)
    with pytest.raises(ValueError, match='1 embedding'):
        uniformity(draw(1, 5))
