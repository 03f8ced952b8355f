"""What a MultiViewClassifier hands to a head, with one view as with several."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from methods import LINEAR, RESNET, K, Noise, Spy, batch, make
from torch import nn


@pytest.mark.parametrize('views', [1, 2])
def test_soft_labels_and_index_reach_the_head(views):
    model, data = make(dict(type=Spy, **LINEAR)), Noise(views)
    model(**model.data_preprocessor(batch(views), training=True), mode='loss')
    seen, targets = model.head.seen
    assert len(seen) == views
    assert targets.label.tolist() == targets.index.tolist() == [0, 1, 2]
    assert torch.equal(targets.soft, data.score[:3]) and targets.extra == {}
    for v, view in enumerate(seen):
        assert view.geometry.mirrored.tolist() == 3 * [v == 1]
        assert torch.equal(view.feat, view.stages[-1])
        torch.testing.assert_close(view.embed, view.feat.mean((2, 3)))
        torch.testing.assert_close(view.logits, model.head.fc(view.embed))
        assert view.code is None


def test_all_stages_and_a_code():
    class Projecting(Spy):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            self.project = nn.Linear(self.in_channels, 2)

    net = dict(RESNET, num_stages=2, out_indices=(0, 1), strides=(1, 2), dilations=(1, 1))
    for view_pass in ('separate', 'joint'):
        model = make(
            dict(type=Projecting, num_classes=K, in_channels=16), backbone=net, view_pass=view_pass
        ).eval()
        model(**model.data_preprocessor(batch(2), training=True), mode='loss')
        for view in model.head.seen[0]:
            assert [one.shape[1] for one in view.stages] == [8, 16]
            assert all(one.shape[0] == 3 for one in view.stages)
            torch.testing.assert_close(view.code, model.head.project(view.embed))


def test_a_head_without_view_loss():
    with pytest.raises(ValueError, match='a LinearClsHead, which has no view_loss'):
        make(dict(type='LinearClsHead', **LINEAR))


def test_views_that_the_pipeline_does_not_make():
    model = make(dict(type='MultiViewHead', **LINEAR), views=(0, 2))
    with pytest.raises(ValueError, match=r'views=\(0, 2\) of own, but the pipeline makes 2'):
        model(**model.data_preprocessor(batch(2), training=True), mode='loss')


def test_batch_augments_mix_what_a_loss_learns_from():
    model = make(
        dict(type=Spy, **LINEAR),
        data_preprocessor=dict(mean=[128.0] * 3, std=[64.0] * 3, num_classes=K),
        train_cfg=dict(augments=dict(type='Mixup', alpha=1.0)),
    )
    data = batch(1, 6)
    for sample in data['data_samples']:
        del sample.gt_score
    torch.manual_seed(0)
    np.random.seed(0)
    model(**model.data_preprocessor(data, training=True), mode='loss')
    soft = model.head.seen[1].soft
    assert soft.shape == (6, K) and ((soft > 0).sum(1) > 1).any()
    torch.testing.assert_close(soft.sum(1), torch.ones(6))
    assert F.one_hot(model.head.seen[1].label, K).shape == soft.shape


def test_mixed_images_where_nothing_is_learnt_from_them():
    mixup = dict(
        train_cfg=dict(augments=dict(type='Mixup', alpha=1.0)),
        data_preprocessor=dict(mean=[128.0] * 3, std=[64.0] * 3, num_classes=K),
    )
    for choice in ('label', 'candidates'):
        with pytest.raises(ValueError, match='PartialLabelHead does not learn from mixed images'):
            make(dict(type='PartialLabelHead', **LINEAR, learn_from=choice), **mixup)
    make(dict(type='MultiViewHead', **LINEAR), **mixup)
