import itertools
import math

import pytest
import torch

from mmfer.functional import complementary_suppression, exchange, lp_normalise, random_class_mask
from mmfer.functional.logits import FORMS, REDUCTIONS


def draw(n, c, seed=0, scale=2.0):
    generator = torch.Generator().manual_seed(seed)
    z = scale * torch.randn(n, c, generator=generator, dtype=torch.float64)
    target = torch.randint(0, c, (n,), generator=generator)
    noise = torch.rand(n, c, generator=generator)
    return z, target, noise


# --- random_class_mask


@pytest.mark.parametrize('classes', [2, 7, 8])
def test_mask_has_the_size_and_never_the_target(classes):
    _, target, noise = draw(500, classes)
    for size in range(classes):
        mask = random_class_mask(noise, target, size)
        assert (mask.sum(1) == size).all()
        assert not mask.gather(1, target[:, None]).any()


def test_mask_is_uniform_over_subsets():
    n, size = 20000, 2
    target = torch.zeros(n, dtype=torch.long)
    noise = torch.rand(n, 5, generator=torch.Generator().manual_seed(1))
    mask = random_class_mask(noise, target, size)
    subsets = list(itertools.combinations(range(1, 5), size))
    share = 1 / len(subsets)
    sigma = math.sqrt(share * (1 - share) / n)
    for subset in subsets:
        found = mask[:, list(subset)].all(1).double().mean().item()
        assert abs(found - share) < 4 * sigma


def test_mask_agrees_with_the_ranks_of_the_noise():
    _, target, noise = draw(50, 7)
    mask = random_class_mask(noise, target, 3)
    for i in range(50):
        others = [k for k in range(7) if k != target[i]]
        chosen = sorted(others, key=lambda k: noise[i, k])[:3]
        assert set(mask[i].nonzero().flatten().tolist()) == set(chosen)


@pytest.mark.parametrize('size', [-1, 7])
def test_mask_of_an_impossible_size(size):
    _, target, noise = draw(4, 7)
    with pytest.raises(ValueError, match='allowed: 0 to 6'):
        random_class_mask(noise, target, size)


# --- exchange


def test_exchange_by_a_loop():
    a, target, noise = draw(20, 7)
    b, _, _ = draw(20, 7, seed=1)
    mask = random_class_mask(noise, target, 3)
    first, second = exchange(a, b, mask)
    for i, k in itertools.product(range(20), range(7)):
        swapped = bool(mask[i, k])
        assert first[i, k] == (b if swapped else a)[i, k]
        assert second[i, k] == (a if swapped else b)[i, k]
        if k == target[i]:
            assert not swapped


def test_exchange_with_nothing_and_twice_is_the_identity():
    a, target, noise = draw(20, 7)
    b, _, _ = draw(20, 7, seed=1)
    first, second = exchange(a, b, torch.zeros_like(a, dtype=torch.bool))
    assert torch.equal(first, a) and torch.equal(second, b)
    mask = random_class_mask(noise, target, 3)
    first, second = exchange(*exchange(a, b, mask), mask)
    assert torch.equal(first, a) and torch.equal(second, b)


def test_gradient_flows_into_the_other_view():
    a = torch.zeros(1, 3, requires_grad=True)
    b = torch.zeros(1, 3, requires_grad=True)
    mask = torch.tensor([[False, True, False]])
    first, _ = exchange(a, b, mask)
    first.backward(torch.tensor([[1.0, 2.0, 3.0]]))
    assert a.grad.tolist() == [[1.0, 0.0, 3.0]]
    assert b.grad.tolist() == [[0.0, 2.0, 0.0]]


# --- lp_normalise


def test_normalise_by_hand():
    # ||(3, 4, 5)||_3 = (27 + 64 + 125)^(1/3) = 6
    z = torch.tensor([[3.0, -4.0, 5.0]], dtype=torch.float64)
    expected = z / 6
    torch.testing.assert_close(lp_normalise(z, p=3), expected)


@pytest.mark.parametrize('p', [1, 1.5, 2, 3, 4])
def test_normalised_logits_have_norm_one_whatever_their_scale(p):
    z, _, _ = draw(30, 8)
    u = lp_normalise(z, p=p)
    norms = u.abs().pow(p).sum(1).pow(1 / p)
    torch.testing.assert_close(norms, torch.ones_like(norms))
    torch.testing.assert_close(lp_normalise(100 * z, p=p), u)


