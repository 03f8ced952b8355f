"""Confidences in candidates, their table, and the heads that learn from them."""

import copy
import math

import pytest
import torch
import torch.nn.functional as F
from mmengine.runner.checkpoint import load_state_dict
from mmpretrain.models.heads import LinearClsHead
from mmpretrain.structures import DataSample
from torch import nn

from mmfer.engine.hooks.method_hook import one_data_set
from mmfer.functional import cross_entropy, respond, top_two
from mmfer.models import (
    ConfidenceRevision,
    LabelMemory,
    LabelQueryHead,
    MultiViewClassifier,
    PartialLabelHead,
    Targets,
    View,
)

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


# --- eq. 3 and 4 over the steps of a training


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


def test_settings_of_the_head_are_checked():
    with pytest.raises(ValueError, match='num_classes=1'):
        PartialLabelHead(1, 4)
    with pytest.raises(ValueError, match='PartialLabelHead does not use loss=.*LabelSmooth'):
        PartialLabelHead(K, 4, loss=dict(type='LabelSmoothLoss'))


@pytest.mark.parametrize('fn', [None, 'revise'])
@pytest.mark.parametrize('classes', [1, 7])
def test_candidates_of_another_number_of_classes(fn, classes):
    head = PartialLabelHead(K, 4, confidence=dict(fn=fn))
    batch = Targets(torch.tensor([0]), torch.ones(1, classes), torch.tensor([0]))
    with pytest.raises(
        ValueError, match=f'among {classes} classes .*model.head.num_classes={classes}, or'
    ):
        head.view_loss([View((), None, torch.ones(1, K))], batch)


# --- the table


def test_size_of_the_data_set_and_no_other():
    table = LabelMemory(K)
    assert table.num_samples == 0
    table.prepare(5)
    table.write(torch.tensor([4]), torch.ones(1, K))
    table.prepare(5)
    assert table.written.tolist() == [False] * 4 + [True]
    table.prepare(7)
    assert table.num_samples == 7 and not table.written.any()
    with pytest.raises(ValueError, match='a ConcatDataset'):
        one_data_set(type('ConcatDataset', (), dict(datasets=[], __len__=lambda self: 3))())


@pytest.mark.parametrize('load', ['torch', 'mmengine'])
def test_a_checkpoint_brings_its_rows(load, caplog):
    model = nn.ModuleDict(dict(table=LabelMemory(K), fc=nn.Linear(2, 2)))
    unsized = copy.deepcopy(model)
    model['table'].prepare(5)
    model['table'].write(torch.tensor([1, 3]), torch.rand(2, K))
    state = model.state_dict()

    def into(module, saved):
        if load == 'torch':
            module.load_state_dict(saved)
        else:  # tells what does not fit and goes on
            load_state_dict(module, saved, strict=True)

    fresh = copy.deepcopy(unsized)
    into(fresh, state)
    for key in ('table.table', 'table.written'):
        assert torch.equal(fresh.state_dict()[key], state[key])
    # weights alone, or those of a run that kept no table yet
    weights = {k: v for k, v in state.items() if k.startswith('fc')}
    into(copy.deepcopy(unsized), weights)
    before = copy.deepcopy(model['table'].state_dict())
    into(model, unsized.state_dict())
    for key, value in model['table'].state_dict().items():
        assert torch.equal(value, before[key])
    # another number of images, or of classes, is not taken over in silence
    other = nn.ModuleDict(dict(table=LabelMemory(K), fc=nn.Linear(2, 2)))
    other['table'].prepare(6)
    with pytest.raises(RuntimeError, match='size mismatch'):
        into(other, state)
    with pytest.raises(RuntimeError, match='size mismatch'):
        into(nn.ModuleDict(dict(table=LabelMemory(K + 1), fc=nn.Linear(2, 2))), state)


# --- the heads


def heads(**kwargs):
    torch.manual_seed(0)
    return [
        PartialLabelHead(K, 8, **kwargs),
        LabelQueryHead(K, 8, heads=2, dropout=0.0, class_token='none', **kwargs),
    ]


def features(head, n=3):
    generator = torch.Generator().manual_seed(1)
    shape = (n, 8) if isinstance(head, PartialLabelHead) else (n, 5, 8)
    return (torch.randn(shape, generator=generator),)


SOFT = [[0.5, 0.5, 0, 0], [0, 1.0, 0, 0], [0.25, 0.25, 0.25, 0.25]]


def samples():
    return [
        DataSample(metainfo=dict(sample_idx=i)).set_gt_label(i).set_gt_score(torch.tensor(SOFT[i]))
        for i in range(3)
    ]


def loss_of(head, feats):
    """The losses of the samples above, as a classifier asks for them."""
    embed = head.pre_logits(feats)
    views = [View(feats, embed, head.classify(embed))]
    return head.view_loss(views, Targets(torch.arange(3), torch.tensor(SOFT), torch.arange(3)))


