"""Masks, encoders, targets and losses of pre-training."""

import numpy as np
import pytest
import torch
from mmengine.registry import init_default_scope
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample

from mmfer.functional import hog, hog_patches
from mmfer.models.selfsup import HOGTarget, draw_masks

TINY = dict(embed_dims=24, num_layers=2, num_heads=3, feedforward_channels=48)


@pytest.fixture(autouse=True)
def scope():
    init_default_scope('mmpretrain')
    torch.manual_seed(0)


def mae_style(size=48, patch=16, target=None, **backbone):
    return MODELS.build(
        dict(
            type='MaskFeatMAE',
            backbone=dict(
                type='VisiblePatchViT', arch=TINY, img_size=size, patch_size=patch, **backbone
            ),
            neck=dict(decoder_embed_dim=16, decoder_num_heads=2),
            target_generator=target,
        )
    )


def token_style(size=48, patch=16, target=None, **model):
    return MODELS.build(
        dict(
            type='MaskFeatTokens',
            backbone=dict(type='MaskFeatViT', arch=TINY, img_size=size, patch_size=patch),
            target_generator=target,
            **model,
        )
    )


def started(model):
    """With weights that are not all alike: the host's first ones have zeros."""
    model.init_weights()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.requires_grad:
                parameter.add_(0.05 * torch.randn(parameter.shape))
    return model


def pixels_of(mask, size, patch):
    """(N, 1, H, W), 1 in masked patches."""
    side = size // patch
    squares = mask.float().view(-1, 1, side, side)
    return squares.repeat_interleave(patch, 2).repeat_interleave(patch, 3)


# --- masks


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


@pytest.mark.parametrize('ratio', [0, 0.01, 0.99, 1.2])
def test_a_ratio_that_leaves_nothing(ratio):
    with pytest.raises(ValueError, match=f'mask_ratio={ratio} masks'):
        draw_masks(2, (4, 4), ratio)
    with pytest.raises(ValueError, match="'grid' is unknown; allowed"):
        draw_masks(2, (4, 4), 0.5, 'grid')


# --- the encoder that sees visible patches only


def test_the_encoder_does_not_see_masked_patches():
    model = started(mae_style())
    images = torch.randn(4, 3, 48, 48)
    torch.manual_seed(1)
    seen = model.predict(images)
    hidden = pixels_of(seen.mask, 48, 16)
    noise = torch.randn_like(images)
    torch.manual_seed(1)
    same = model.predict(images + noise * hidden)
    assert torch.equal(same.mask, seen.mask) and torch.equal(same.predicted, seen.predicted)
    assert not torch.equal(same.target, seen.target)
    torch.manual_seed(1)
    other = model.predict(images + noise * (1 - hidden))
    assert (other.predicted - seen.predicted).abs().amax(-1).min() > 0


def test_the_encoder_works_on_the_visible_share():
    model = mae_style(size=96, mask_ratio=0.75)
    lengths = []
    for layer in model.backbone.layers:
        layer.register_forward_pre_hook(lambda _, args: lengths.append(args[0].size(1)))
    model.loss(torch.randn(2, 3, 96, 96))
    assert lengths == [1 + 9] * 2  # class token, a quarter of 36


@pytest.mark.parametrize('off', [None, False])
def test_no_mask_is_the_plain_vit(off):
    """MAEViT masks with mask=False, too."""
    model = started(mae_style()).backbone
    plain = MODELS.build(
        dict(type='VisionTransformer', arch=TINY, img_size=48, patch_size=16, out_type='raw')
    )
    plain.load_state_dict(model.state_dict())
    images = torch.randn(2, 3, 48, 48)
    assert torch.equal(model(images, mask=off)[0], plain(images)[0])
    assert len(model(images)) == 3


def test_decoder_puts_tokens_where_they_were():
    """With a decoder that does nothing else."""
    neck = mae_style().neck
    neck.decoder_blocks = torch.nn.ModuleList()
    neck.decoder_embed = neck.decoder_pred = neck.ln1 = torch.nn.Identity()
    neck.mask_token.data = torch.full((1, 1, 24), -1.0)
    neck.decoder_pos_embed.data = torch.zeros(1, 10, 24)
    places = torch.arange(9.0).expand(5, -1)
    masked = draw_masks(5, (3, 3), 0.4)
    tokens = places.gather(1, masked.visible)[:, :, None].expand(-1, -1, 24)
    latent = torch.cat([torch.full((5, 1, 24), 99.0), tokens], dim=1)
    out = neck(latent, masked.restore)[..., 0]
    assert torch.equal(out, places.masked_fill(masked.mask, -1.0))


def test_images_that_are_not_square_are_refused():
    with pytest.raises(ValueError, match='3 x 4 patches'):
        mae_style(size=(48, 64))
    with pytest.raises(ValueError, match="masking='none' is unknown"):
        mae_style(masking='none')


# --- target and loss