def test_floor_of_the_norm():
    z = torch.full((1, 7), 1e-8, dtype=torch.float64, requires_grad=True)
    u = lp_normalise(z, eps=1e-6)
    torch.testing.assert_close(u, z / 1e-6)
    zero = torch.zeros(2, 7, requires_grad=True)
    lp_normalise(zero).sum().backward()
    assert torch.isfinite(zero.grad).all()


def test_element_clip_is_a_relu():
    z = torch.tensor([[3.0, -4.0, 0.0, -1.0]], requires_grad=True)
    u = lp_normalise(z, clip='element', eps=1e-6)
    torch.testing.assert_close(u, torch.tensor([[1.0, 0.0, 0.0, 0.0]]), atol=1e-6, rtol=0)
    (u * torch.tensor([[1.0, 2.0, 3.0, 4.0]])).sum().backward()
    assert z.grad[0, 1] == 0 and z.grad[0, 3] == 0


@pytest.mark.parametrize(
    'kwargs, named', [(dict(p=0.5), 'p=0.5'), (dict(eps=0), 'eps=0'), (dict(clip='x'), "'x'")]
)
def test_normalise_refuses(kwargs, named):
    with pytest.raises(ValueError, match=named):
        lp_normalise(torch.zeros(1, 3), **kwargs)


# --- complementary_suppression


def test_suppression_by_hand():
    # softmax(0, log 2, log 5) = (1, 2, 5) / 8, R = {1, 2}
    z = torch.tensor([[1.0, 2.0, 5.0]], dtype=torch.float64).log()
    mask = torch.tensor([[False, True, True]])
    expected = dict(
        log=math.log(2 / 8) + math.log(5 / 8), nl=-math.log(6 / 8) - math.log(3 / 8), prob=7 / 8
    )
    for form, value in expected.items():
        loss = complementary_suppression(z, mask, form)
        assert loss.item() == pytest.approx(value, rel=1e-12)
        mean = complementary_suppression(z, mask, form, 'mean')
        assert mean.item() == pytest.approx(value / 2, rel=1e-12)


@pytest.mark.parametrize('form', FORMS)
@pytest.mark.parametrize('reduction', REDUCTIONS)
def test_suppression_by_a_loop(form, reduction):
    z, target, noise = draw(20, 7)
    mask = random_class_mask(noise, target, 5)
    loss = complementary_suppression(z, mask, form, reduction)
    for i in range(20):
        q = [math.exp(v) for v in z[i].tolist()]
        q = [v / sum(q) for v in q]
        terms = [
            dict(log=math.log(q[k]), nl=-math.log(1 - q[k]), prob=q[k])[form]
            for k in range(7)
            if mask[i, k]
        ]
        value = sum(terms) / (len(terms) if reduction == 'mean' else 1)
        assert loss[i].item() == pytest.approx(value, rel=1e-9)


