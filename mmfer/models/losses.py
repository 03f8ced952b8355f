"""Any loss of the table :data:`mmfer.functional.LOSSES` as a module."""

import torch
from mmpretrain.registry import MODELS
from torch import Tensor, nn

from ..functional import LOSSES
from .settings import check_settings, check_weights, shown


@MODELS.register_module()
class SampleLoss(nn.Module):
    """``loss=dict(type='SampleLoss', fn='gce', q=.7)``: the mean over the batch of a loss a sample.
    Also in the host's own heads.

    Args:
        fn: a name in :data:`mmfer.functional.LOSSES`.
        loss_weight: of the mean; from 0.
        **hyper: of that function.

    Raises:
        ValueError: on an unknown name or hyper-parameter, or a value that the function refuses.
    """

    def __init__(self, fn: str, loss_weight: float = 1.0, **hyper):
        super().__init__()
        check_settings('fn', fn, LOSSES, hyper, given=('logits', 'target'))
        LOSSES[fn](torch.zeros(1, 2), torch.zeros(1, dtype=torch.long), **hyper)
        check_weights(loss_weight=loss_weight)
        self.fn, self.hyper, self.loss_weight = fn, hyper, loss_weight
        self.loss_name = f'loss_{fn}'

    def forward(
        self, logits: Tensor, target: Tensor, avg_factor: float | None = None, **kwargs
    ) -> Tensor:
        """The weighed mean over the batch.

        Args:
            logits: (N, K).
            target: (N,) class ids, or (N, K) rows that sum to 1.
            avg_factor: divide the sum by this instead of N.

        Raises:
            TypeError: on more arguments, which would have no effect.
        """
        if kwargs:
            raise TypeError(f'SampleLoss does not take {sorted(kwargs)}')
        loss = LOSSES[self.fn](logits, target, **self.hyper)
        return self.loss_weight * loss.sum() / (avg_factor or len(loss))

    def extra_repr(self) -> str:
        return shown(fn=self.fn, loss_weight=self.loss_weight, **self.hyper)
