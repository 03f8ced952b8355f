"""Label embeddings spread evenly over the sphere (PLL-FER, eq. 2)."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from .arguments import at_least_float32, check_number


def uniformity(embeddings: Tensor, tau: float = 0.001, own: bool = False) -> Tensor:
    """How close the other embeddings are to each one (arXiv 2209.15402, eq. 2, in the form of TSC,
    CVPR 2022).

    ``L_i = log sum_{j != i} exp(cos(q_i, q_j) / tau)``; the paper's L_u is the mean over i.

    Differs from: TSC's code, whose sum holds j = i too (``own=True``). At the small tau of the
    paper that term, exp(1 / tau), swamps all others, and the gradient vanishes.

    Args:
        embeddings: (C, D), of any length but 0; their directions count.
        tau: temperature, above 0.

    Returns:
        (C,), float32 or better. The mean is lowest at the regular simplex, where each is ``log(C -
        1) - 1 / ((C - 1) tau)``.

    Raises:
        ValueError: where tau is not above 0, or there are fewer than 2 embeddings.

    >>> q = torch.tensor([[1., 0.], [-2., 0.]])
    >>> uniformity(q, tau=.5).tolist()
    [-2.0, -2.0]
    """
    check_number('tau', tau, above=0, hint='e.g. .001')
    num_classes = embeddings.size(0)
    if num_classes < 2:
        raise ValueError(
            f'{num_classes} embedding has no others to be far from; at least 2 are needed'
        )
    unit = F.normalize(at_least_float32(embeddings), dim=1)
    cosine = unit @ unit.T / tau
    if not own:
        diagonal = torch.eye(num_classes, dtype=torch.bool, device=cosine.device)
        cosine = cosine.masked_fill(diagonal, -math.inf)
    return cosine.logsumexp(dim=1)


def regular_simplex(noise: Tensor) -> Tensor:
    """The optimum of :func:`uniformity` in closed form.

    (C, D), unit rows that sum to 0 and whose cosines are all ``-1 / (C - 1)``, whatever tau.

    Args:
        noise: (C, D) normal values, D >= C - 1; all but the last row choose the orientation.

    Raises:
        ValueError: where D is too small for a regular simplex.

    >>> q = regular_simplex(torch.randn(3, 8))
    >>> (q @ q.T)[0].round(decimals=4).tolist()
    [1.0, -0.5, -0.5]
    """
    num_classes, width = noise.shape
    if num_classes < 2 or width < num_classes - 1:
        raise ValueError(
            f'{num_classes} embeddings of width {width}: a regular simplex needs at least 2 '
            'classes and a width of at least C - 1. Take a wider embedding, or spread()'
        )
    corners = torch.eye(num_classes, dtype=torch.float64, device=noise.device) - 1 / num_classes
    # orthonormal coordinates of the hyperplane that the corners lie in
    basis = torch.linalg.svd(corners).Vh[: num_classes - 1]
    flat = F.normalize(corners @ basis.T, dim=1)
    frame = torch.linalg.qr(noise[: num_classes - 1].T.double()).Q
    return (flat @ frame.T).to(noise.dtype)


def spread(start: Tensor, tau: float = 0.001, steps: int = 2000, lr: float = 0.01) -> Tensor:
    """Embeddings (C, D) moved to a low :func:`uniformity` by Adam, as unit rows.

    The temperature falls from 1 to ``tau`` (geometrically), and each step takes ``tau`` times the
    loss: at a small tau from the start, only the nearest pair would move. The learning rate falls
    from ``lr`` to 0.

    Raises:
        ValueError: on a ``tau`` or ``lr`` that is not above 0, or a negative number of steps.

    >>> q = spread(torch.tensor([[1., .1], [1., -.1], [.9, .3]]), steps=500)
    >>> bool(((q @ q.T).fill_diagonal_(-1) < -.45).all())
    True
    """
    check_number('tau', tau, above=0, hint='e.g. .001')
    check_number('steps', steps, least=0, whole=True)
    check_number('lr', lr, above=0)
    with torch.enable_grad():
        moving = F.normalize(start.detach().double(), dim=1).requires_grad_()
        optimiser = torch.optim.Adam([moving], lr=lr)
        for step in range(steps):
            now = tau ** (step / max(steps - 1, 1))
            optimiser.param_groups[0]['lr'] = lr * (1 - step / steps)
            optimiser.zero_grad()
            (now * uniformity(moving, now).mean()).backward()
            optimiser.step()
    return F.normalize(moving.detach(), dim=1).to(start.dtype)


def optimal_embeddings(noise: Tensor, tau: float = 0.001) -> Tensor:
    """The optimal positions before training (PLL-FER, section on eq. 2) by normal values (C, D):
    :func:`regular_simplex` where the width allows it, else :func:`spread`.

    >>> q = optimal_embeddings(torch.randn(7, 6))
    >>> bool(((q @ q.T).fill_diagonal_(-1 / 6) + 1 / 6).abs().max() < 1e-6)
    True
    """
    num_classes, width = noise.shape
    return regular_simplex(noise) if width >= num_classes - 1 else spread(noise, tau)
