"""Which patches are masked, drawn for a whole batch at once."""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from ...functional import uniform_of
from ..settings import check_choice, check_number

MASKINGS = ('uniform', 'blocks')
# Of BEiT's blocks, as MaskFeat takes them: sides' ratio, and the smallest block's share of what is
# masked (15 of 78 patches).
ASPECT = (0.3, 1 / 0.3)
SMALLEST = 15 / 78
BLOCKS = 32  # drawn an image; a few cover the number


class Masked(NamedTuple):
    """``mask`` (N, L) bool, True where masked, the same number in each row; ``visible`` (N, V) the
    other patches' places, in order; ``restore`` (N, L): where each patch stands once the visible
    ones come first."""

    mask: Tensor
    visible: Tensor
    restore: Tensor


def draw_masks(
    number: int,
    grid: tuple[int, int],
    ratio: float = 0.4,
    masking: str = 'uniform',
    device='cpu',
    draw: Tensor | None = None,
) -> Masked:
    """Masks of a batch.

    Args:
        number: N images.
        grid: rows and columns of patches, L in all.
        ratio: share of masked patches; ``round(ratio L)`` of them, so 78 of 196 for .4, as MaskFeat
            has.
        masking: ``'uniform'``: any patches; ``'blocks'``: rectangles of random size, shape and
            place until the number is reached, as in BEiT. The last one is cut to those of its
            patches that are nearest its middle.
        draw: (N,) numbers, from which each image's mask follows; None takes torch's random
            numbers.

    Raises:
        ValueError: on an unknown masking, or a ratio that leaves no patch visible or none masked.
    """
    length = grid[0] * grid[1]
    count = masked_count(grid, ratio, masking)
    size = length if masking == 'uniform' else length + 4 * BLOCKS
    order = torch.rand(number, size, device=device) if draw is None else uniform_of(draw, size)
    if masking == 'blocks':
        order = _block_order(order, grid, count)
    mask = torch.zeros(number, length, dtype=torch.bool, device=device)
    mask.scatter_(1, order.argsort(dim=1)[:, :count], True)
    # Stable, so that both parts keep their order.
    places = mask.to(torch.uint8).argsort(dim=1, stable=True)
    return Masked(mask, places[:, : length - count], places.argsort(dim=1))


def masked_count(grid: tuple[int, int], ratio: float, masking: str) -> int:
    """How many patches of a grid :func:`draw_masks` masks; raises as it does."""
    check_choice('masking', masking, MASKINGS)
    check_number('mask_ratio', ratio, what='is the share of masked patches', hint='e.g. .4')
    length = grid[0] * grid[1]
    count = round(ratio * length)
    if not 0 < count < length:
        raise ValueError(
            f'mask_ratio={ratio} masks {count} of {length} patches; allowed: a share that masks '
            'one patch at least and leaves one visible, e.g. .4'
        )
    return count


def _block_order(noise: Tensor, grid: tuple[int, int], count: int) -> Tensor:
    """(N, L): the number of the first block that holds a patch, plus how far from that block's
    middle it lies, below 1."""
    blocks, chance = noise[:, : 4 * BLOCKS], noise[:, 4 * BLOCKS :]
    area, aspect, top, left = blocks.unsqueeze(2).chunk(4, 1)
    area = count * (SMALLEST + area * (1 - SMALLEST))
    low, high = map(math.log, ASPECT)
    root = torch.exp((low + aspect * (high - low)) / 2)
    height = (area.sqrt() * root).round().clamp(1, grid[0])
    width = (area.sqrt() / root).round().clamp(1, grid[1])
    # Any place in which it lies inside, the last row and column included.
    top = (top * (grid[0] - height + 1)).floor()
    left = (left * (grid[1] - width + 1)).floor()
    row = torch.arange(grid[0], device=noise.device).repeat_interleave(grid[1])
    column = torch.arange(grid[1], device=noise.device).repeat(grid[0])
    down = (2 * (row - top) - height + 1).abs() / height  # 0 to 1 inside
    across = (2 * (column - left) - width + 1).abs() / width
    inside = (row >= top) & (row < top + height) & (column >= left) & (column < left + width)
    turn = torch.arange(BLOCKS, device=noise.device)[:, None]
    order = torch.where(inside, turn + torch.maximum(down, across), float(BLOCKS))
    # Equal distances: by chance. What no block holds comes last, by chance.
    return order.amin(dim=1) + chance / (2 * max(grid))