@pytest.mark.parametrize(
    'size, patch, dims',
    [(96, 16, 108), (112, 16, 108), (224, 16, 108), (96, 8, 27), (112, 8, 27), (96, 32, 432)],
)
@pytest.mark.parametrize('make', [mae_style, token_style])
def test_sizes_and_gradients(make, size, patch, dims):
    model = started(make(size, patch))
    prediction = model.predict(torch.randn(2, 3, size, size))
    length = (size // patch) ** 2
    assert prediction.predicted.shape == prediction.target.shape == (2, length, dims)
    assert (prediction.mask.sum(1) == round(0.4 * length)).all()
    loss = model(torch.randn(2, 3, size, size), mode='loss')['loss']
    loss.backward()
    without = [
        name
        for name, p in model.named_parameters()
        if p.requires_grad and (p.grad is None or not p.grad.any())
    ]
    assert without == []
    fixed = [name for name, p in model.named_parameters() if not p.requires_grad]
    assert fixed == (['backbone.pos_embed', 'neck.decoder_pos_embed'] if make is mae_style else [])


@pytest.mark.parametrize('make', [mae_style, token_style])
def test_loss_is_the_mean_over_masked_patches_and_their_values(make):
    model = started(make(masking='uniform'))
    images = torch.randn(3, 3, 48, 48)
    torch.manual_seed(2)
    loss = model.loss(images)['loss'].item()
    torch.manual_seed(2)
    with torch.no_grad():
        predicted, target, mask = model.predict(images)
    assert torch.equal(target, hog_patches(hog(images)))
    terms = [
        float((predicted[n, m, d] - target[n, m, d]) ** 2)
        for n in range(3)
        for m in range(9)
        if mask[n, m]
        for d in range(108)
    ]
    assert len(terms) == 3 * 4 * 108
    assert loss == pytest.approx(sum(terms) / len(terms), rel=1e-5)


@pytest.mark.parametrize('dtype', [torch.bfloat16, torch.float16])
def test_mixed_precision_leaves_the_target_in_float32(dtype):
    model = started(mae_style())
    images = 50 * torch.randn(2, 3, 48, 48)
    with torch.autocast('cpu', dtype):
        predicted, target, _ = model.predict(images)
        loss = model.loss(images)['loss']
    assert torch.equal(target, HOGTarget()(images)) and target.dtype == torch.float32
    assert predicted.dtype == loss.dtype == torch.float32
    assert not target.requires_grad


def test_target_follows_the_encoder():
    assert mae_style(patch=8).target_generator.patch == 8
    assert mae_style(patch=16, target=dict(cell=4)).neck.decoder_pred.out_features == 3 * 9 * 16
    with pytest.raises(ValueError, match=r'target_generator.patch=16, but the .* \(8, 8\)'):
        mae_style(patch=8, target=dict(patch=16))
    with pytest.raises(ValueError, match='whole cells of 8'):
        mae_style(size=48, patch=12)


# --- MMPretrain's form


def test_token_style_is_the_hosts_maskfeat_at_224():
    model = started(token_style(224, target=dict(window=16)))
    host = MODELS.build(
        dict(
            type='MaskFeat',
            backbone=dict(type='MaskFeatViT', arch=TINY, patch_size=16),
            neck=dict(type='LinearNeck', in_channels=24, out_channels=108, norm_cfg=None),
            head=dict(type='MIMHead', loss=dict(type='PixelReconstructionLoss', criterion='L2')),
            target_generator=dict(type='HOGGenerator', nbins=9, pool=8, gaussian_window=16),
        )
    )
    host.load_state_dict(model.state_dict(), strict=False)
    images = torch.randint(0, 256, (2, 3, 224, 224)).float()
    torch.manual_seed(3)
    ours = model.loss(images)['loss']
    torch.manual_seed(3)
    masks = draw_masks(2, (14, 14), 0.4, 'blocks').mask
    samples = []
    for mask in masks:
        sample = DataSample()
        sample.set_mask(mask.view(14, 14).int())
        samples.append(sample)
    assert host.loss(images, samples)['loss'].item() == pytest.approx(ours.item(), rel=1e-5)


def test_simmim_vit():
    model = started(
        MODELS.build(
            dict(
                type='SimMIM',
                backbone=dict(type='SimMIMViT', arch=TINY, img_size=48, patch_size=16),
                neck=dict(type='SimMIMLinearDecoder', in_channels=24, encoder_stride=16),
                head=dict(
                    type='SimMIMHead',
                    patch_size=16,
                    loss=dict(type='PixelReconstructionLoss', criterion='L1', channel=3),
                ),
            )
        )
    )
    images = torch.randn(2, 3, 48, 48)
    mask = draw_masks(2, (3, 3), 0.5).mask
    hidden = pixels_of(mask, 48, 16)
    squares = mask.view(2, 3, 3).int()
    encoder = model.backbone
    (seen,) = encoder(images, squares)
    assert seen.shape == (2, 24, 3, 3)
    noise = torch.randn_like(images)
    assert torch.equal(encoder(images + noise * hidden, squares)[0], seen)
    assert not torch.equal(encoder(images + noise * (1 - hidden), squares)[0], seen)
    # row by row: the token of patch (r, c) is at (r, c)
    tokens = super(type(encoder), encoder).forward(images, mask)[:, 1:]
    assert torch.equal(seen[1, :, 2, 0], tokens[1, 6])
    assert encoder(images, None)[0].shape == (2, 10, 24)
    # the loss, by its definition
    samples = []
    for one in squares:
        sample = DataSample()
        sample.set_mask(one)
        samples.append(sample)
    drawn = model.neck(seen)
    error = ((drawn - images).abs() * hidden).sum() / (3 * hidden.sum())
    assert model.loss(images, samples)['loss'].item() == pytest.approx(error.item(), rel=1e-5)
