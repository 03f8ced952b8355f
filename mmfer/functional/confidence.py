"""Confidences of candidate labels: the loss on them, and their revision."""

import torch
import torch.nn.functional as F
from torch import Tensor

RESPONSES = ('sigmoid', 'softmax')
MEASURES = ('margin', 'top1')
BELOW = ('soft', 'uniform')


def soft_cross_entropy(logits: Tensor, confidence: Tensor) -> Tensor:
    """Cross-entropy with a confidence in each class (PLL-FER, arXiv
    2209.15402, eq. 1; the same in PRODEN, ICML 2020).

    ``L_i = - sum_j c_ij log softmax(o_i)_j``. With all confidence in one
    class it is the usual cross-entropy.

    Args:
        logits: (N, K).
        confidence: (N, K), rows that sum to 1; no gradient flows into it.

    Returns:
        (N,) losses, float32 or better.

    >>> loss = soft_cross_entropy(torch.zeros(1, 2), torch.tensor([[.5, .5]]))
    >>> round(loss.item(), 4)
    0.6931
    """
    log_p = _at_least_float32(logits).log_softmax(dim=1)
    confidence = confidence.detach().to(log_p.dtype)
    # a class outside the set may have log p of -inf, which 0 would make NaN
    return -torch.where(confidence > 0, confidence * log_p, 0.).sum(dim=1)


def respond(logits: Tensor, candidates: Tensor, response: str = 'sigmoid',
            centre: bool = False) -> Tensor:
    """What the network believes of each candidate (PLL-FER, eq. 3).

    ``c_ij = r_ij s_ij / sum_k r_ik s_ik``, r the sigmoid of the logits, as
    the paper states it. Training by eq. 1 leaves the common offset of a
    sample's logits free, to which the sigmoid is not indifferent: (5, 4) gives
    (.503, .497), (-4, -5) gives (.729, .271). ``centre`` first subtracts the
    mean over the classes; ``response='softmax'`` has no such offset, and is
    PRODEN's rule.

    Args:
        logits: (N, K).
        candidates: (N, K), above 0 in the candidate set; no row may be empty.
        response: 'sigmoid' or 'softmax' (over all classes; after restriction
            the same as over the set).
        centre: subtract each row's mean from the logits; nothing changes for
            'softmax'.

    Returns:
        (N, K), without a gradient, rows summing to 1, 0 outside the set.

    Raises:
        ValueError: on an unknown response.

    >>> both = torch.tensor([[1, 1, 0]])
    >>> respond(torch.tensor([[5., 4., 9.]]), both).round(decimals=3).tolist()
    [[0.503000020980835, 0.4970000088214874, 0.0]]
    """
    if response not in RESPONSES:
        raise ValueError(f'response={response!r} is unknown; allowed: '
                         f'{RESPONSES}')
    logits = _at_least_float32(logits.detach())
    if centre:
        logits = logits - logits.mean(dim=1, keepdim=True)
    # r / sum(r) as a softmax of log r: far below 0 the sigmoid underflows
    strength = F.logsigmoid(logits) if response == 'sigmoid' else logits
    return strength.masked_fill(candidates <= 0, -torch.inf).softmax(dim=1)


def top_two(confidence: Tensor, threshold: float = .5, measure: str = 'margin',
            below: str = 'soft') -> Tensor:
    """The best candidate alone, or the two best (PLL-FER, eq. 4).

    With ``c1 >= c2`` the largest of a row: where ``c1 - c2`` (``'margin'``)
    or ``c1`` (``'top1'``) reaches the threshold, all confidence goes to the
    first; below it the two share it, as ``c1 : c2`` (``'soft'``) or evenly
    (``'uniform'``). A row with one candidate stays.

    The paper's threshold is lost. In sets of two, 'top1' with t is 'margin'
    with 2 t - 1. At 0 the first always gets all, above 1 never.

    Args:
        confidence: (N, K), K >= 2, rows summing to 1.
        threshold: at least 0.
        measure, below: see above.

    Returns:
        (N, K), rows summing to 1.

    Raises:
        ValueError: on an unknown name or a negative threshold.

    >>> c = torch.tensor([[.7, .2, .1], [.5, .3, .2]])
    >>> top_two(c, threshold=.5).tolist()
    [[1.0, 0.0, 0.0], [0.625, 0.375, 0.0]]
    """
    for name, value, allowed in (('measure', measure, MEASURES),
                                 ('below', below, BELOW)):
        if value not in allowed:
            raise ValueError(f'{name}={value!r} is unknown; allowed: {allowed}')
    if not threshold >= 0:
        raise ValueError(f'threshold={threshold}; it has to be at least 0')
    best, index = confidence.topk(2, dim=1)
    first, second = best.unbind(dim=1)
    level = first - second if measure == 'margin' else first
    share = best / best.sum(dim=1, keepdim=True)
    if below == 'uniform':
        share = torch.where(second[:, None] > 0, .5, share)
    alone = torch.zeros_like(share)
    alone[:, 0] = 1
    share = torch.where((level >= threshold)[:, None], alone, share)
    return torch.zeros_like(confidence).scatter_(1, index, share)


def _at_least_float32(x: Tensor) -> Tensor:
    return x.float() if x.dtype in (torch.float16, torch.bfloat16) else x
