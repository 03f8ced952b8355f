"""Self-supervised encoders in the backbones that are fine-tuned."""

import pytest
import torch
import torch.nn.functional as F
from mmpretrain.registry import MODELS
from pretraining import TINY

from mmfer.models.initial_weights.encoders import load_encoder, read_encoder, resize_position

SMALL_RESNET = dict(
    type='ResNet',
    depth=18,
    num_stages=1,
    out_indices=(0,),
    strides=(1,),
    dilations=(1,),
    base_channels=8,
    stem_channels=8,
)


def vit(size=48, **more):
    return dict(
        dict(
            type='VisionTransformer',
            arch=TINY,
            img_size=size,
            patch_size=16,
            out_type='avg_featmap',
            final_norm=False,
        ),
        **more,
    )


def mask_feat(size=48, kind='MaskFeatMAE'):
    backbone = dict(
        type='VisiblePatchViT' if kind == 'MaskFeatMAE' else 'MaskFeatViT',
        arch=TINY,
        img_size=size,
        patch_size=16,
    )
    neck = dict(decoder_embed_dim=16, decoder_num_heads=2) if kind == 'MaskFeatMAE' else None
    return dict(type=kind, backbone=backbone, neck=neck)


NECK = dict(
    type='NonLinearNeck',
    in_channels=24,
    hid_channels=8,
    out_channels=6,
    num_layers=2,
    with_avg_pool=False,
)


MODELS_OF = {
    'MaskFeatMAE': mask_feat(),
    'MaskFeatTokens': mask_feat(kind='MaskFeatTokens'),
    'MAE': dict(
        type='MAE',
        backbone=dict(type='MAEViT', arch=TINY, img_size=48, patch_size=16),
        neck=dict(
            type='MAEPretrainDecoder',
            num_patches=9,
            embed_dim=24,
            decoder_embed_dim=16,
            decoder_depth=1,
            decoder_num_heads=2,
        ),
        head=dict(
            type='MAEPretrainHead', loss=dict(type='PixelReconstructionLoss', criterion='L2')
        ),
    ),
    'SimMIM': dict(
        type='SimMIM',
        backbone=dict(type='SimMIMViT', arch=TINY, img_size=48, patch_size=16),
        neck=dict(type='SimMIMLinearDecoder', in_channels=24, encoder_stride=16),
        head=dict(
            type='SimMIMHead',
            patch_size=16,
            loss=dict(type='PixelReconstructionLoss', criterion='L1', channel=3),
        ),
    ),
    'MoCoV3': dict(
        type='MoCoV3',
        backbone=dict(type='MoCoV3ViT', arch=TINY, img_size=48, patch_size=16),
        neck=NECK,
        head=dict(
            type='MoCoV3Head',
            predictor=dict(NECK, in_channels=6),
            loss=dict(type='CrossEntropyLoss'),
            temperature=0.2,
        ),
    ),
}


def filled(model):
    """With other values in each tensor."""
    for value in model.state_dict().values():
        if value.is_floating_point():
            value.copy_(torch.randn(value.shape))
    return model


def save(path, model, **more):
    torch.save(dict(more, state_dict=model.state_dict(), meta=dict(epoch=3)), path)
    return str(path)


def classifier(backbone, path, **init):
    """Built and initialised as a run has it."""
    model = MODELS.build(
        dict(
            type='ImageClassifier',
            backbone=dict(backbone, init_cfg=dict(type='EncoderWeights', checkpoint=path, **init)),
            head=dict(type='LinearClsHead', num_classes=7, in_channels=24),
        )
    )
    model.init_weights()
    return model


@pytest.mark.parametrize('name', MODELS_OF)
def test_encoders_load_and_stay(name, tmp_path):
    """The host draws a ViT's layers and position embedding anew after most initialisers; what was
    loaded has to be there when a run starts."""
    source = filled(MODELS.build(MODELS_OF[name]))
    path = save(tmp_path / 'ssl.pth', source)
    model = classifier(vit(out_type='raw', final_norm=True), path)
    encoder = source.backbone.state_dict()
    own = model.backbone.state_dict()
    assert set(own) - set(encoder) == set()
    for key, value in own.items():
        assert torch.equal(value, encoder[key]), key
    assert all(p.requires_grad for p in model.backbone.parameters())
    images = torch.randn(2, 3, 48, 48)
    plain = MODELS.build(vit(out_type='raw', final_norm=True))
    plain.load_state_dict(encoder, strict=False)
    assert torch.equal(model.backbone(images)[0], plain(images)[0])


