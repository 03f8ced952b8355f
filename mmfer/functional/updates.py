"""How the confidences in candidate labels are revised: :data:`UPDATES` holds the rules by name.

Each takes the logits of all views (V, N, K), the candidates (N, K), above 0 in the set, and the
confidences so far (N, K); it gives (N, K) without a gradient, rows summing to 1. A row with one
candidate stays as it is.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from .arguments import at_least_float32, check_choice, check_number

RESPONSES = ('sigmoid', 'softmax')
MEASURES = ('margin', 'top1')
BELOW = ('soft', 'uniform')


def respond(
    logits: Tensor, candidates: Tensor, response: str = 'sigmoid', centre: bool = False
) -> Tensor:
    """What the network believes of each candidate (PLL-FER, eq. 3).

    ``c_ij = r_ij s_ij / sum_k r_ik s_ik``, r the sigmoid of the logits, as the paper states it.
    Training by eq. 1 leaves the common offset of a sample's logits free, on which the sigmoid
    depends: (5, 4) gives (.503, .497), (-4, -5) gives (.729, .271). ``centre`` first subtracts the
    mean over the classes; ``response='softmax'`` has no such offset, and is PRODEN's rule.

    Args:
        logits: (N, K).
        candidates: (N, K), above 0 in the candidate set; no row may be empty.
        response: 'sigmoid' or 'softmax' (over all classes; restricted, the same as over the set).
        centre: nothing changes for 'softmax'.

    Returns:
        (N, K), without a gradient, rows summing to 1, 0 outside the set.

    Raises:
        ValueError: on an unknown response.

    >>> both = torch.tensor([[1, 1, 0]])
    >>> respond(torch.tensor([[5., 4., 9.]]), both).round(decimals=3).tolist()
    [[0.503000020980835, 0.4970000088214874, 0.0]]
    """
    check_choice('response', response, RESPONSES)
    logits = at_least_float32(logits.detach())
    if centre:
        logits = logits - logits.mean(dim=1, keepdim=True)
    # r / sum(r) as a softmax of log r: far below 0 the sigmoid underflows
    strength = F.logsigmoid(logits) if response == 'sigmoid' else logits
    return strength.masked_fill(candidates <= 0, -torch.inf).softmax(dim=1)


def top_two(
    confidence: Tensor, threshold: float = 0.5, measure: str = 'margin', below: str = 'soft'
) -> Tensor:
    """The best candidate alone, or the two best (PLL-FER, eq. 4).

    With ``c1 >= c2`` the largest of a row: where ``c1 - c2`` (``'margin'``) or ``c1`` (``'top1'``)
    reaches the threshold, all confidence goes to the first; below it the two share it, as ``c1 :
    c2`` (``'soft'``) or evenly (``'uniform'``). A row with one candidate stays.

    The paper's threshold is lost. In sets of two, 'top1' with t is 'margin' with 2 t - 1. At 0 the
    first always gets all, above 1 never.

    Args:
        confidence: (N, K), K >= 2, rows summing to 1; so do those of the result.
        threshold: at least 0.

    Raises:
        ValueError: on an unknown name or a negative threshold.

    >>> c = torch.tensor([[.7, .2, .1], [.5, .3, .2]])
    >>> top_two(c, threshold=.5).tolist()
    [[1.0, 0.0, 0.0], [0.625, 0.375, 0.0]]
    """
    check_choice('measure', measure, MEASURES)
    check_choice('below', below, BELOW)
    check_number('threshold', threshold, least=0, hint='0 always takes the first, 1.1 never')
    best, index = confidence.topk(2, dim=1)
    first, second = best.unbind(dim=1)
    level = first - second if measure == 'margin' else first
    share = best / best.sum(dim=1, keepdim=True)
    if below == 'uniform':
        share = torch.where(second[:, None] > 0, 0.5, share)
    alone = torch.zeros_like(share)
    alone[:, 0] = 1
    share = torch.where((level >= threshold)[:, None], alone, share)
    return torch.zeros_like(confidence).scatter_(1, index, share)


def proden(logits: Tensor, candidates: Tensor, old: Tensor) -> Tensor:
    """PRODEN's rule (ICML 2020, eq. 8): the softmax over the candidates, mean over the views.

    Differs from: the public code lets go for ever of a class whose confidence fell to 0; here the
    candidates are always those of the data set, and ``old`` is not looked at. ``logits`` (V, N, K),
    ``candidates`` (N, K); returns (N, K).

    >>> z = torch.tensor([[[0., 0., 9.]]])
    >>> proden(z, torch.tensor([[1., 1., 0.]]), None).tolist()
    [[0.5, 0.5, 0.0]]
    """
    new = torch.stack([respond(one, candidates, 'softmax') for one in logits]).mean(0)
    return _keep_decided(new, candidates)


def revise(
    logits: Tensor,
    candidates: Tensor,
    old: Tensor,
    response: str = 'sigmoid',
    centre: bool = False,
    threshold: float = 0.5,
    measure: str = 'margin',
    below: str = 'soft',
) -> Tensor:
    """PLL-FER's rule (arXiv 2209.15402, eq. 3 and 4, algorithm 1): the response to each candidate,
    mean over the views, then the top-2 rule. Returns (N, K).

    Args:
        logits, candidates, old: (V, N, K), (N, K) above 0 in the set, (N, K) so far.
        response, centre: of :func:`respond`; 'sigmoid' is as published.
        threshold, measure, below: of :func:`top_two`. The published threshold is lost.

    >>> z, y = torch.tensor([[[4., -4., 9.]]]), torch.tensor([[1., 1., 0.]])
    >>> revise(z, y, None).tolist()
    [[1.0, 0.0, 0.0]]
    """
    new = torch.stack([respond(one, candidates, response, centre) for one in logits]).mean(0)
    return _keep_decided(top_two(new, threshold, measure, below), candidates)


def _keep_decided(new: Tensor, candidates: Tensor) -> Tensor:
    several = (candidates > 0).sum(dim=1, keepdim=True) > 1
    return torch.where(several, new, candidates.to(new.dtype))


UPDATES: dict[str, Callable[..., Tensor]] = {'proden': proden, 'revise': revise}
