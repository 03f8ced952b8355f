from typing import Dict, List, Optional

import torch.nn.functional as F
from mmpretrain.models.heads import LinearClsHead
from mmpretrain.registry import MODELS
from torch import Tensor

from ..views import Targets, View


@MODELS.register_module()
class MultiViewHead(LinearClsHead):
    """A linear classifier trained by cross-entropy on every view.

    A method on several views is a subclass with its own :meth:`view_loss`;
    prediction stays ``LinearClsHead``'s.

    Args:
        num_classes, in_channels: of the classifier.
        lambda_ce: weight of the cross-entropy; 0 is off.
        init_cfg: of the classifier. None leaves it as PyTorch makes it, as
            the field's public code does; ``LinearClsHead``'s own default
            (std .01) gives logits so small that losses on normalised logits,
            whose gradient grows as 1 / norm, drown the cross-entropy.
        **kwargs: of ``LinearClsHead``.
    """

    def __init__(self,
                 *args,
                 lambda_ce: float = 1.,
                 init_cfg: Optional[dict] = None,
                 **kwargs):
        super().__init__(*args, init_cfg=init_cfg, **kwargs)
        self.lambda_ce = lambda_ce

    def view_loss(self, views: List[View],
                  targets: Targets) -> Dict[str, Tensor]:
        """Weighed losses by name; those named ``loss*`` are summed.

        Args:
            views: V views of one batch.
            targets: what the batch may learn from; :attr:`Targets.label` is
                the given, perhaps wrong, label.
        """
        if not self.lambda_ce:
            return {}
        return dict(loss_ce=self.lambda_ce * self.cross_entropy(views, targets))

    @staticmethod
    def cross_entropy(views: List[View], targets: Targets) -> Tensor:
        """``sum_v mean_i -log p_y(x_iv)``: summed over views, not halved."""
        return sum(
            F.cross_entropy(view.logits.float(), targets.label)
            for view in views)

    def loss(self, feats, data_samples, **kwargs):
        """Refused: one view a sample carries no :class:`View`."""
        raise NotImplementedError(
            f'{type(self).__name__} computes its loss in view_loss(); use it '
            'in a MultiViewClassifier, not in an ImageClassifier. For tests '
            'alone, an ImageClassifier with LinearClsHead loads its weights.')