@pytest.mark.parametrize(
    'kind', ['VisiblePatchViT', 'MaskFeatViT', 'SimMIMViT', 'MoCoV3ViT', 'VisionTransformer']
)
@pytest.mark.parametrize('name', MODELS_OF)
def test_pre_training_goes_on_from_any_encoder(name, kind, tmp_path):
    source = filled(MODELS.build(MODELS_OF[name]))
    path = save(tmp_path / 'ssl.pth', source)
    encoder = source.backbone.state_dict()
    own = dict(
        type=kind,
        arch=TINY,
        img_size=48,
        patch_size=16,
        init_cfg=dict(type='EncoderWeights', checkpoint=path),
    )
    model = MODELS.build(own)
    model.init_weights()
    state = model.state_dict()
    assert set(state) - set(encoder) <= {'mask_token', 'ln1.weight', 'ln1.bias'}
    for key, value in state.items():
        if key in encoder:
            assert torch.equal(value, encoder[key]), key


def test_pre_training_goes_on_in_the_whole_model(tmp_path):
    source = filled(MODELS.build(mask_feat()))
    path = save(tmp_path / 'ssl.pth', source)
    for init in (dict(type='EncoderWeights'), dict(type='Pretrained', prefix='backbone.')):
        settings = mask_feat()
        settings['backbone']['init_cfg'] = dict(init, checkpoint=path)
        model = MODELS.build(settings)
        model.init_weights()
        for key, value in source.backbone.state_dict().items():
            assert torch.equal(model.backbone.state_dict()[key], value), key


@pytest.mark.parametrize('kind', ['MAEViT', 'MILANViT'])
def test_backbones_that_draw_anew_are_refused(kind, tmp_path):
    path = save(tmp_path / 'ssl.pth', MODELS.build(mask_feat()))
    model = MODELS.build(
        dict(
            type=kind,
            arch=TINY,
            img_size=48,
            patch_size=16,
            init_cfg=dict(type='EncoderWeights', checkpoint=path),
        )
    )
    with pytest.raises(ValueError, match=f'{kind} draws a part .*VisiblePatchViT'):
        model.init_weights()


def test_what_an_output_has_besides_keeps_its_first_values(tmp_path):
    source = filled(MODELS.build(mask_feat()))
    path = save(tmp_path / 'ssl.pth', source)
    model = classifier(vit(), path).backbone
    assert torch.equal(model.ln2.weight, torch.ones(24))
    report = load_encoder(MODELS.build(vit()), path)
    assert report.missing == ['ln2.weight', 'ln2.bias']
    assert report.unexpected == ['ln1.weight', 'ln1.bias']
    assert len(report.matched) == len(model.state_dict()) - 2
    assert f'{len(report.matched)} of {len(model.state_dict())} tensors matched' in str(report)
    tokens = save(tmp_path / 'tokens.pth', MODELS.build(mask_feat(kind='MaskFeatTokens')))
    assert 'mask_token' in load_encoder(MODELS.build(vit()), tokens).unexpected


def test_the_report_is_logged(tmp_path, told):
    path = save(tmp_path / 'ssl.pth', MODELS.build(mask_feat(96)))
    classifier(vit(48), path)
    (text,) = [line for line in told if 'tensors matched' in line]
    assert (
        text.startswith(f'INFO {path}')
        and "missing, as they were: ['ln2.weight', 'ln2.bias']" in text
    )
    assert "resized: ['pos_embed (1, 37, 24) -> (1, 10, 24)']" in text


@pytest.mark.parametrize(
    'part, place', [('trained', 'backbone'), ('momentum', 'momentum_encoder.module.0')]
)
def test_moco_v3_has_two_encoders(part, place, tmp_path):
    source = filled(MODELS.build(MODELS_OF['MoCoV3']))
    path = save(tmp_path / 'moco.pth', source)
    model = classifier(vit(out_type='cls_token', final_norm=True), path, part=part)
    expected = source.get_submodule(place).state_dict()
    for key, value in model.backbone.state_dict().items():
        assert torch.equal(value, expected[key]), key


@pytest.mark.parametrize(
    'part, place', [('trained', 'backbone'), ('momentum', 'encoder_k.module.0')]
)
@pytest.mark.parametrize('zero', [False, True])
def test_moco_v2_into_a_resnet(part, place, zero, tmp_path):
    source = filled(
        MODELS.build(
            dict(
                type='MoCo',
                queue_len=8,
                feat_dim=6,
                backbone=SMALL_RESNET,
                neck=dict(type='MoCoV2Neck', in_channels=8, hid_channels=8, out_channels=6),
                head=dict(
                    type='ContrastiveHead', loss=dict(type='CrossEntropyLoss'), temperature=0.2
                ),
            )
        )
    )
    path = save(tmp_path / 'moco.pth', source)
    model = classifier(dict(SMALL_RESNET, zero_init_residual=zero), path, part=part)
    expected = source.get_submodule(place).state_dict()
    for key, value in model.backbone.state_dict().items():
        assert torch.equal(value, expected[key]), key


