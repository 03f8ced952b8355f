"""Confidences in candidates, by eq. 3 and 4 over the steps of a training."""

import math

import pytest
import torch

from mmfer.functional import respond, top_two
from mmfer.models import ConfidenceRevision, Targets

K = 4


def revision(rows=6, **kwargs):
    module = ConfidenceRevision(K, **kwargs)
    if module.fn is not None:
        module.table.prepare(rows)
    return module


def targets(soft, index=None):
    soft = torch.tensor(soft)
    index = torch.arange(len(soft)) if index is None else torch.tensor(index)
    return Targets(soft.argmax(1), soft, index)


PAIR = [[0.5, 0.5, 0, 0]]


def test_the_loss_has_the_confidence_from_before_the_step():
    module, batch = revision(response='softmax'), targets(PAIR)
    first = torch.tensor([[math.log(9), 0.0, 5.0, 5.0]])  # .9 and .1: margin .8
    assert module([first], batch).tolist() == PAIR
    assert module.table.table[0].tolist() == [1, 0, 0, 0]
    second = torch.tensor([[math.log(1.5), 0.0, 5.0, 5.0]])  # .6 and .4: margin .2
    assert module([second], batch).tolist() == [[1, 0, 0, 0]]
    assert module.table.table[0].tolist() == pytest.approx([0.6, 0.4, 0, 0])
    assert module.table.written.tolist() == [True] + 5 * [False]


def test_or_the_new_one_by_name():
    module, batch = revision(response='softmax', order='before'), targets(PAIR)
    logits = torch.tensor([[math.log(9), 0.0, 5.0, 5.0]], requires_grad=True)
    found = module([logits], batch)
    assert found.tolist() == [[1, 0, 0, 0]] and not found.requires_grad


def test_what_was_ruled_out_may_come_back():
    # from the fixed set; PRODEN's code masks by the last confidence
    module, batch = revision(threshold=0.0), targets(PAIR)
    module([torch.tensor([[3.0, -3.0, 0.0, 0.0]])], batch)
    assert module.table.table[0].tolist() == [1, 0, 0, 0]
    module([torch.tensor([[-3.0, 3.0, 9.0, 9.0]])], batch)
    assert module.table.table[0].tolist() == [0, 1, 0, 0]


@pytest.mark.parametrize(
    'pair, expected',
    [((5.0, 4.0), (0.503, 0.497)), ((2.0, 1.0), (0.546, 0.454)), ((-4.0, -5.0), (0.729, 0.271))],
)
def test_published_response(pair, expected):
    # margins of at most .458: the default threshold .5 never decides
    module, batch = revision(), targets(PAIR)
    module([torch.tensor([[*pair, 7.0, 7.0]])], batch)
    assert module.table.table[0].tolist() == pytest.approx([*expected, 0, 0], abs=5e-4)
    other = revision(response='softmax', threshold=0.46)
    other([torch.tensor([[*pair, 7.0, 7.0]])], batch)
    assert other.table.table[0].tolist() == [1, 0, 0, 0]


def test_revise_by_the_formulas():
    torch.manual_seed(0)
    settings = dict(threshold=0.2, measure='top1', below='uniform')
    module = revision(response='sigmoid', centre=True, **settings)
    batch = targets([[0.5, 0.5, 0, 0], [0.25] * 4, [0, 0, 1, 0], [0.2, 0.3, 0.5, 0]], [3, 0, 5, 2])
    logits = torch.randn(4, K)
    module([logits], batch)
    expected = top_two(respond(logits, batch.soft, 'sigmoid', True), **settings)
    torch.testing.assert_close(module.table.table[[3, 0, 5, 2]], expected)


def test_proden_is_the_masked_softmax_without_a_rule():
    torch.manual_seed(0)
    module, batch = revision(fn='proden'), targets([[0.5, 0.5, 0, 0], [0.25] * 4])
    logits = torch.randn(2, K)
    module([logits], batch)
    inside = logits.exp() * (batch.soft > 0)
    torch.testing.assert_close(module.table.table[:2], inside / inside.sum(1, keepdim=True))


@pytest.mark.parametrize('fn', [None, 'proden', 'revise'])
def test_one_candidate_is_never_revised(fn):
    module, batch = revision(fn=fn), targets([[0.0, 0, 1, 0]])
    for _ in range(3):
        found = module([torch.tensor([[9.0, -9, -9, 9]])], batch)
        assert found.tolist() == [[0, 0, 1, 0]]


def test_without_an_update_nothing_is_kept():
    module, soft = revision(fn=None), [[0.7, 0.3, 0, 0]]
    for _ in range(2):  # also without an index
        found = module([torch.ones(1, K)], Targets(torch.tensor([0]), torch.tensor(soft)))
        assert torch.equal(found, torch.tensor(soft))
    assert module.state_dict() == {}


def test_views_are_asked_together():
    module, batch = revision(fn='proden'), targets(PAIR)
    logits = [torch.tensor([[math.log(9), 0.0, 0.0, 0.0]]), torch.zeros(1, K)]
    module(logits, batch)
    assert module.table.table[0].tolist() == pytest.approx([0.7, 0.3, 0, 0])


@pytest.mark.parametrize(
    'settings, named',
    [
        (dict(fn='pico'), "fn='pico'.*'proden', 'revise'"),
        (dict(order='never'), "order='never'.*'after', 'before'"),
        (dict(update='none'), "update='none' is called fn= now.*is None"),
        (dict(revision='before'), "revision='before' is called order= now"),
        (dict(fn='proden', threshold=0.5), r"fn='proden' does not take \['threshold'\]"),
        (dict(fn=None, threshold=0.5), 'fn=None revises nothing'),
        (dict(response='relu'), "response='relu'"),
        (dict(below='hard'), "below='hard'"),
        (dict(threshold=-1), 'threshold=-1'),
    ],
)
def test_unknown_settings(settings, named):
    with pytest.raises(ValueError, match=named):
        ConfidenceRevision(K, **settings)


def test_what_is_missing_is_named():
    with pytest.raises(RuntimeError, match='MethodHook'):
        ConfidenceRevision(K)([torch.ones(1, K)], targets(PAIR))
    with pytest.raises(ValueError, match='sample_idx'):
        revision()([torch.ones(1, K)], targets(PAIR)._replace(index=None))
    with pytest.raises(IndexError, match='sample_idx 6'):
        revision()([torch.ones(1, K)], targets(PAIR, [6]))