@pytest.mark.parametrize('which', [0, 1], ids=['linear', 'decoder'])
def test_losses(which):
    head = heads(confidence=dict(fn=None))[which]
    feats = features(head)
    logits = head(feats)
    found = loss_of(head, feats)
    assert list(found) == ['loss_pll']
    torch.testing.assert_close(found['loss_pll'], cross_entropy(logits, torch.tensor(SOFT)).mean())
    # of one candidate each, it is the cross-entropy on it
    label = torch.tensor([3, 0, 2])
    one = Targets(label, F.one_hot(label, K).float(), torch.arange(3))
    alone = head.view_loss([View(feats, None, logits)], one)
    by_label = heads(learn_from='label')[which]
    by_label.load_state_dict(head.state_dict())
    other = by_label.view_loss([View(feats, None, logits)], one)
    assert list(other) == ['loss_ce']
    torch.testing.assert_close(alone['loss_pll'], other['loss_ce'])
    torch.testing.assert_close(other['loss_ce'], F.cross_entropy(logits, label))
    # the mean over views
    views = [View(feats, None, logits), View(feats, None, logits + torch.eye(K)[:3])]
    both = head.view_loss(views, one)['loss_pll']
    torch.testing.assert_close(
        both,
        (F.cross_entropy(views[0].logits, label) + F.cross_entropy(views[1].logits, label)) / 2,
    )


@pytest.mark.parametrize('which', [0, 1], ids=['linear', 'decoder'])
def test_a_step_of_training_changes_the_next_loss(which):
    head = heads(confidence=dict(threshold=0.0))[which]
    head.confidence.table.prepare(3)
    feats = features(head)
    logits = head(feats)
    first = loss_of(head, feats)['loss_pll']
    first.backward()
    assert all(p.grad is not None for p in head.parameters())
    torch.testing.assert_close(first, cross_entropy(logits, torch.tensor(SOFT)).mean())
    # all confidence went to the likeliest candidate
    inside = logits.masked_fill(torch.tensor(SOFT) == 0, -torch.inf).argmax(1)
    second = loss_of(head, feats)['loss_pll']
    torch.testing.assert_close(second, F.cross_entropy(logits, inside))
    assert inside[1] == 1 and second < first


def test_weights_are_those_of_a_plain_linear_head():
    head = heads(confidence=dict())[0]
    plain = LinearClsHead(K, 8)
    plain.load_state_dict({k: v for k, v in head.state_dict().items() if 'confidence' not in k})
    feats = features(head)
    torch.testing.assert_close(plain(feats), head(feats))


class Network(nn.Module):
    """Pixels as they are, as the two kinds of heads take them."""

    def __init__(self, pooled):
        super().__init__()
        self.pooled = pooled

    def forward(self, x):
        return (x.flatten(1),) if self.pooled else (x.flatten(2).transpose(1, 2),)


@pytest.mark.parametrize('views', [1, 2])
@pytest.mark.parametrize('which', [0, 1], ids=['linear', 'decoder'])
def test_in_a_classifier(views, which):
    torch.manual_seed(0)
    head = [PartialLabelHead(K, 12), LabelQueryHead(K, 3, width=4, heads=2, class_token='none')]
    model = MultiViewClassifier(backbone=Network(which == 0), head=head[which])
    model.head.confidence.table.prepare(3)
    image = torch.randn(3, 3, 2, 2)
    inputs = image if views == 1 else [image, image.flip(-1)]
    data = model.data_preprocessor(dict(inputs=inputs, data_samples=samples()), training=True)
    loss, logged = model.parse_losses(model(**data, mode='loss'))
    assert torch.isfinite(loss) and 'loss_pll' in logged
    assert model.head.confidence.table.written.all()
    model.eval()
    predicted = model(image, mode='predict')
    torch.testing.assert_close(
        torch.stack([one.pred_score for one in predicted]), model(image).softmax(1)
    )


def test_candidates_are_not_forgotten_in_silence():
    head = heads()[0]
    with pytest.raises(ValueError, match=r'no candidates \(gt_score\).*candidates=dict'):
        head.view_loss([View((), None, torch.ones(1, K))], Targets(torch.tensor([0])))
    with pytest.raises(ValueError, match="learn_from='votes'.*'candidates', 'label'"):
        PartialLabelHead(K, 8, learn_from='votes')
    with pytest.raises(ValueError, match="learn_from='label' does not use confidence="):
        PartialLabelHead(K, 8, learn_from='label', confidence=dict(fn=None))


def test_half_precision_logits_are_taken_up_to_float32():
    head = heads(confidence=dict(response='softmax', threshold=1.1))[0]
    head.confidence.table.prepare(3)
    logits = torch.randn(3, K, dtype=torch.bfloat16, requires_grad=True)
    batch = Targets(torch.arange(3), torch.tensor(SOFT), torch.arange(3))
    loss = head.view_loss([View((), None, logits)], batch)['loss_pll']
    assert loss.dtype == torch.float32
    torch.testing.assert_close(loss, cross_entropy(logits.float(), torch.tensor(SOFT)).mean())
    torch.testing.assert_close(
        head.confidence.table.table,
        top_two(respond(logits.float(), torch.tensor(SOFT), 'softmax'), 1.1),
    )
