"""Both forms of MaskFeat."""

import pytest
import torch
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from pretraining import TINY, mae_style, started, token_style

from mmfer.functional import hog, hog_patches
from mmfer.models.selfsup import draw_masks


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
