from mmpretrain.registry import MODELS
from torch import Tensor

from ...functional import cross_entropy
from ..views import Targets, View
from .consistency_head import ConsistencyHead


@MODELS.register_module()
class EACHead(ConsistencyHead):
    """EAC (ECCV 2022): cross-entropy on one view, and attention consistency of two: ``L = CE(z_1,
    y) + lambda_ac MSE(M_1, flip(M_2))``.

    Args:
        num_classes, in_channels: of the classifier.
        lambda_ac: 5 as published; 0 is off.
        **kwargs: of :class:`~mmfer.models.heads.consistency_head.ConsistencyHead`.

    Raises:
        ValueError: on a number of views other than 2, or a ``loss``.
    """

    own_loss = 'cross-entropy on the first view and attention consistency'

    def __init__(self, *args, lambda_ac: float = 5.0, **kwargs):
        super().__init__(*args, lambda_ac=lambda_ac, **kwargs)

    def pair_loss(self, first: View, second: View, targets: Targets) -> dict[str, Tensor]:
        """Returns ``loss_ce`` and, where it has a weight, ``loss_ac``."""
        losses = dict(loss_ce=cross_entropy(first.logits, targets.given).mean())
        if self.lambda_ac:
            losses['loss_ac'] = self.lambda_ac * self.consistency(first, second)
        return losses
