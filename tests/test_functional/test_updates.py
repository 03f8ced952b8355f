import math

import pytest
import torch
import torch.nn.functional as F

from mmfer.functional import UPDATES, cross_entropy, respond, top_two
from mmfer.functional.updates import BELOW, MEASURES, RESPONSES

INF = math.inf
# settings beside the defaults, so that each branch is met
RULES = {
    'proden': [{}],
    'revise': [
        dict(threshold=0.3),
        dict(response='softmax', measure='top1', below='uniform'),
        dict(centre=True, threshold=1.1),
    ],
}
RULE_CASES = [(fn, s) for fn, settings in RULES.items() for s in settings]


def draw(n=40, k=7, seed=0, scale=3.0):
    """Logits, candidate sets of 1 to k classes, confidences in them."""
    generator = torch.Generator().manual_seed(seed)
    logits = scale * torch.randn(n, k, generator=generator, dtype=torch.float64)
    noise = torch.rand(n, k, generator=generator)
    sizes = torch.randint(1, k + 1, (n, 1), generator=generator)
    candidates = (noise.argsort(1).argsort(1) < sizes).double()
    weights = candidates * torch.rand(n, k, generator=generator, dtype=torch.float64)
    return logits, candidates, weights / weights.sum(1, keepdim=True)


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


@pytest.mark.parametrize('size', [0.0, 1e4, -1e4])
@pytest.mark.parametrize('dtype', [torch.float16, torch.bfloat16, torch.float32])
def test_extreme_logits(size, dtype):
    logits = torch.tensor([[size, 0.0, -size], [size, size, size]], dtype=dtype, requires_grad=True)
    candidates = torch.tensor([[1.0, 0, 1], [0, 1, 1]])
    loss = cross_entropy(logits, candidates / 2)
    assert loss.dtype == torch.float32 and torch.isfinite(loss).all()
    loss.sum().backward()
    assert torch.isfinite(logits.grad).all()
    for response in RESPONSES:
        new = respond(logits, candidates, response)
        assert new.dtype == torch.float32
        torch.testing.assert_close(new.sum(1), torch.ones(2))


# --- eq. 3


@pytest.mark.parametrize('centre', [False, True])
@pytest.mark.parametrize('response', RESPONSES)
def test_response_by_a_loop(response, centre):
    logits, candidates, _ = draw()
    new = respond(logits.requires_grad_(), candidates, response, centre)
    assert not new.requires_grad
    for i in range(40):
        o = logits[i].tolist()
        if centre:
            mean = sum(o) / 7
            o = [x - mean for x in o]
        strength = [sigmoid(x) if response == 'sigmoid' else math.exp(x) for x in o]
        inside = [x * s for x, s in zip(strength, candidates[i].tolist())]
        assert new[i].tolist() == pytest.approx([x / sum(inside) for x in inside], rel=1e-9)


@pytest.mark.parametrize(
    'pair, expected',
    [
        ((5.0, 4.0), (0.503, 0.497)),
        ((2.0, 1.0), (0.546, 0.454)),
        ((0.5, -0.5), (0.622, 0.378)),
        ((-4.0, -5.0), (0.729, 0.271)),
    ],
)
def test_published_response_depends_on_the_offset(pair, expected):
    logits, both = torch.tensor([pair]), torch.ones(1, 2)
    assert respond(logits, both)[0].tolist() == pytest.approx(expected, abs=5e-4)
    # softmax never does, and centring takes the offset away
    assert respond(logits, both, 'softmax')[0].tolist() == pytest.approx((0.731, 0.269), abs=5e-4)
    assert respond(logits, both, centre=True)[0].tolist() == pytest.approx((0.622, 0.378), abs=5e-4)


def test_softmax_is_that_of_all_classes_restricted():
    logits, candidates, _ = draw()
    inside = logits.softmax(1) * candidates
    torch.testing.assert_close(
        respond(logits, candidates, 'softmax'), inside / inside.sum(1, keepdim=True)
    )
    torch.testing.assert_close(
        respond(logits, candidates, 'softmax', centre=True), respond(logits, candidates, 'softmax')
    )


def test_far_below_zero_the_sigmoid_still_tells_candidates_apart():
    # sigmoid(-200) is 0 in float32
    new = respond(torch.tensor([[-200.0, -201.0, 5.0]]), torch.tensor([[1, 1, 0]]))
    assert new[0].tolist() == pytest.approx((sigmoid(1.0), sigmoid(-1.0), 0))


def test_one_candidate_keeps_all():
    logits, _, _ = draw()
    one = F.one_hot(torch.arange(40) % 7, 7).double()
    for response in RESPONSES:
        assert torch.equal(respond(logits, one, response), one)
        assert torch.equal(top_two(respond(logits, one, response), 0.5), one)


# --- eq. 4


