import torch
from mmpretrain.registry import MODELS
from torch import Tensor

from ...functional import cross_entropy
from ..consistency import map_consistency
from ..settings import check_weights
from ..views import Targets, View
from .multi_view_head import MultiViewHead


@MODELS.register_module()
class EACHead(MultiViewHead):
    """EAC (ECCV 2022): cross-entropy on one view, and attention consistency of two: ``L = CE(z_1,
    y) + lambda_ac MSE(M_1, flip(M_2))``.

    Args:
        num_classes, in_channels: of the classifier.
        lambda_ac: 5 as published; 0 is off.
        detach_cam: keep the consistency from moving the classifier, as the public code does.
        **kwargs: of :class:`~mmfer.models.heads.multi_view_head.ViewHead`.

    Raises:
        ValueError: on a number of views other than 2, or a ``loss``.
    """

    own_loss = 'cross-entropy on the first view and attention consistency'

    def __init__(self, *args, lambda_ac: float = 5.0, detach_cam: bool = True, **kwargs):
        super().__init__(*args, **kwargs)
        check_weights(lambda_ac=lambda_ac)
        self.lambda_ac, self.detach_cam = lambda_ac, detach_cam

    def view_loss(self, views: list[View], targets: Targets) -> dict[str, Tensor]:
        """Returns ``loss_ce`` and, where it has a weight, ``loss_ac``."""
        if len(views) != 2:
            raise ValueError(
                f'EAC needs 2 views of each image, got {len(views)}; use a two-view training '
                'pipeline (MultiViewTransform)'
            )
        # Mixed precision ends here: the maps' convolution would run in half.
        with torch.autocast(views[0].logits.device.type, enabled=False):
            losses = dict(loss_ce=cross_entropy(views[0].logits, targets.given).mean())
            if self.lambda_ac:
                weight = self.fc.weight.detach() if self.detach_cam else self.fc.weight
                losses['loss_ac'] = self.lambda_ac * map_consistency(*views, weight)
        return losses
