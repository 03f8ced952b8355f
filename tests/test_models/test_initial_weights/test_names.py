"""The names of other libraries against networks that compute the same."""

import pytest
import torch
import torchvision
from mmpretrain.registry import MODELS

from mmfer.models.initial_weights.encoders import load_encoder
from mmfer.models.initial_weights.names import (
    ANY,
    RESNET,
    child_key,
    find_names,
    mobilefacenet_key,
    name_tensors,
    vit_key,
)

SIZE = dict(embed_dims=24, num_layers=3, num_heads=2, feedforward_channels=48)
TIMM = {
    'patch_embed.projection': 'patch_embed.proj',
    'ffn.layers.0.0': 'mlp.fc1',
    'ffn.layers.1': 'mlp.fc2',
    'attn.gamma1.weight': 'ls1.gamma',
    'ffn.gamma2.weight': 'ls2.gamma',
    'layers.': 'blocks.',
    '.ln1.': '.norm1.',
    '.ln2.': '.norm2.',
}


def vit(**more):
    return MODELS.build(
        dict(dict(type='VisionTransformer', arch=SIZE, img_size=48, patch_size=16), **more)
    )


def state_of(module):
    return {k: torch.randn(v.shape) for k, v in module.state_dict().items()}


def timm(state, chunks=None):
    """MMPretrain's names as timm, MAE and DeiT have them; DINO v2's in chunks of blocks."""
    out = {}
    for key, value in state.items():
        for ours, theirs in TIMM.items():
            key = key.replace(ours, theirs)
        if key.startswith('ln'):
            key = dict(ln1='norm', ln2='fc_norm')[key[:3]] + key[3:]
        if chunks and key.startswith('blocks.'):
            number = int(key.split('.')[1])
            key = key.replace('blocks.', f'blocks.{number // chunks}.', 1)
        out[key] = value
    return out


def loads(model, content, path, **more):
    torch.save(content, path)
    return load_encoder(model, str(path), **more)


def equal(model, state):
    return all(torch.equal(v, state[k]) for k, v in model.state_dict().items())


@pytest.mark.parametrize('prefix', ['', 'encoder.', 'module.', 'student.backbone.'])
@pytest.mark.parametrize('wrap', ['model', 'state_dict', 'teacher', None])
def test_timm_and_mae(wrap, prefix, tmp_path):
    model = vit()
    state = state_of(model)
    theirs = {prefix + k: v for k, v in timm(state).items()}
    theirs |= {'head.weight': torch.zeros(9, 24), 'mask_token': torch.zeros(1, 1, 24)}
    theirs |= {f'decoder_blocks.{i}.norm1.weight': torch.zeros(16) for i in range(8)}
    report = loads(model, {wrap: theirs} if wrap else theirs, tmp_path / 'w.pth')
    assert equal(model, state) and len(report.unexpected) == 10
    assert 'left over in the file: 10: head.weight, mask_token, decoder_blocks.0.norm1' in str(
        report
    )


@pytest.mark.parametrize('chunks', [None, 1, 2])
def test_dino_v2(chunks, tmp_path):
    model = vit(layer_scale_init_value=1e-5)
    state = state_of(model)
    theirs = dict(timm(state, chunks), mask_token=torch.zeros(1, 24))
    assert ('blocks.1.2.ls1.gamma' in theirs) == (chunks == 2)
    loads(model, theirs, tmp_path / 'w.pth')
    assert equal(model, state)
    with pytest.raises(ValueError, match='LayerScale; set model.backbone.layer_scale_init_value='):
        loads(vit(), theirs, tmp_path / 'w.pth')
    theirs['register_tokens'] = torch.zeros(1, 4, 24)
    with pytest.raises(ValueError, match='its register_tokens is of register tokens'):
        loads(model, theirs, tmp_path / 'w.pth')


def test_swiglu(tmp_path):
    model = vit(layer_cfgs=dict(ffn_type='swiglu_fused'))
    state = state_of(model)
    theirs = {k.replace('ffn.', 'mlp.'): v for k, v in timm(state).items()}
    loads(model, theirs, tmp_path / 'w.pth')
    assert equal(model, state)


def test_torchvision_vit_computes_the_same(tmp_path):
    source = torchvision.models.VisionTransformer(48, 16, 3, 2, 24, 48, num_classes=5).eval()
    for parameter in source.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    model = vit()
    model.eval()  # returns None
    report = loads(model, source.state_dict(), tmp_path / 'w.pth')
    assert report.unexpected == ['heads.head.weight', 'heads.head.bias'] and not report.missing
    images = torch.randn(2, 3, 48, 48)
    source.heads = torch.nn.Identity()
    torch.testing.assert_close(model(images)[-1], source(images), atol=1e-4, rtol=1e-4)


def test_torchvision_resnet_and_its_children_compute_the_same(tmp_path):
    source = torchvision.models.resnet18().eval()
    plain = torch.nn.Sequential(*list(source.children())[:-2]).eval()
    images = torch.randn(1, 3, 64, 64)
    for network in (source, torch.nn.ModuleDict(dict(features=plain))):
        model = MODELS.build(dict(type='ResNet', depth=18, out_indices=(3,)))
        model.eval()  # returns None
        loads(model, network.state_dict(), tmp_path / 'w.pth')
        torch.testing.assert_close(model(images)[0], plain(images), atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize('style', [dict, timm])
def test_a_deeper_vit_is_refused(style, tmp_path):
    state = state_of(vit(arch=dict(SIZE, num_layers=6)))
    told = r'27|36: layers.3 \(12\), layers.4 \(12\), layers.5 \(12\).*ViT with 6 .*ViT with 3'
    model = vit()
    with pytest.raises(ValueError, match=told):
        loads(model, style(state), tmp_path / 'w.pth')
    loads(model, style(state), tmp_path / 'w.pth', deeper='cut')
    assert equal(model, state)


def test_the_position_embedding_is_resized(tmp_path):
    model = vit(img_size=96)
    report = loads(model, timm(state_of(vit())), tmp_path / 'w.pth')
    assert report.resized == ['pos_embed (1, 10, 24) -> (1, 37, 24)']


def test_keys_that_stay():
    assert mobilefacenet_key('stages.2.1.project.bn.weight') == 'stages.2.1.project.bn.weight'
    assert mobilefacenet_key('linear1.bn.weight') == ''
    assert mobilefacenet_key('blocks.15.conv.0.weight') == 'stages.4.2.expand.conv.weight'
    for key in vit().state_dict():
        assert vit_key(key) == key
    for key in torchvision.models.resnet18().state_dict():
        assert child_key(key) == key


def test_two_networks_in_a_file():
    own = ['conv1.weight', 'bn1.bias']
    names = [f'{p}.{k}' for p in ('encoder_k', 'encoder_q', 'momentum_net') for k in own]
    assert find_names(own, names, ANY).prefix == 'encoder_q.'
    names = [f'{p}.{k}' for p in ('net1', 'net2') for k in own]
    with pytest.raises(ValueError, match=r"w.pth: .*below \['net1.', 'net2.'\]; keep one"):
        name_tensors(own, {name: torch.ones(1) for name in names}, RESNET, 'w.pth')


def test_nothing_found_keeps_the_names():
    assert find_names(['a'], ['x.b', 'c'], RESNET) == ('', {'x.b': 'x.b', 'c': 'c'})