def test_bare_and_wrapped_names(tmp_path):
    source = filled(MODELS.build(mask_feat()))
    encoder = source.backbone.state_dict()
    for name, content in (
        ('bare', encoder),
        ('wrapped', {'state_dict': {f'module.backbone.{k}': v for k, v in encoder.items()}}),
    ):
        torch.save(content, tmp_path / name)
        found = read_encoder(str(tmp_path / name))
        assert set(found) == set(encoder)
        assert all(torch.equal(found[k], v) for k, v in encoder.items())


def by_torch(patches, old, new):
    """(1, L, D) by torch's own bicubic interpolation, one channel at a time."""
    maps = [
        F.interpolate(
            patches[0, :, d].view(1, 1, *old), size=new, mode='bicubic', align_corners=False
        ).flatten()
        for d in range(patches.size(2))
    ]
    return torch.stack(maps, dim=1)[None]


@pytest.mark.parametrize('old, new', [((6, 6), (14, 14)), ((14, 14), (6, 6)), ((6, 6), (4, 7))])
def test_positions_are_interpolated(old, new):
    patches, first = torch.randn(1, old[0] * old[1], 5), torch.randn(1, 1, 5)
    expected = by_torch(patches, old, new)
    length = new[0] * new[1]
    both = torch.cat([first, patches], dim=1)
    torch.testing.assert_close(
        resize_position(both, length + 1, new), torch.cat([first, expected], dim=1)
    )
    torch.testing.assert_close(resize_position(patches, length, new), expected)
    torch.testing.assert_close(resize_position(both, length, new), expected)
    torch.testing.assert_close(
        resize_position(patches, length + 1, new),
        torch.cat([torch.zeros(1, 1, 5), expected], dim=1),
    )


def test_the_same_grid_stays_as_it_is():
    embedding = torch.randn(1, 37, 5)
    assert torch.equal(resize_position(embedding, 37), embedding)
    with pytest.raises(ValueError, match='38 positions are neither'):
        resize_position(torch.randn(1, 38, 5), 37)
    with pytest.raises(ValueError, match=r'38 positions are no grid of \(6, 6\)'):
        resize_position(embedding, 38, (6, 6))


@pytest.mark.parametrize('with_cls_token', [True, False])
def test_another_image_size(with_cls_token, tmp_path):
    source = filled(MODELS.build(mask_feat(96)))
    path = save(tmp_path / 'ssl.pth', source)
    model = classifier(vit(224, with_cls_token=with_cls_token), path).backbone
    given = source.backbone.pos_embed
    expected = by_torch(given[:, 1:], (6, 6), (14, 14))
    if with_cls_token:
        expected = torch.cat([given[:, :1], expected], dim=1)
    torch.testing.assert_close(model.pos_embed, expected)


def test_nothing_matched_and_too_little(tmp_path):
    path = save(tmp_path / 'ssl.pth', MODELS.build(mask_feat()))
    with pytest.raises(ValueError, match='0 of .* tensors matched.*same size as the ResNet'):
        load_encoder(MODELS.build(SMALL_RESNET), path)
    deeper = MODELS.build(vit(arch=dict(TINY, num_layers=3)))
    with pytest.raises(ValueError, match="missing, as they were: .'layers.2.ln1.weight'"):
        load_encoder(deeper, path)
    wider = MODELS.build(vit(arch=dict(TINY, embed_dims=48)))
    with pytest.raises(ValueError, match=r'of another shape: .*\(1, 1, 24\) for \(1, 1, 48\)'):
        load_encoder(wider, path)
    smaller = MODELS.build(vit(patch_size=8))
    with pytest.raises(ValueError, match='patch_embed.projection.weight'):
        load_encoder(smaller, path)


def test_files_that_hold_no_encoder(tmp_path):
    with pytest.raises(FileNotFoundError, match='MMFER_VIT'):
        read_encoder(str(tmp_path / 'no.pth'))
    path = save(tmp_path / 'ssl.pth', MODELS.build(mask_feat()))
    with pytest.raises(ValueError, match='has no momentum encoder: its names begin with'):
        read_encoder(path, 'momentum')
    with pytest.raises(ValueError, match="part='teacher' is unknown; allowed"):
        read_encoder(path, 'teacher')
    torch.save(dict(meta=3), tmp_path / 'empty.pth')
    with pytest.raises(ValueError, match="holds no tensors; its entries are .'meta'"):
        read_encoder(str(tmp_path / 'empty.pth'))
