"""EAC against a loop written from its paper."""

import math

import pytest
import torch
from methods import LINEAR, K, draw, softmax

from mmfer.models import EACHead

N = 6


def test_eac_by_a_loop():
    head = EACHead(**LINEAR).double()
    views, targets = draw(2)
    losses = head.view_loss(views, targets)
    weight = head.fc.weight.detach()
    ce = ac = 0.0
    for i in range(N):
        ce -= math.log(softmax(views[0].logits[i].tolist())[targets.label[i]]) / N
        for k in range(K):
            maps = [
                [
                    [
                        sum(weight[k, d] * view.feat[i, d, y, x] for d in range(8)).item()
                        for x in range(3)
                    ]
                    for y in range(3)
                ]
                for view in views
            ]
            ac += sum((maps[0][y][x] - maps[1][y][2 - x]) ** 2 for y in range(3) for x in range(3))
    assert losses['loss_ce'].item() == pytest.approx(ce)
    assert losses['loss_ac'].item() == pytest.approx(5 * ac / (N * K * 9))
    # the first view alone is classified; the maps of both are moved, not the classifier
    sum(losses.values()).backward()
    assert views[1].logits.grad is None and head.fc.weight.grad is None
    p = views[0].logits.detach().softmax(1)
    p[torch.arange(N), targets.label] -= 1
    torch.testing.assert_close(views[0].logits.grad, p / N)
    assert all(view.feat.grad.abs().sum() > 0 for view in views)
    with pytest.raises(ValueError, match='2 views of each image, got 1'):
        head.view_loss(views[:1], targets)
    pooled = [view._replace(stages=(view.embed,)) for view in views]
    with pytest.raises(ValueError, match=r"gives \(6, 8\).*out_type='featmap'"):
        head.view_loss(pooled, targets)
    assert set(EACHead(**LINEAR, lambda_ac=0).double().view_loss(views, targets)) == {'loss_ce'}


def test_votes_and_mixed_images_are_soft_labels():
    """As of cross-entropy's own rows: (y + y') / 2 is the mean of two losses."""
    views, targets = draw(2)
    soft = torch.eye(K, dtype=torch.float64)[targets.label]
    soft = (soft + soft.flip(0)) / 2
    head = EACHead(**LINEAR).double()
    first, last = (
        head.view_loss(views, targets._replace(label=label))['loss_ce']
        for label in (targets.label, targets.label.flip(0))
    )
    torch.testing.assert_close(
        head.view_loss(views, targets._replace(soft=soft))['loss_ce'], (first + last) / 2
    )
