"""Class activation maps and their consistency between views."""

import torch
import torch.nn.functional as F
from torch import Tensor

from .arguments import at_least_float32


def class_activation_maps(feat: Tensor, weight: Tensor) -> Tensor:
    """Class activation maps (CAM, CVPR 2016): ``M_k = sum_c W_kc F_c``.

    No bias, no ReLU, no scaling, as EAC (ECCV 2022) and CLEX use them. Their spatial mean plus the
    bias is the logit of a classifier on pooled features.

    Args:
        feat: (N, D, H, W), the last feature map.
        weight: (C, D), the classifier's weight; detach it to keep the consistency from moving the
            classifier.

    Returns:
        (N, C, H, W).

    >>> class_activation_maps(torch.ones(1, 2, 1, 3), torch.tensor([[1., 2.]]))
    tensor([[[[3., 3., 3.]]]])
    """
    return F.conv2d(feat, weight[:, :, None, None])


def align_maps(
    maps: Tensor, mirrored: Tensor, theta: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Bring a view's maps into the frame of the reference view.

    Args:
        maps: (N, C, H, W) maps of the view.
        mirrored: (N,) bool, used where ``theta`` is None: the view is the mirror of the reference;
            an axis is reversed, which is exact.
        theta: (N, 2, 3) of :func:`relative_transform`, any affine relation; maps are resampled
            bilinearly.

    Returns:
        The aligned maps (N, C, H, W) and the weight (N, 1, H, W) of each place: 1 where the view
        shows it, 0 where the view's frame cut it.

    >>> align_maps(torch.tensor([[[[1., 2., 3.]]]]), torch.tensor([True]))[0]
    tensor([[[[3., 2., 1.]]]])
    """
    if theta is None:
        aligned = torch.where(mirrored[:, None, None, None], maps.flip(-1), maps)
        return aligned, torch.ones_like(maps[:, :1])
    grid = F.affine_grid(theta.to(maps.dtype), list(maps.shape), align_corners=False)
    aligned = F.grid_sample(maps, grid, mode='bilinear', padding_mode='border', align_corners=False)
    # Centres that fall outside the view; 1 is the edge of its outer cells.
    inside = (grid.abs() <= 1).all(dim=-1)
    return aligned, inside.unsqueeze(1).to(maps.dtype)


def attention_consistency(
    reference: Tensor, aligned: Tensor, weight: Tensor | None = None
) -> Tensor:
    """Mean squared difference of two views' maps (EAC; CLEX, L_AC).

    ``1/(C H W) sum_j ||M_j(x) - Pi(M_j(g(x)))||^2``. A view and its mirror, aligned, have 0.

    Args:
        reference, aligned: (N, C, H, W). Half precision is computed in float32.
        weight: (N, 1, H, W) of :func:`align_maps`; places with weight 0 do not count, and a sample
            with none that count has loss 0.

    Returns:
        (N,) losses.

    >>> attention_consistency(torch.zeros(1, 1, 1, 2),
    ...                       torch.tensor([[[[0., 2.]]]]))
    tensor([2.])
    """
    square = (at_least_float32(reference) - at_least_float32(aligned)).square()
    if weight is None:
        return square.mean(dim=(1, 2, 3))
    count = weight.sum(dim=(1, 2, 3)) * reference.size(1)
    return (square * weight).sum(dim=(1, 2, 3)) / count.clamp_min(1)
