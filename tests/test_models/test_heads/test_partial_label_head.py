"""The heads that learn from candidates."""

import pytest
import torch
import torch.nn.functional as F
from mmpretrain.models.heads import LinearClsHead
from mmpretrain.structures import DataSample
from torch import nn

from mmfer.functional import cross_entropy, respond, top_two
from mmfer.models import LabelQueryHead, MultiViewClassifier, PartialLabelHead, Targets, View

K = 4


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
