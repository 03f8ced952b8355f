"""What holds for each line of the table LOSSES, and cross-entropy with confidences."""

import math

import pytest
import torch
import torch.nn.functional as F

from mmfer.functional import LOSSES, cross_entropy

N, K = 6, 5
# settings beside the defaults, so that each branch is met
SETTINGS = {
    'ce': [{}],
    'gce': [{}, dict(q=1.0), dict(q=0.1)],
    'sce': [{}, dict(alpha=1.0, beta=0.5, floor=-2.0)],
}
CASES = [(fn, s) for fn, settings in SETTINGS.items() for s in settings]


def test_no_line_is_left_out():
    assert set(SETTINGS) == set(LOSSES)


def draw(seed=0):
    generator = torch.Generator().manual_seed(seed)
    logits = 2 * torch.randn(N, K, generator=generator, dtype=torch.float64)
    soft = torch.rand(N, K, generator=generator, dtype=torch.float64)
    soft = soft * (torch.rand(N, K, generator=generator) < 0.6)
    soft[:, 0] += 0.1
    return logits, torch.arange(N) % K, soft / soft.sum(1, keepdim=True)


@pytest.mark.parametrize('soft', [False, True])
@pytest.mark.parametrize('fn, settings', CASES)
def test_losses(fn, settings, soft):
    logits, label, score = draw()
    target = score if soft else label

    def loss(z, t=target):
        return LOSSES[fn](z, t, **settings)

    value = loss(logits)
    assert value.shape == (N,) and value.dtype == torch.float64
    # each sample by itself
    for i in range(N):
        torch.testing.assert_close(loss(logits[i : i + 1], target[i : i + 1])[0], value[i])
    # class names do not matter
    order = torch.tensor([3, 0, 4, 2, 1])
    renamed = target[:, order] if soft else order.argsort()[target]
    torch.testing.assert_close(loss(logits[:, order], renamed), value)
    # the gradient, and that it goes into the logits alone
    assert torch.autograd.gradcheck(loss, logits.clone().requires_grad_())
    teacher = score.clone().requires_grad_()
    assert not LOSSES[fn](logits, teacher, **settings).requires_grad
    # extremes, in single precision
    for extreme in (torch.zeros(N, K), 1e4 * torch.eye(K)[label], -1e4 * torch.eye(K)[label]):
        z = extreme.requires_grad_()
        loss(z, target.float() if soft else target).sum().backward()
        assert torch.isfinite(z.grad).all()
    # half precision is computed in float32
    low = logits.bfloat16()
    assert torch.equal(
        loss(low, target.float() if soft else target),
        loss(low.float(), target.float() if soft else target),
    )


@pytest.mark.parametrize('fn, settings', CASES)
def test_a_label_is_the_distribution_with_all_in_one_class(fn, settings):
    logits, label, _ = draw()
    torch.testing.assert_close(
        LOSSES[fn](logits, label, **settings),
        LOSSES[fn](logits, F.one_hot(label, K).double(), **settings),
    )


# --- by hand and by loops


def softmax(z):
    total = sum(math.exp(x) for x in z)
    return [math.exp(x) / total for x in z]


def test_gce_and_sce_by_hand():
    # p = (.8, .2)
    z = torch.tensor([[math.log(4), 0.0]])
    right, wrong = torch.tensor([0]), torch.tensor([1])
    assert LOSSES['gce'](z, right, q=1.0).item() == pytest.approx(0.2)
    assert LOSSES['gce'](z, wrong, q=0.5).item() == pytest.approx(2 * (1 - math.sqrt(0.2)))
    # CE = log 5, and 4 (1 - .2)
    assert LOSSES['sce'](z, wrong, alpha=0.1, beta=1.0).item() == pytest.approx(
        0.1 * math.log(5) + 3.2
    )


