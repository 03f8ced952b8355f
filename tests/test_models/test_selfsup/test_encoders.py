"""ViTs that see a part of the patches."""

import pytest
import torch
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from pretraining import TINY, mae_style, pixels_of, started

from mmfer.models.selfsup import draw_masks


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


def test_images_that_are_not_square_are_refused():
    with pytest.raises(ValueError, match='3 x 4 patches'):
        mae_style(size=(48, 64))
    with pytest.raises(ValueError, match="masking='none' is unknown"):
        mae_style(masking='none')


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


def test_without_weights_ours_starts_as_the_hosts():
    states = []
    for kind in ('MAEViT', 'VisiblePatchViT'):
        torch.manual_seed(3)
        model = MODELS.build(dict(type=kind, arch=TINY, img_size=48, patch_size=16))
        model.init_weights()
        states.append(model.state_dict())
    assert states[0].keys() == states[1].keys()
    for key, value in states[0].items():
        assert torch.equal(value, states[1][key]), key
