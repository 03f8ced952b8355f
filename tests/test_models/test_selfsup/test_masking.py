"""Masks of a batch."""

import numpy as np
import pytest
import torch

from mmfer.models.selfsup import draw_masks


@pytest.mark.parametrize('masking', ['uniform', 'blocks'])
@pytest.mark.parametrize(
    'grid, ratio, count',
    [
        ((14, 14), 0.4, 78),
        ((6, 6), 0.4, 14),
        ((12, 12), 0.85, 122),
        ((3, 5), 0.5, 8),
        ((2, 2), 0.75, 3),
    ],
)
def test_masks(masking, grid, ratio, count):
    masked = draw_masks(50, grid, ratio, masking)
    length = grid[0] * grid[1]
    assert masked.mask.shape == (50, length) and (masked.mask.sum(1) == count).all()
    assert masked.visible.shape == (50, length - count)
    assert not masked.mask.gather(1, masked.visible).any()
    assert (masked.visible.diff(dim=1) > 0).all()
    # what follows from restore: visible ones first, then masked ones, undone
    places = torch.arange(length).expand(50, -1)
    joined = torch.cat([masked.visible, torch.full((50, count), -1)], dim=1)
    assert torch.equal(joined.gather(1, masked.restore), places.masked_fill(masked.mask, -1))
    assert len({tuple(row) for row in masked.mask.tolist()}) > 3  # they differ


def test_uniform_masks_take_all_patches_alike():
    number = 20000
    share = draw_masks(number, (4, 4), 0.25).mask.float().mean(0)
    assert ((share - 0.25).abs() < 4.5 * (0.25 * 0.75 / number) ** 0.5).all()


def test_blocks_are_blocks_and_reach_the_border():
    def edges(mask):
        """Neighbours of which one is masked, an image."""
        mask = mask.view(-1, 14, 14).int()
        return float((mask.diff(dim=1).abs().sum() + mask.diff(dim=2).abs().sum()) / len(mask))

    blocks = draw_masks(500, (14, 14), 0.4, 'blocks').mask
    uniform = draw_masks(500, (14, 14), 0.4, 'uniform').mask
    assert edges(uniform) > 150 and edges(blocks) < 60
    share = blocks.float().mean(0).view(14, 14)
    # the middle most, as in BEiT; both ends of each axis alike
    assert share[7, 7] > 0.6
    for side in (share[0], share[-1], share[:, 0], share[:, -1]):
        assert 0.05 < side.mean() < 0.2


def test_the_hosts_blocks_never_reach_the_last_row_and_column():
    """Why MaskFeatTokens draws its own: the host takes randint's upper end for one that is
    included."""
    transform = pytest.importorskip('mmpretrain.datasets.transforms').BEiTMaskGenerator(14, 78, 15)
    np.random.seed(0)
    share = np.mean([transform.transform({})['mask'] for _ in range(200)], axis=0)
    assert share[-1].sum() == share[:, -1].sum() == 0 and share[0].sum() > 0


def test_masks_follow_torchs_seed():
    for masking in ('uniform', 'blocks'):
        torch.manual_seed(5)
        first = draw_masks(3, (14, 14), 0.4, masking).mask
        assert not torch.equal(draw_masks(3, (14, 14), 0.4, masking).mask, first)
        torch.manual_seed(5)
        assert torch.equal(draw_masks(3, (14, 14), 0.4, masking).mask, first)


@pytest.mark.parametrize('masking', ['uniform', 'blocks'])
def test_masks_follow_each_images_draw(masking):
    draw = torch.arange(400) << 30
    mask = draw_masks(400, (6, 6), 0.25, masking, draw=draw).mask
    assert (mask.sum(1) == 9).all() and len(mask.unique(dim=0)) > 300
    part = draw_masks(3, (6, 6), 0.25, masking, draw=draw[[7, 1, 399]]).mask
    assert torch.equal(part, mask[[7, 1, 399]])
    if masking == 'uniform':  # within 4 sigma
        assert (mask.float().mean(0) - 0.25).abs().max() < 4 * (0.25 * 0.75 / 400) ** 0.5


@pytest.mark.parametrize('ratio', [0, 0.01, 0.99, 1.2])
def test_a_ratio_that_leaves_nothing(ratio):
    with pytest.raises(ValueError, match=f'mask_ratio={ratio} masks'):
        draw_masks(2, (4, 4), ratio)
    with pytest.raises(ValueError, match="'grid' is unknown; allowed"):
        draw_masks(2, (4, 4), 0.5, 'grid')