@pytest.mark.parametrize('below', BELOW)
@pytest.mark.parametrize('measure', MEASURES)
@pytest.mark.parametrize('threshold', [0.0, 0.3, 0.5, 0.9, 1.1])
def test_rule_by_a_loop(threshold, measure, below):
    _, _, confidence = draw()
    new = top_two(confidence, threshold, measure, below)
    for c, found in zip(confidence.tolist(), new.tolist()):
        (first, a), (second, b) = sorted(((v, -k) for k, v in enumerate(c)), reverse=True)[:2]
        level = first - second if measure == 'margin' else first
        expected = [0.0] * 7
        if level >= threshold:
            expected[-a] = 1.0
        elif below == 'uniform' and second > 0:
            expected[-a] = expected[-b] = 0.5
        else:
            expected[-a], expected[-b] = first / (first + second), second / (first + second)
        assert found == pytest.approx(expected)


def test_rule_by_hand():
    c = torch.tensor([[0.7, 0.2, 0.1], [0.5, 0.3, 0.2], [0.0, 1.0, 0.0]])
    assert top_two(c, 0.5).tolist() == [[1, 0, 0], [0.625, 0.375, 0], [0, 1, 0]]
    assert top_two(c, 0.5, 'top1').tolist() == [[1, 0, 0], [1, 0, 0], [0, 1, 0]]
    assert top_two(c, 0.6, 'top1', 'uniform').tolist() == [[1, 0, 0], [0.5, 0.5, 0], [0, 1, 0]]
    assert torch.equal(top_two(c, 0.0), torch.eye(3)[[0, 0, 1]])
    # above 1 never, and still one candidate keeps all
    assert top_two(c, 1.1, below='uniform').tolist() == [[0.5, 0.5, 0], [0.5, 0.5, 0], [0, 1, 0]]


def test_in_pairs_margin_and_top1_are_one_rule():
    first = torch.linspace(0.5, 1, 101, dtype=torch.float64)
    pairs = torch.stack([first, 1 - first], 1)
    for t in (0.503, 0.625, 0.777, 0.9):
        assert torch.equal(top_two(pairs, t, 'top1'), top_two(pairs, 2 * t - 1))


@pytest.mark.parametrize(
    'change',
    [
        lambda o, c, f: (cross_entropy(o, f),),
        lambda o, c, f: (respond(o, c), respond(o, c, 'softmax'), respond(o, c, centre=True)),
        lambda o, c, f: (top_two(f), top_two(f, 0.3, 'top1', 'uniform')),
    ],
    ids=['loss', 'respond', 'top_two'],
)
def test_samples_are_independent_and_classes_have_no_order(change):
    logits, candidates, confidence = draw()
    order, classes = torch.randperm(40), torch.randperm(7)
    for one, whole, other in zip(
        change(logits[3:4], candidates[3:4], confidence[3:4]),
        change(logits, candidates, confidence),
        change(
            logits[order][:, classes], candidates[order][:, classes], confidence[order][:, classes]
        ),
    ):
        torch.testing.assert_close(one, whole[3:4])
        expected = whole[order]
        torch.testing.assert_close(other, expected if whole.dim() == 1 else expected[:, classes])


def test_unknown_names_are_refused():
    c = torch.full((1, 2), 0.5)
    with pytest.raises(ValueError, match=r"response='relu' .*'sigmoid', 'softmax'"):
        respond(c, c, 'relu')
    with pytest.raises(ValueError, match=r"measure='gap' .*'margin', 'top1'"):
        top_two(c, measure='gap')
    with pytest.raises(ValueError, match=r"below='hard' .*'soft', 'uniform'"):
        top_two(c, below='hard')
    for threshold in (-0.1, float('nan')):
        with pytest.raises(ValueError, match=f'threshold={threshold}'):
            top_two(c, threshold)


# --- the table


def test_no_line_is_left_out():
    assert set(RULES) == set(UPDATES)


@pytest.mark.parametrize('fn, settings', RULE_CASES)
def test_each_line_of_the_table(fn, settings):
    n, k = 6, 5
    generator = torch.Generator().manual_seed(1)
    logits = torch.randn(2, n, k, generator=generator, dtype=torch.float64, requires_grad=True)
    _, _, score = draw(n, k)
    score[1] = F.one_hot(torch.tensor(1), k)

    def update(z, candidates):
        return UPDATES[fn](z, candidates, candidates, **settings)

    new = update(logits, score)
    assert new.shape == (n, k) and not new.requires_grad
    torch.testing.assert_close(new.sum(1), torch.ones(n, dtype=torch.float64))
    assert (new >= 0).all() and not new[score == 0].any()
    assert torch.equal(new[1], score[1])  # one candidate stays
    for i in range(n):
        torch.testing.assert_close(update(logits[:, i : i + 1], score[i : i + 1])[0], new[i])
    order = torch.tensor([3, 0, 4, 2, 1])
    torch.testing.assert_close(update(logits[..., order], score[:, order]), new[:, order])
    torch.testing.assert_close(update(logits.flip(0), score), new)  # views are alike
    for value in (0.0, 1e4, -1e4):
        z = torch.zeros(2, n, k)
        z[..., 0] = value
        extreme = update(z, score.float())
        assert torch.isfinite(extreme).all()
        torch.testing.assert_close(extreme.sum(1), torch.ones(n))
