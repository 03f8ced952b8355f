import torch
from mmengine.dist import get_world_size
from mmpretrain.registry import MODELS
from torch import Tensor

from ...functional import cross_entropy, kept_share, smallest
from ..memories import gather
from ..views import Targets, View
from .multi_view_head import MultiViewHead


@MODELS.register_module()
class CoTeachingHead(MultiViewHead):
    """Co-teaching (NeurIPS 2018): two networks, each trained on the samples of the batch that the
    other finds easiest.

    Of each batch a share R(T) is kept, those with the smallest cross-entropy (mean over the views;
    with soft labels where there are votes or mixed images); it falls from 1 to ``1 - forget_rate``
    over ``ramp_epochs``. Several processes choose among their joined batch. Needs
    ``model.peer=dict()``; the first network is tested.

    Args:
        num_classes, in_channels: of the classifier.
        forget_rate: the share of wrong labels, if it is known, in [0, 1).
        ramp_epochs: T_k, 10 as published; at least 0.
        **kwargs: of :class:`~mmfer.models.heads.multi_view_head.ViewHead`.

    Raises:
        ValueError: on a rate or number that does not fit, or a ``loss``.
    """

    own_loss = 'cross-entropy on the samples that the other network chose'

    def __init__(self, *args, forget_rate: float = 0.3, ramp_epochs: int = 10, **kwargs):
        super().__init__(*args, **kwargs)
        kept_share(0, forget_rate, ramp_epochs)  # wrong values fail here
        self.forget_rate, self.ramp_epochs = forget_rate, ramp_epochs

    def view_loss(self, views: list[View], targets: Targets, peer: list[View]) -> dict[str, Tensor]:
        """Returns ``loss_own`` and ``loss_peer``, the two networks'."""
        own, other = (
            torch.stack([cross_entropy(view.logits, targets.given) for view in seen]).mean(0)
            for seen in (views, peer)
        )
        # processes' gradients are averaged, the sum over all is wanted
        count = get_world_size()
        return dict(
            loss_own=(own * self._choose(other)).sum() * count,
            loss_peer=(other * self._choose(own)).sum() * count,
        )

    # another number each epoch: a compiled step would be traced anew for each
    @torch.compiler.disable
    def _choose(self, loss: Tensor) -> Tensor:
        """The weight of each sample: 1 / n of the n chosen in the joined batch."""
        share = kept_share(self.progress.epoch, self.forget_rate, self.ramp_epochs)
        joined, mine = gather(loss, places=True)
        count = max(int(share * len(joined) + 1e-9), 1)
        return smallest(joined, count)[mine].to(loss.dtype) / count