@pytest.mark.parametrize('soft', [False, True])
def test_values_and_gradients_by_a_loop(soft):
    logits, label, score = draw(3)
    one_hot = F.one_hot(label, K).double()
    target = score if soft else label
    for fn, settings in CASES:
        z = logits.clone().requires_grad_()
        value = LOSSES[fn](z, target, **settings)
        (grad,) = torch.autograd.grad(value.sum(), z)
        for i in range(N):
            p = softmax(logits[i].tolist())
            t = (score if soft else one_hot)[i].tolist()
            ce = -sum(tk * math.log(pk) for tk, pk in zip(t, p) if tk)
            # dL/dp by hand, then through the softmax
            d_ce = [-tk / pk for tk, pk in zip(t, p)]
            if fn == 'ce':
                expected, d = ce, d_ce
            elif fn == 'gce':
                q = settings.get('q', 0.7)
                expected = sum(tk * (1 - pk**q) / q for tk, pk in zip(t, p))
                d = [-tk * pk ** (q - 1) for tk, pk in zip(t, p)]
            else:
                a, b, floor = (
                    settings.get(k, v) for k, v in dict(alpha=0.1, beta=1.0, floor=-4.0).items()
                )
                log_t = [max(math.log(tk), floor) if tk else floor for tk in t]
                expected = a * ce - b * sum(pk * lk for pk, lk in zip(p, log_t))
                d = [a * dk - b * lk for dk, lk in zip(d_ce, log_t)]
            assert value[i].item() == pytest.approx(expected, rel=1e-10)
            mean = sum(pk * dk for pk, dk in zip(p, d))
            for k in range(K):
                assert grad[i, k].item() == pytest.approx(p[k] * (d[k] - mean), abs=1e-10)


def test_limits():
    logits, label, _ = draw()
    ce = LOSSES['ce'](logits, label)
    torch.testing.assert_close(LOSSES['gce'](logits, label, q=1e-7), ce, rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(LOSSES['sce'](logits, label, alpha=1.0, beta=0.0), ce)
    # bounded whatever the logits say, in contrast to cross-entropy
    far = torch.tensor([[1e4, 0.0]])
    assert LOSSES['gce'](far, torch.tensor([1])).item() == pytest.approx(1 / 0.7)
    assert LOSSES['ce'](far, torch.tensor([1])).item() == 1e4


@pytest.mark.parametrize(
    'fn, settings, named',
    [
        ('gce', dict(q=0.0), 'q=0.0'),
        ('gce', dict(q=1.5), 'q=1.5'),
        ('gce', dict(q=math.nan), 'q=nan'),
        ('sce', dict(floor=0.0), 'floor=0.0'),
        ('sce', dict(floor=-math.inf), 'floor=-inf'),
        ('sce', dict(alpha=-1.0), 'alpha=-1.0'),
    ],
)
def test_settings_that_do_not_fit(fn, settings, named):
    logits, label, _ = draw()
    with pytest.raises(ValueError, match=named):
        LOSSES[fn](logits, label, **settings)


# --- with a confidence in each candidate (PLL-FER, eq. 1)


def confidences(n=40, k=7):
    """Logits, and confidences in candidate sets of 1 to k classes."""
    generator = torch.Generator().manual_seed(0)
    logits = 3 * torch.randn(n, k, generator=generator, dtype=torch.float64)
    noise = torch.rand(n, k, generator=generator)
    sizes = torch.randint(1, k + 1, (n, 1), generator=generator)
    candidates = (noise.argsort(1).argsort(1) < sizes).double()
    weights = candidates * torch.rand(n, k, generator=generator, dtype=torch.float64)
    return logits, weights / weights.sum(1, keepdim=True)


def test_loss_by_a_loop():
    logits, confidence = confidences()
    loss = cross_entropy(logits, confidence)
    assert loss.shape == (40,) and loss.dtype == torch.float64
    for i in range(40):
        total = sum(math.exp(o) for o in logits[i].tolist())
        expected = -sum(
            c * math.log(math.exp(o) / total)
            for c, o in zip(confidence[i].tolist(), logits[i].tolist())
        )
        assert loss[i].item() == pytest.approx(expected, rel=1e-12)


def test_one_candidate_is_cross_entropy():
    logits, _ = confidences()
    label = torch.arange(40) % 7
    one = F.one_hot(label, 7)
    torch.testing.assert_close(
        cross_entropy(logits, one), F.cross_entropy(logits, label, reduction='none')
    )


def test_loss_and_gradient_by_hand():
    # softmax (.2, .8); minus c gives the gradient
    logits = torch.tensor([[0.0, math.log(4)]], requires_grad=True)
    confidence = torch.tensor([[0.5, 0.5]], requires_grad=True)
    loss = cross_entropy(logits, confidence)
    assert loss.item() == pytest.approx(-0.5 * math.log(0.2) - 0.5 * math.log(0.8))
    loss.sum().backward()
    torch.testing.assert_close(logits.grad, torch.tensor([[-0.3, 0.3]]))
    assert confidence.grad is None


def test_loss_gradcheck():
    logits, confidence = confidences(n=5)
    assert torch.autograd.gradcheck(lambda o: cross_entropy(o, confidence), logits.requires_grad_())


def test_a_class_outside_may_be_impossible():
    logits = torch.tensor([[1.0, -math.inf, 1.0]])
    loss = cross_entropy(logits, torch.tensor([[0.5, 0, 0.5]]))
    assert loss.item() == pytest.approx(math.log(2))
