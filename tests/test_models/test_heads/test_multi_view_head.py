"""Any loss on every view, and what all heads share."""

import pytest
import torch
from methods import LINEAR, METHODS, K, batch, make
from mmpretrain.registry import MODELS

from mmfer.models import MultiViewHead, Targets, View


def test_the_mean_over_views():
    logits = torch.randn(3, K)
    targets = Targets(torch.arange(3))
    for loss in (
        None,
        dict(type='SampleLoss', fn='gce'),
        dict(type='LabelSmoothLoss', label_smooth_val=0.1),
    ):
        head = MultiViewHead(**LINEAR, loss=loss)
        (one,) = head.view_loss([View((), None, logits)], targets).values()
        (two,) = head.view_loss(2 * [View((), None, logits)], targets).values()
        torch.testing.assert_close(one, two)
        torch.testing.assert_close(one, head.loss_module(logits, targets.label))


def test_the_loss_of_the_config_is_the_one_that_is_used():
    logits, targets = torch.randn(3, K), Targets(torch.arange(3))
    values = set()
    for loss in (
        None,
        dict(type='SampleLoss', fn='gce', q=0.5),
        dict(type='SampleLoss', fn='sce'),
        dict(type='LabelSmoothLoss', label_smooth_val=0.2),
        dict(type='CrossEntropyLoss', loss_weight=2.0),
    ):
        (value,) = (
            MultiViewHead(**LINEAR, loss=loss).view_loss([View((), None, logits)], targets).values()
        )
        values.add(round(value.item(), 6))
    assert len(values) == 5
    # soft labels where there are some, as in the host's heads
    soft = torch.tensor([[0.5, 0.5, 0, 0, 0]])
    (value,) = (
        MultiViewHead(**LINEAR)
        .view_loss([View((), None, torch.zeros(1, K))], Targets(torch.tensor([4]), soft))
        .values()
    )
    torch.testing.assert_close(value, torch.tensor(5.0).log())


@pytest.mark.parametrize('name', ['clex', 'eac', 'coteaching', 'pll linear', 'pll decoder'])
def test_a_loss_that_would_have_no_effect_is_refused(name):
    head = dict(METHODS[name][0], loss=dict(type='CrossEntropyLoss'))
    with pytest.raises(ValueError, match='does not use loss=.*its loss is'):
        MODELS.build(head)


def test_accuracy_while_training():
    model = make(dict(type='MultiViewHead', cal_acc=True, topk=(1, 2), **LINEAR))
    data = model.data_preprocessor(batch(1, 12), training=True)
    losses = model(**data, mode='loss')
    with torch.no_grad():
        logits = model(data['inputs'])
    label = data['targets'].label
    expected = 100 * (logits.argmax(1) == label).float().mean()
    torch.testing.assert_close(losses['accuracy_top-1'], expected)
    assert losses['accuracy_top-2'] >= losses['accuracy_top-1']
    assert 'accuracy_top-1' not in make(dict(type='MultiViewHead', **LINEAR))(**data, mode='loss')
