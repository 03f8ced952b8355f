"""Histograms of oriented gradients, batched, on any device."""

from math import pi

import torch
import torch.nn.functional as F
from torch import Tensor

CHUNK = 2**17  # pixels at a time on a CPU, so that what is between stays in its cache


def gaussian_window(size: int) -> Tensor:
    """(size, size) weights around the middle, standard deviation ``size // 2``, sum 1, as
    MMPretrain's ``HOGGenerator`` has them (but NaN for a size of 1).

    >>> window = gaussian_window(4)
    >>> round(float(window.sum()), 6), bool((window == window.flip(0)).all())
    (1.0, True)
    """
    at = torch.arange(size, dtype=torch.float32) - (size - 1) / 2
    weight = torch.exp(-0.5 * (at / max(size // 2, 1)) ** 2)
    window = torch.outer(weight, weight)
    return window / window.sum()


@torch.no_grad()
def hog(images: Tensor, bins: int = 9, cell: int = 8, window: int = 0) -> Tensor:
    """Histograms of oriented gradients (Dalal and Triggs, CVPR 2005) as MaskFeat's target has them
    (CVPR 2022, its public code).

    Of each colour channel: Sobel differences gx, gy, reflected at the border; magnitude ``sqrt(gx^2
    + gy^2)``; angle ``atan2(gx, gy)``, without its sign, in ``bins`` bins over 180 degrees, each
    pixel in one; the magnitudes of a cell's pixels summed a bin; L2 norm 1 a cell and channel. A
    vertical edge lies at 90 degrees, in the middle bin of nine. A cell without gradients has zeros;
    one with a pixel that is NaN or infinite, or beside one, has NaN. Normalising the image changes
    nothing but rounding.

    Differs from: MMPretrain's ``HOGGenerator``, which convolves, in rounding: here equal neighbours
    cancel exactly, so that it does not choose the bin of a pure edge. scikit-image's ``hog``: plain
    central differences, angles from the x axis (with nine bins they match after transposing its
    image), one channel, or of each pixel the strongest; normalised over blocks of cells.

    The same input gives the same bits on a device: a GPU sums bin by bin, where adding at indices
    (faster on a CPU) would have no fixed order.

    Args:
        images: (N, C, H, W), any scale; computed in float32, float64 where they have it. Without a
            gradient.
        bins: over 180 degrees.
        cell: side of a cell, pixels; H and W are multiples of it.
        window: side of a Gaussian window that weighs the magnitudes, repeated over the image; 0 is
            none, as in the original code, MMPretrain's config has 16.

    Returns:
        (N, C, H / cell, W / cell, bins).

    Raises:
        ValueError: where sizes do not fit.

    >>> edge = torch.zeros(1, 1, 8, 8)
    >>> edge[..., 4:] = 1
    >>> hog(edge)[0, 0, 0, 0].tolist()
    [0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0]
    """
    _check(images, bins, cell, window)
    if images.dtype != torch.float64:
        images = images.float()
    weight = None
    if window:
        rows, columns = (side // window for side in images.shape[-2:])
        weight = gaussian_window(window).to(images).repeat(rows, columns)
    sums = _sum_by_bin if images.device.type == 'cuda' else _add_at_index
    chunks = (images,)
    if images.device.type == 'cpu':
        chunks = images.split(max(1, CHUNK // max(1, images[:1].numel())))
    cells = [sums(*_polar(part, bins, weight), bins, cell) for part in chunks]
    return F.normalize(torch.cat(cells), dim=-1)


def hog_patches(histograms: Tensor, patch: int = 16, cell: int = 8) -> Tensor:
    """A patch's histograms as one vector: the target of a ViT's token.

    In ``HOGGenerator``'s order: channel, bin, row, column of the cell.

    Args:
        histograms: (N, C, rows, columns, bins), of :func:`hog`.
        patch: side of a patch, pixels; a multiple of ``cell``.
        cell: side of a cell, pixels.

    Returns:
        (N, L, dims): L patches row by row, ``dims = C * bins * (patch / cell)^2``; 108 by default.

    Raises:
        ValueError: where sizes do not fit.

    >>> hog_patches(hog(torch.rand(2, 3, 96, 112))).shape
    torch.Size([2, 42, 108])
    """
    side = _cells_a_patch(patch, cell)
    n, channels, rows, columns, bins = histograms.shape
    if rows % side or columns % side:
        raise ValueError(
            f'{rows} x {columns} cells of {cell} px cannot be divided into patches of {patch} px; '
            f'image sides have to be multiples of {patch}'
        )
    parts = histograms.reshape(n, channels, rows // side, side, columns // side, side, bins)
    return parts.permute(0, 2, 4, 1, 6, 3, 5).reshape(n, -1, channels * bins * side**2)


def hog_from_patches(
    patches: Tensor, grid: tuple[int, int], bins: int = 9, patch: int = 16, cell: int = 8
) -> Tensor:
    """The inverse of :func:`hog_patches`.

    Args:
        patches: (N, L, dims).
        grid: rows and columns of patches, ``L = rows * columns``.

    >>> cells = hog(torch.rand(2, 3, 32, 48))
    >>> bool((hog_from_patches(hog_patches(cells), (2, 3)) == cells).all())
    True
    """
    side = _cells_a_patch(patch, cell)
    n, length, dims = patches.shape
    if length != grid[0] * grid[1] or dims % (bins * side**2):
        raise ValueError(
            f'{length} patches of {dims} values are no grid of {grid} with {bins} bins in each of '
            f'{side} x {side} cells'
        )
    parts = patches.reshape(n, *grid, -1, bins, side, side).permute(0, 3, 1, 5, 2, 6, 4)
    return parts.reshape(n, -1, grid[0] * side, grid[1] * side, bins)


def _polar(images: Tensor, bins: int, weight) -> tuple[Tensor, Tensor]:
    """Magnitudes, and angles in bins from -bins to bins, as float; b and b - bins are one bin, and
    bins is bin 0."""
    x = F.pad(images, (1, 1, 1, 1), mode='reflect')
    across = x[..., :-2] - x[..., 2:]
    down = x[..., :-2, :] - x[..., 2:, :]
    gx = torch.add(across[..., :-2, :], across[..., 1:-1, :], alpha=2).add_(across[..., 2:, :])
    gy = torch.add(down[..., :-2], down[..., 1:-1], alpha=2).add_(down[..., 2:])
    magnitude = torch.addcmul(gx * gx, gy, gy).sqrt_()
    if weight is not None:
        magnitude *= weight
    return magnitude, _bin_of(gx, gy, bins)


def _bin_of(gx: Tensor, gy: Tensor, bins: int) -> Tensor:
    # NaN is in bin 0, so that its magnitude, NaN, is summed and not lost.
    return torch.atan2(gx, gy).div_(pi).mul_(bins).floor_().nan_to_num_()


def _add_at_index(magnitude: Tensor, angle: Tensor, bins: int, cell: int) -> Tensor:
    n, channels, height, width = magnitude.shape
    rows, columns = height // cell, width // cell
    # A slot for each signed bin; the signs are joined cell by cell, for less than the remainder of
    # each pixel costs.
    slots = 2 * bins + 1
    row = torch.arange(height, device=angle.device) // cell * columns
    place = row[:, None] + torch.arange(width, device=angle.device) // cell
    index = angle.long().add_(place * slots + bins)
    sums = magnitude.new_zeros(n, channels, rows * columns * slots)
    sums.scatter_add_(2, index.flatten(2), magnitude.flatten(2))
    sums = sums.view(n, channels, rows, columns, slots)
    out = sums[..., bins:-1] + sums[..., :bins]
    out[..., 0] += sums[..., -1]
    return out


def _sum_by_bin(magnitude: Tensor, angle: Tensor, bins: int, cell: int) -> Tensor:
    n, channels, height, width = magnitude.shape
    angle = angle.remainder_(bins)
    shape = (n, channels, height // cell, cell, width // cell, cell)
    parts = (torch.where(angle == b, magnitude, 0) for b in range(bins))
    return torch.stack([part.view(shape).sum((3, 5)) for part in parts], dim=-1)


def _cells_a_patch(patch: int, cell: int) -> int:
    if patch % cell:
        raise ValueError(
            f'patches of {patch} px do not hold whole cells of {cell} px; patch has to be a '
            'multiple of cell, e.g. 16 and 8'
        )
    return patch // cell


def _check(images: Tensor, bins: int, cell: int, window: int) -> None:
    if images.dim() != 4:
        raise ValueError(f'images of shape {tuple(images.shape)}; expected (N, C, H, W)')
    height, width = images.shape[-2:]
    for name, side in (('cell', cell), ('window', window or 1)):
        if side < 1 or height % side or width % side:
            raise ValueError(
                f'{name}={side} does not divide images of {height} x {width}; resize them to '
                'multiples of it'
            )
    if min(height, width) < 2 or bins < 1:
        raise ValueError(
            f'bins={bins}, images of {height} x {width}; at least one bin and 2 x 2 pixels are '
            'needed'
        )
