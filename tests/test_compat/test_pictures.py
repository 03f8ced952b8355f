"""Pictures of one channel are erased and augmented; pictures, patches and masks of another size
name both settings."""

import cv2
import numpy as np
import pytest
import torch
from mmengine.registry import init_default_scope
from mmpretrain.datasets.transforms import (
    AutoAugment,
    ColorTransform,
    RandAugment,
    RandomErasing,
)
from mmpretrain.datasets.transforms.auto_augment import BaseAugTransform
from mmpretrain.registry import MODELS

import mmfer.datasets
import mmfer.models  # noqa: F401  they make the repairs

FILL = dict(fill_color=[10, 100, 200], min_area_ratio=0.2, max_area_ratio=0.4, erase_prob=1.0)
MODES = [
    dict(mode='const'),
    dict(mode='rand'),
    dict(mode='rand', fill_std=[5, 6, 7]),
]


def test_fault():
    fill = RandomErasing._fill_pixels.__wrapped__
    with pytest.raises(ValueError, match='could not broadcast'):
        fill(RandomErasing(), np.zeros((8, 8), np.uint8), 0, 0, 3, 4)


@pytest.mark.parametrize('mode', MODES)
def test_a_grey_picture_is_erased_as_a_colour_picture(mode):
    grey = np.random.default_rng(0).integers(0, 256, (20, 16), dtype=np.uint8)
    erase, found = RandomErasing(**FILL, **mode), []
    for image in (grey, grey[..., None], np.stack([grey] * 3, -1)):
        np.random.seed(1)
        found.append(erase(dict(img=image.copy()))['img'])
    flat, single, colour = found
    assert flat.shape == grey.shape and single.shape == (*grey.shape, 1)
    assert np.array_equal(flat, single[..., 0]) and not np.array_equal(flat, grey)
    assert np.array_equal(flat, cv2.cvtColor(colour, cv2.COLOR_BGR2GRAY))


AUGMENT = dict(num_policies=1, magnitude_level=9, hparams=dict(pad_val=[104, 116, 124]))


def augment(step, image):
    np.random.seed(3)
    return step(dict(img=image.copy()))['img']


def test_fault_of_augmentation():
    step = ColorTransform(magnitude=0.5, prob=1.0)
    with pytest.raises(cv2.error, match='Invalid number of channels'):
        BaseAugTransform.__call__.__wrapped__(step, dict(img=np.zeros((8, 8), np.uint8)))


@pytest.mark.parametrize('policies', ['rand', 'auto'])
def test_a_grey_picture_is_augmented_as_a_colour_picture(policies):
    """Every step of the policies that go by a name, by itself."""
    grey = np.random.default_rng(0).integers(0, 256, (20, 16), dtype=np.uint8)
    if policies == 'rand':
        steps = [*RandAugment('timm_increasing', **AUGMENT)]
    else:
        steps = sum((list(s) for s in AutoAugment('imagenet').transforms), [])
    changed = set()
    for step in steps:
        step.prob = 1.0
        flat, single = augment(step, grey), augment(step, grey[..., None])
        colour = augment(step, np.stack([grey] * 3, -1))
        assert flat.dtype == np.uint8 and single.shape == (*grey.shape, 1)
        assert np.array_equal(flat, single[..., 0])
        assert np.array_equal(flat, cv2.cvtColor(colour, cv2.COLOR_BGR2GRAY))
        changed |= {type(step).__name__} if (flat != grey).any() else set()
    assert {'Rotate', 'Invert', 'Posterize', 'Contrast', 'Sharpness'} <= changed
    image = np.random.default_rng(0).integers(0, 256, (20, 16, 3), dtype=np.uint8)
    assert augment(steps[0], image).shape == image.shape


def test_a_colour_picture_is_erased_as_before():
    image = np.random.default_rng(0).integers(0, 256, (20, 16, 3), dtype=np.uint8)
    erase, after = RandomErasing(**FILL), []
    for fill in (erase._fill_pixels, RandomErasing._fill_pixels.__wrapped__.__get__(erase)):
        np.random.seed(1)
        after.append(fill(image.copy(), 2, 3, 8, 6))
    assert np.array_equal(*after)


