"""What the heads share that compare the attention of two views."""

import pytest
import torch
from methods import LINEAR, draw

from mmfer.models.heads.consistency_head import ConsistencyHead


class Sum(ConsistencyHead):
    """The consistency alone."""

    def pair_loss(self, first, second, targets):
        return dict(loss_ac=self.lambda_ac * self.consistency(first, second))


def head(**settings):
    return Sum(**LINEAR, **dict(dict(lambda_ac=2.0), **settings)).double()


def test_equal_attention_costs_nothing():
    """The second view is the mirrored first one: its maps, mirrored back, are the first's."""
    views, targets = draw(2)
    mirrored = views[0].feat.flip(-1)
    views = [views[0], views[1]._replace(stages=(mirrored,))]
    assert head().view_loss(views, targets)['loss_ac'].item() == 0
    unmoved = [views[0], views[1]._replace(geometry=views[0].geometry)]
    assert head().view_loss(unmoved, targets)['loss_ac'].item() > 0


def test_the_weight_scales():
    views, targets = draw(2)
    torch.manual_seed(0)
    one = head(lambda_ac=1.0)
    torch.manual_seed(0)
    three = head(lambda_ac=3.0)
    torch.testing.assert_close(
        3 * one.view_loss(views, targets)['loss_ac'], three.view_loss(views, targets)['loss_ac']
    )


@pytest.mark.parametrize('detach, moved', [(True, False), (False, True)])
def test_maps_move_the_classifier_only_when_asked(detach, moved):
    views, targets = draw(2)
    one = head(detach_cam=detach)
    one.view_loss(views, targets)['loss_ac'].backward()
    assert (one.fc.weight.grad is not None) == moved
    assert all(view.feat.grad.abs().sum() > 0 for view in views)


def test_what_cannot_be_compared_is_named():
    views, targets = draw(2)
    with pytest.raises(ValueError, match='Sum needs 2 views of each image, got 1'):
        head().view_loss(views[:1], targets)
    with pytest.raises(ValueError, match='view_matrix'):
        head().view_loss([view._replace(geometry=None) for view in views], targets)
    with pytest.raises(ValueError, match=r"gives \(6, 8\).*out_type='featmap'"):
        head().view_loss([view._replace(stages=(view.embed,)) for view in views], targets)
    with pytest.raises(ValueError, match='lambda_ac'):
        head(lambda_ac=-1.0)