@pytest.mark.parametrize('form', FORMS)
@pytest.mark.parametrize('reduction', REDUCTIONS)
class TestSuppressionProperties:
    def test_samples_do_not_touch_each_other(self, form, reduction):
        z, target, noise = draw(6, 7)
        mask = random_class_mask(noise, target, 5)
        whole = complementary_suppression(z, mask, form, reduction)
        for i in range(6):
            alone = complementary_suppression(z[i : i + 1], mask[i : i + 1], form, reduction)
            torch.testing.assert_close(alone, whole[i : i + 1])

    def test_gradient_in_double_precision(self, form, reduction):
        z, target, noise = draw(4, 7)
        mask = random_class_mask(noise, target, 5)

        def chain(z):
            return complementary_suppression(lp_normalise(z), mask, form, reduction)

        assert torch.autograd.gradcheck(chain, z.requires_grad_())

    def test_classes_may_change_places(self, form, reduction):
        z, target, noise = draw(6, 7)
        mask = random_class_mask(noise, target, 5)
        order = torch.randperm(7, generator=torch.Generator().manual_seed(3))
        torch.testing.assert_close(
            complementary_suppression(z[:, order], mask[:, order], form, reduction),
            complementary_suppression(z, mask, form, reduction),
        )

    # Exact zeros in float16 are left out: the gradient there is 1 / eps = 1e6, which float16 cannot
    # hold; a gradient scaler skips such a step.
    @pytest.mark.parametrize(
        'value, dtype',
        [
            (0.0, torch.float32),
            (1e4, torch.float32),
            (-1e4, torch.float32),
            (0.0, torch.bfloat16),
            (1e4, torch.bfloat16),
            (-1e4, torch.bfloat16),
            (1e4, torch.float16),
            (-1e4, torch.float16),
        ],
    )
    def test_gradients_are_finite_at_extremes(self, form, reduction, value, dtype):
        z = torch.zeros(3, 7, dtype=dtype)
        z[0, 2], z[1, 3], z[2, :] = value, -value, value
        mask = torch.ones(3, 7, dtype=torch.bool)
        mask[:, 0] = False
        for function in (lambda z: z, lp_normalise):
            leaf = z.clone().requires_grad_()
            loss = complementary_suppression(function(leaf), mask, form, reduction)
            assert loss.dtype == torch.float32
            loss.sum().backward()
            assert torch.isfinite(loss).all()
            assert torch.isfinite(leaf.grad).all()


def mean_push(z, form='log'):
    """Gradient of one view's loss, averaged over all R that leave one out."""
    z = torch.tensor(z, dtype=torch.float64, requires_grad=True)
    loss = 0
    for left_out in range(1, len(z)):
        mask = torch.ones(1, len(z), dtype=torch.bool)
        mask[0, [0, left_out]] = False
        loss = loss + complementary_suppression(lp_normalise(z[None]), mask, form).sum() / (
            len(z) - 1
        )
    return torch.autograd.grad(loss, z)[0]


@pytest.mark.parametrize(
    'z, expected',
    [
        ([8, 2, 1, 0.5, -0.5, -1.5, -3], [0.008, 0.023, 0.025, 0.027, 0.034, 0.036, 0.025]),
        ([1, 8, 1.5, 0.5, -0.5, -1.5, -3], [-0.079, 0.027, 0.020, 0.026, 0.034, 0.038, 0.036]),
        ([1.2, 1, 0.4, 0.2, -0.1, -0.4, -0.8], [-0.186, 0.276, 0.139, 0.146, 0.201, 0.197, 0.049]),
    ],
)
def test_gradient_equals_an_independent_derivation(z, expected):
    # d/du = 1[k in R] - |R| q_k, then through the Jacobian of z / ||z||_3.
    z64 = torch.tensor(z, dtype=torch.float64)
    norm = z64.abs().pow(3).sum().pow(1 / 3)
    u = z64 / norm
    q = u.softmax(0)
    c = len(z)
    in_r = torch.tensor([0.0] + [(c - 2) / (c - 1)] * (c - 1)).double()
    push_u = in_r - (c - 2) * q
    push_z = (push_u - u.abs().pow(2) * u.sign() * (u @ push_u)) / norm
    torch.testing.assert_close(mean_push(z), push_z)
    torch.testing.assert_close(
        push_z, torch.tensor(expected, dtype=torch.float64), atol=1e-3, rtol=0
    )


def test_optimum_has_the_target_on_top_and_the_others_equal():
    # For p = 3 the free optimum over R is u = (.892, -.364, ...), C = 7.
    z = torch.tensor([1.0, 3.0, 1.5, 0.5, -0.5, -1.5, -3.0], dtype=torch.float64)
    z.requires_grad_()
    optimiser = torch.optim.Adam([z], lr=0.05)
    for _ in range(600):
        z.grad = mean_push(z.detach().tolist())
        optimiser.step()
    u = lp_normalise(z.detach()[None])[0]
    expected = torch.tensor([0.892] + [-0.364] * 6, dtype=torch.float64)
    torch.testing.assert_close(u, expected, atol=2e-3, rtol=0)


@pytest.mark.parametrize('kwargs', [dict(form='square'), dict(reduction='max')])
def test_suppression_refuses_unknown_names(kwargs):
    with pytest.raises(ValueError, match='allowed'):
        complementary_suppression(torch.zeros(1, 3), torch.ones(1, 3, dtype=torch.bool), **kwargs)