ARCH = dict(embed_dims=24, num_layers=1, num_heads=3, feedforward_channels=48)
SIZES = dict(arch=ARCH, img_size=32, patch_size=16)
NECK = dict(
    type='MAEPretrainDecoder',
    num_patches=4,
    patch_size=16,
    embed_dim=24,
    decoder_embed_dim=16,
    decoder_depth=1,
    decoder_num_heads=2,
)
PIXELS = dict(type='PixelReconstructionLoss', criterion='L2')
FORMS = {
    'MaskFeatMAE': dict(backbone=dict(type='VisiblePatchViT', **SIZES), neck=NECK),
    'MaskFeatTokens': dict(backbone=dict(type='MaskFeatViT', **SIZES)),
    'MAE': dict(
        backbone=dict(type='MAEViT', **SIZES),
        neck=NECK,
        head=dict(type='MAEPretrainHead', patch_size=16, loss=PIXELS),
    ),
    'SimMIM': dict(
        backbone=dict(type='SimMIMViT', **SIZES),
        neck=dict(type='SimMIMLinearDecoder', in_channels=24, encoder_stride=16),
        head=dict(
            type='SimMIMHead',
            patch_size=16,
            loss=dict(type='PixelReconstructionLoss', criterion='L1', channel=3),
        ),
    ),
}


def model(form, **changes):
    init_default_scope('mmpretrain')
    cfg = dict(FORMS[form], type=form)
    for part, settings in changes.items():
        cfg[part] = dict(cfg[part], **settings)
    if form == 'MaskFeatMAE':  # it follows the encoder unless told
        keys = ('type', 'decoder_embed_dim', 'decoder_num_heads')
        cfg['neck'] = {k: v for k, v in cfg['neck'].items() if k in keys} | changes.get('neck', {})
    return MODELS.build(cfg)


def step(built, size, grid=2):
    from mmpretrain.structures import DataSample

    samples = [DataSample().set_mask(torch.eye(grid)) for _ in range(2)]
    losses = built(torch.rand(2, 3, *size), samples, mode='loss')
    return float(losses['loss'])


@pytest.mark.parametrize('form', FORMS)
def test_pictures_of_another_size_than_the_masked_network(form):
    built = model(form)
    assert np.isfinite(step(built, (32, 32)))
    for size in ((48, 48), (32, 64), (64, 32)):
        with pytest.raises(
            ValueError,
            match=rf'model.backbone.img_size=32 x 32, but the pipeline makes pictures of '
            rf'{size[0]} x {size[1]} \(scale of Resize.*set both alike',
        ):
            step(built, size)


@pytest.mark.parametrize('form', ['MaskFeatMAE', 'MAE'])
def test_a_decoder_for_another_number_of_patches(form):
    with pytest.raises(ValueError, match='num_patches=9, but the encoder has 4.*num_patches=4'):
        step(model(form, neck=dict(num_patches=9)), (32, 32))


def test_masks_of_another_number_of_patches():
    with pytest.raises(ValueError, match='masks of 9 patches, but the encoder has 4, 2 x 2'):
        step(model('SimMIM'), (32, 32), grid=3)


def test_sizes_that_are_padded_to_the_same_patches():
    """What trained before trains."""
    built = model('MAE')
    with torch.no_grad():
        whole = built.backbone(torch.rand(1, 3, 32, 32))
        padded = built.backbone(torch.rand(1, 3, 30, 30))
    assert [x.shape for x in whole] == [x.shape for x in padded]


@pytest.mark.parametrize('kind', ['VisiblePatchViT', 'MAEViT', 'MaskFeatViT', 'SimMIMViT'])
def test_without_a_mask_positions_are_resized(kind):
    """So fine-tuning and features of another size go on as they were."""
    init_default_scope('mmpretrain')
    encoder = MODELS.build(dict(SIZES, type=kind))
    assert encoder(torch.rand(1, 3, 48, 48), None)[0].shape[1] == 10


def test_moco_v3_takes_any_size():
    init_default_scope('mmpretrain')
    encoder = MODELS.build(dict(SIZES, type='MoCoV3ViT', stop_grad_conv1=True))
    assert [len(encoder(torch.rand(2, 3, size, size))[0]) for size in (32, 48)] == [2, 2]
