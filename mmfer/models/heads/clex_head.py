import math

import torch
import torch.nn.functional as F
from mmengine.logging import MMLogger
from mmpretrain.registry import MODELS
from torch import Tensor

from ...functional import (
    complementary_suppression,
    exchange,
    lp_normalise,
    random_class_mask,
    uniform_of,
)
from ..settings import check_number, check_weights
from ..views import Targets, View
from .consistency_head import ConsistencyHead


@MODELS.register_module()
class CLEXHead(ConsistencyHead):
    """CLEX (CVPR 2026): non-target exchange and suppression on two views.

    ``L = lambda_csl L_CSL + lambda_ce L_CE + lambda_ac L_AC``, each a mean over the batch:

    - L_CSL: a random subset S of floor(gamma (C-1)) non-target logits a sample changes places
      between the views; both are divided by their L_p norm; the log-probabilities of a random
      subset R of C-1-d non-targets are summed over R and both views. S and R are drawn anew each
      step and shared by the views. L_CSL is negative: about -2 |R| log C at first.
    - L_CE: cross-entropy of the raw logits, summed over the two views as in the paper (its eq. for
      L_CE has no 1/2): twice the mean that other heads take, so that ``lambda_ce`` is the published
      weight.
    - L_AC: mean squared difference of the class activation maps, the second view's brought into the
      frame of the first.

    Training only: prediction is the linear classifier.

    Args:
        lambda_csl, lambda_ce, lambda_ac: weights; 0 switches a term off. With ``lambda_csl=0`` and
            ``lambda_ac=0`` it is row (a) of the paper's ablation, with ``lambda_csl=0`` row (b),
            with ``lambda_ac=0`` and ``gamma=0`` row (c), with ``gamma=0`` row (d).
        gamma: share of the non-target logits to exchange, in [0, 1].
        p: order of the norm.
        d: non-target classes left out of R, in [0, C-2]. None is 1, as published, and 0 of two
            classes, of whose single non-target class nothing would be left.
        eps, clip_mode: the floor of the normalisation, see :func:`~mmfer.functional.lp_normalise`.
        csl_form, csl_reduction: see :func:`~mmfer.functional.complementary_suppression`.
        warmup_iters: iterations of the runner over which L_CSL and L_AC grow linearly from 0. From
            random weights they outweigh the cross-entropy while the logits are tiny; from face
            weights leave it at 0, as published.
        **kwargs: of :class:`~mmfer.models.heads.consistency_head.ConsistencyHead`.

    Differs from: nothing known; no code was released. Points that the paper leaves open are
    arguments, and the defaults are the readings that fit its text and its ablations best.

    Raises:
        ValueError: on a number that does not fit (of d, p, eps, a weight ..., of views), or a
            ``loss``.
    """

    own_loss = 'the three terms above'

    def __init__(
        self,
        *args,
        lambda_csl: float = 1.0,
        lambda_ce: float = 0.4,
        lambda_ac: float = 2.0,
        gamma: float = 0.5,
        p: float = 3.0,
        d: int | None = None,
        eps: float = 1e-6,
        clip_mode: str = 'norm',
        csl_form: str = 'log',
        csl_reduction: str = 'sum',
        warmup_iters: int = 0,
        **kwargs,
    ):
        super().__init__(*args, lambda_ac=lambda_ac, **kwargs)
        check_number('num_classes', self.num_classes, least=2, what='leaves no class to suppress')
        others = self.num_classes - 1
        check_number('gamma', gamma, least=0, most=1, what='is a share of the non-target classes')
        if d is None:
            d = min(1, others - 1)
        d = check_number(
            'd',
            d,
            least=0,
            most=others - 1,
            whole=True,
            what=f'of the {others} non-target classes of num_classes={self.num_classes} are left '
            'out of the suppression, which needs one at least',
            hint='or None, which follows the number of classes: set model.head.d',
        )
        check_weights(lambda_csl=lambda_csl, lambda_ce=lambda_ce)
        self.lambda_csl, self.lambda_ce = lambda_csl, lambda_ce
        # The small number keeps floor(.6 * 5) at 3 in floating point.
        self.exchanged = math.floor(gamma * others + 1e-9)
        if gamma and not self.exchanged:
            MMLogger.get_current_instance().warning(
                f'gamma={gamma} of {others} non-target classes exchanges none: floor(gamma * '
                f'{others}) = 0. From gamma={math.ceil(1e4 / others) / 1e4:g} on one is exchanged; '
                'gamma=0 says that none is meant'
            )
        self.retained = others - d
        self.norm = dict(p=p, eps=eps, clip=clip_mode)
        self.form = dict(form=csl_form, reduction=csl_reduction)
        self.warmup_iters = check_number('warmup_iters', warmup_iters, least=0, whole=True)
        # Unknown names and orders fail here, not after the data was read.
        one = lp_normalise(torch.ones(1, 2), **self.norm)
        complementary_suppression(one, one > 0, **self.form)

    def pair_loss(self, first: View, second: View, targets: Targets) -> dict[str, Tensor]:
        """Returns ``loss_ce``, ``loss_csl`` and ``loss_ac``, each weighed."""
        losses = {}
        if self.lambda_ce:
            ce = sum(F.cross_entropy(one.logits.float(), targets.label) for one in (first, second))
            losses['loss_ce'] = self.lambda_ce * ce
        if self.lambda_csl:
            csl = self.suppression(first.logits, second.logits, targets.label, targets.draw)
            losses['loss_csl'] = self._grown(self.lambda_csl, csl)
        if self.lambda_ac:
            losses['loss_ac'] = self._grown(self.lambda_ac, self.consistency(first, second))
        return losses

    def suppression(
        self, first: Tensor, second: Tensor, label: Tensor, draw: Tensor | None = None
    ) -> Tensor:
        """L_CSL of the logits (N, C) of two views, unweighed. The subsets follow from ``draw``
        (N,), or from torch's random numbers."""
        # One draw for both subsets; the two halves are independent.
        if draw is None:
            noise = torch.rand(2, *first.shape, device=first.device)
        else:
            noise = uniform_of(draw, 2 * first.size(1)).chunk(2, 1)
        swap = random_class_mask(noise[0], label, self.exchanged)
        keep = random_class_mask(noise[1], label, self.retained)
        logits = lp_normalise(torch.cat(exchange(first, second, swap)), **self.norm)
        loss = complementary_suppression(logits, keep.repeat(2, 1), **self.form)
        return loss.sum() / len(label)

    def _grown(self, weight: float, term: Tensor) -> Tensor:
        return self._warming_up(weight, term) if self.warmup_iters else weight * term

    # a number that changes with each step, not a graph for each
    @torch.compiler.disable
    def _warming_up(self, weight: float, term: Tensor) -> Tensor:
        return weight * min((self.progress.step + 1) / self.warmup_iters, 1.0) * term
