import pytest
import torch
from methods import LINEAR, Noise
from mmengine.registry import init_default_scope
from mmpretrain.registry import MODELS

from mmfer.models import SampleLoss


def test_sample_loss_in_the_hosts_own_head():
    init_default_scope('mmpretrain')
    head = MODELS.build(
        dict(
            type='LinearClsHead', **LINEAR, loss=dict(type='SampleLoss', fn='gce', loss_weight=2.0)
        )
    )
    samples = [Noise(1).sample(i) for i in range(3)]
    feats = (torch.randn(3, 8),)
    value = head.loss(feats, samples)['loss']
    p = head(feats).softmax(1)
    torch.testing.assert_close(value, 2 * (Noise(1).score[:3] * (1 - p**0.7) / 0.7).sum(1).mean())
    for settings, named in (
        (dict(fn='gcee'), "fn='gcee' is unknown.*'gce'"),
        (dict(fn='gce', p=0.7), r"does not take \['p'\]; allowed: \['q'\]"),
        (dict(fn='gce', q=2.0), 'q=2.0'),
    ):
        with pytest.raises(ValueError, match=named):
            SampleLoss(**settings)
    with pytest.raises(TypeError, match='weight'):
        SampleLoss('ce')(torch.zeros(1, 2), torch.zeros(1, dtype=torch.long), weight=3)
