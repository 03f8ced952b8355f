"""What a head trains on that learns from candidate labels."""

import torch
from torch import Tensor, nn

from ..functional import UPDATES
from .memories import LabelMemory
from .settings import check_choice, check_settings, shown
from .views import Targets


class ConfidenceRevision(nn.Module):
    """A confidence in each candidate (PLL-FER, arXiv 2209.15402, algorithm 1): a
    :class:`LabelMemory` and a function of :data:`mmfer.functional.UPDATES`.

    In each training step it hands out the confidences of the batch's images and keeps new ones,
    from what the network believes of the candidates. The candidates are always those of the data
    set (the support of ``Targets.soft``), never those that the last confidence left: a class that
    lost all confidence may win it back. The first confidence is what the data set gives: uniform
    over the candidates (as published), or the annotators' shares.

    Args:
        width: K, the number of classes.
        fn: the rule's name in ``UPDATES``: ``'revise'`` is PLL-FER's, ``'proden'`` PRODEN's; None
            keeps the first confidence.
        order: ``'after'``: the loss has the confidence from before this step, as PRODEN's code
            does; ``'before'``: the new one.
        **hyper: of that function.

    Raises:
        ValueError: on an unknown name, or a value that the function refuses.
    """

    def __init__(self, width: int, fn: str | None = 'revise', order: str = 'after', **hyper):
        super().__init__()
        for old, new in (('update', "fn= now, and 'none' is None"), ('revision', 'order= now')):
            if old in hyper:
                raise ValueError(f'confidence: {old}={hyper[old]!r} is called {new}')
        check_choice('order', order, ('after', 'before'))
        self.fn, self.order, self.hyper = fn, order, hyper
        if fn is None:
            if hyper:
                raise ValueError(
                    f'fn=None revises nothing and does not take {sorted(hyper)}; set '
                    'confidence=dict(fn=None) alone (in a config with _delete_=True)'
                )
            return
        check_settings('fn', fn, UPDATES, hyper, given=('logits', 'candidates', 'old'))
        # Wrong values fail here, not after the data was read.
        even = torch.full((1, width), 1 / width)
        UPDATES[fn](even[None], even, even, **hyper)
        self.table = LabelMemory(width)

    def forward(self, logits: list[Tensor], targets: Targets) -> Tensor:
        """The confidences to train on in this step; keeps the new ones.

        Args:
            logits: of V views, (N, K) each.
            targets: with ``soft``, and ``index`` unless nothing is updated.

        Returns:
            (N, K) float32, without a gradient.

        Raises:
            ValueError, RuntimeError: as :class:`LabelMemory`.
        """
        first = targets.soft.detach().float()
        if self.fn is None:
            return first
        old = self.table.read(targets.index, first)
        with torch.no_grad():
            new = UPDATES[self.fn](torch.stack(list(logits)), first, old, **self.hyper).float()
        self.table.write(targets.index, new)
        return old if self.order == 'after' else new

    def extra_repr(self) -> str:
        return shown(fn=self.fn, order=self.order, **self.hyper)
