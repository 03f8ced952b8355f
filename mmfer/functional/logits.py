"""What CLEX does to logits: exchange, normalisation, suppression."""

import torch
from torch import Tensor

from .arguments import at_least_float32, check_choice, check_number

FORMS = ('log', 'nl', 'prob')
REDUCTIONS = ('sum', 'mean')
CLIP_MODES = ('norm', 'element')


def random_class_mask(noise: Tensor, target: Tensor, size: int) -> Tensor:
    """A uniformly random subset of the non-target classes, one a sample.

    It holds those with the smallest noise, so i.i.d. continuous noise makes every subset equally
    likely.

    Args:
        noise: (N, C) values of [0, 1), as ``torch.rand`` gives them.
        target: (N,) class ids.
        size: classes in each subset, from 0 to C - 1.

    Returns:
        (N, C) bool, ``size`` times True in each row.

    Raises:
        ValueError: where ``size`` does not fit the number of classes.

    >>> noise = torch.tensor([[.1, .9, .2, .3]])
    >>> random_class_mask(noise, torch.tensor([0]), 2)
    tensor([[False, False,  True,  True]])
    """
    others = noise.size(1) - 1
    if not 0 <= size <= others:
        raise ValueError(
            f'a subset of {size} classes cannot be drawn from the {others} non-target classes of '
            f'{others + 1}; allowed: 0 to {others}. Lower gamma, or lower d.'
        )
    mask = torch.zeros_like(noise, dtype=torch.bool)
    if size == 0:
        return mask
    # 2 is above all noise: the target comes last and size <= C - 1 cuts it.
    ranked = noise.scatter(1, target.unsqueeze(1), 2.0)
    index = ranked.topk(size, dim=1, largest=False, sorted=False).indices
    return mask.scatter_(1, index, True)


def exchange(first: Tensor, second: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """Non-target exchange (CLEX, CVPR 2026, NTX): swap where ``mask`` is set.

    ``e1_k = z2_k if k in S else z1_k`` and the mirror image for ``e2``; so flow the gradients. With
    an empty mask it is the identity; done twice with one mask, too.

    Args:
        first, second: (N, C) logits of the two views.
        mask: (N, C) bool, the subset S; one S serves both views.

    >>> a, b = exchange(torch.tensor([[1., 2.]]), torch.tensor([[3., 4.]]),
    ...                 torch.tensor([[False, True]]))
    >>> a.tolist(), b.tolist()
    ([[1.0, 4.0]], [[3.0, 2.0]])
    """
    return (torch.where(mask, second, first), torch.where(mask, first, second))


def lp_normalise(logits: Tensor, p: float = 3.0, eps: float = 1e-6, clip: str = 'norm') -> Tensor:
    """Logits on the unit sphere of the L_p norm (CLEX, CVPR 2026).

    ``z_c / max(||z||_p, eps)`` over all C coordinates, target included. The paper clips by a small
    eps before normalising and does not say what:

    - ``clip='norm'`` (default): the norm has a floor. Safe at z = 0.
    - ``clip='element'``: each logit is raised to eps first; negative ones then have no gradient.

    Args:
        logits: (N, C). Half precision is computed in float32.
        p: order of the norm, from 1, finite.
        eps: the floor, above 0.

    Raises:
        ValueError: on an order below 1, a floor of 0 or an unknown ``clip``.

    >>> lp_normalise(torch.tensor([[3., 4.]]), p=2).tolist()[0]
    [0.6000000238418579, 0.800000011920929]
    """
    check_number('p', p, least=1, what='is no order of a norm', hint='e.g. 3')
    check_number('eps', eps, above=0, what='leaves no floor', hint='e.g. 1e-6')
    check_choice('clip', clip, CLIP_MODES)
    logits = at_least_float32(logits)
    if clip == 'element':
        logits = logits.clamp_min(eps)
    norm = torch.linalg.vector_norm(logits, ord=p, dim=1, keepdim=True)
    return logits / norm.clamp_min(eps)


def complementary_suppression(
    logits: Tensor, mask: Tensor, form: str = 'log', reduction: str = 'sum'
) -> Tensor:
    """Suppress non-target responses (CLEX, CVPR 2026, L_CSL), one view.

    With q = softmax(logits) and R the retained classes of ``mask``:

    - ``form='log'`` (as published): ``sum_R log q_j``. Negative, about -|R| log C at the start.
      Bounded below on normalised logits alone.
    - ``form='nl'``: ``-sum_R log(1 - q_j)``, negative learning (ICCV 2019).
    - ``form='prob'``: ``sum_R q_j``.

    Args:
        logits: (N, C), exchanged and normalised.
        mask: (N, C) bool, the subset R, without the target.
        reduction: over R: ``'sum'`` (as published) or ``'mean'``.

    Returns:
        (N,) losses, float32 or better.

    >>> zero = torch.zeros(1, 4)
    >>> mask = torch.tensor([[False, True, True, False]])
    >>> complementary_suppression(zero, mask, form='prob').item()
    0.5
    """
    check_choice('form', form, FORMS)
    check_choice('reduction', reduction, REDUCTIONS)
    log_q = at_least_float32(logits).log_softmax(dim=1)
    if form == 'log':
        terms = log_q
    else:
        q = log_q.exp()
        # q reaches 1 only on logits that were not normalised: the cut keeps log(1 - q) and its
        # gradient finite there.
        terms = q if form == 'prob' else -torch.log1p(-q.clamp_max(1 - torch.finfo(q.dtype).eps))
    loss = terms.masked_fill(~mask, 0).sum(dim=1)
    return loss / mask.sum(dim=1).clamp_min(1) if reduction == 'mean' else loss
