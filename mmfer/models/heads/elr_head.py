import torch
from mmpretrain.registry import MODELS
from torch import Tensor

from ...functional import average_targets, bounded_softmax, early_learning
from ..memories import LabelMemory
from ..settings import check_number, check_weights
from ..views import Targets, View
from .multi_view_head import MultiViewHead


@MODELS.register_module()
class ELRHead(MultiViewHead):
    """ELR (NeurIPS 2020): cross-entropy, and the pull of what the network said of the image before:
    ``L = CE + lambda_elr log(1 - <p, t>)``, ``t <- beta t + (1 - beta) p``; with several views p is
    their mean.

    Args:
        num_classes, in_channels: of the classifier.
        beta: what a target keeps in a visit; .7, published for CIFAR-10.
        lambda_elr: weight; 3, published for CIFAR-10. 0 is cross-entropy.
        **kwargs: of :class:`~mmfer.models.heads.multi_view_head.ViewHead`.

    Raises:
        ValueError: on a beta outside [0, 1).
    """

    def __init__(self, *args, beta: float = 0.7, lambda_elr: float = 3.0, **kwargs):
        super().__init__(*args, **kwargs)
        check_number('beta', beta, least=0, below=1, hint='e.g. .7')
        check_weights(lambda_elr=lambda_elr)
        self.beta, self.lambda_elr = beta, lambda_elr
        self.memory = LabelMemory(self.num_classes)

    def view_loss(self, views: list[View], targets: Targets) -> dict[str, Tensor]:
        """Returns the base's losses and ``loss_elr``, which is below 0."""
        losses = super().view_loss(views, targets)
        p = torch.stack([bounded_softmax(view.logits) for view in views]).mean(0)
        old = self.memory.read(targets.index, torch.zeros_like(p))
        new = average_targets(p, old, self.beta)
        self.memory.write(targets.index, new)
        losses['loss_elr'] = self.lambda_elr * early_learning(p, new).mean()
        return losses
