"""Networks by the names of their tensors."""

import pytest
import torchvision
from mmpretrain.registry import MODELS

import mmfer.models  # noqa: F401
from mmfer.weights.networks import (
    block_of,
    further_blocks,
    further_parts,
    grouped,
    is_iresnet,
    network_of,
)

FILES = {
    'backbone.layer1.2.downsample.0.weight': ('backbone.layer', '1.2'),
    'layers.11.ffn.layers.0.0.bias': ('layers.', '11'),
    'stages.1.0.depthwise.bn.weight': ('stages.', '1.0'),
    'encoder.layers.encoder_layer_3.ln_1.weight': ('encoder.layers.encoder_layer_', '3'),
    'blocks.1.12.attn.qkv.weight': ('blocks.', '1.12'),
    'conv1.weight': None,
    'bn2.weight': None,
    'linear7.conv.weight': None,
    'backbone.norm0.weight': None,
    'cls_token': None,
}


@pytest.mark.parametrize('name', FILES)
def test_blocks(name):
    assert block_of(name) == FILES[name]


def shapes(network):
    return {k: tuple(v.shape) for k, v in network.state_dict().items()}


def vit(arch):
    return MODELS.build(dict(type='mmpretrain.VisionTransformer', arch=arch, patch_size=32))


@pytest.mark.parametrize('depth', [18, 34, 50, 101, 152])
def test_resnets_are_known(depth):
    found = shapes(getattr(torchvision.models, f'resnet{depth}')())
    assert network_of(found) == f'ResNet-{depth}'
    assert network_of({f'module.backbone.{k}': v for k, v in found.items()}) == f'ResNet-{depth}'


def test_vits_are_known():
    small, large = shapes(vit('deit-small')), shapes(vit('large'))
    assert network_of(small) == 'ViT-S (12 blocks of width 384)'
    assert network_of(large) == 'ViT-L (24 blocks of width 1024)'
    timm = {k.replace('layers.', 'blocks.', 1): v for k, v in large.items()}
    timm |= {f'decoder_blocks.{i}.norm1.weight': (512,) for i in range(30)}
    assert network_of(timm) == 'ViT-L (24 blocks of width 1024)'
    chunked = {k.replace('layers.', 'blocks.0.', 1): v for k, v in small.items()}
    assert network_of(chunked) == 'ViT-S (12 blocks of width 384)'
    theirs = torchvision.models.VisionTransformer(32, 16, 12, 2, 48, 48)
    assert network_of(shapes(theirs)) == 'ViT with 12 blocks of width 48'


def test_others_are_not_guessed():
    assert network_of(shapes(torchvision.models.mobilenet_v2())) == ''
    assert network_of({'fc.weight': (7, 512)}) == ''
    found = {f'layer1.{i}.conv1.weight': (8,) for i in range(5)}
    assert network_of(found) == 'ResNet with (5,) blocks'


@pytest.mark.parametrize(
    'counts, name',
    [((2, 2, 2, 2), '18'), ((3, 4, 14, 3), '50'), ((3, 13, 30, 3), '100'), ((1, 1), ', (1, 1)')],
)
def test_networks_of_insightface(counts, name):
    names = [f'layer{s}.{b}.prelu.weight' for s, n in enumerate(counts, 1) for b in range(n)]
    assert is_iresnet(names)
    assert network_of(dict.fromkeys(names, (64,))) == f"InsightFace's iresnet{name}"
    assert not is_iresnet(shapes(torchvision.models.resnet18()))


@pytest.mark.parametrize('deep, less', [(34, 18), (101, 50), (152, 101)])
def test_a_deeper_resnet_has_further_blocks(deep, less):
    theirs, ours = (list(shapes(getattr(torchvision.models, f'resnet{d}')())) for d in (deep, less))
    left = [name for name in theirs if name not in ours]
    assert left and further_blocks(ours, left) == left
    assert further_blocks(theirs, []) == further_parts(ours, left) == []


@pytest.mark.parametrize(
    'name',
    [
        *(
            'fc.weight',
            'classifier.0.weight',
            'head.layers.0.weight',
            'decoder_blocks.0.norm.weight',
        ),
        *('momentum_encoder.module.0.layer1.0.w', 'projector.1.weight', 'output_layer.3.weight'),
        *('arcface.weight', 'peer.layer1.0.w', 'bn2.weight', 'layer1.0.bn1.num_batches_tracked'),
    ],
)
def test_what_heads_and_copies_leave_over_is_no_block(name):
    placed = ['conv1.weight', 'layer1.0.w', 'layer2.0.w', 'layers.0.w', 'stem.0.w']
    assert further_blocks(placed, [name]) == further_parts(placed, [name]) == []


@pytest.mark.parametrize(
    'name', ['layer5.0.w', 'layer2.1.w', 'layers.1.w', 'stem.1.w', 'layer3.0.x']
)
def test_further_stages_and_blocks(name):
    placed = ['conv1.weight', 'layer1.0.w', 'layer2.0.w', 'layers.0.w', 'stem.0.w']
    assert further_blocks(placed, [name]) == [name]


def test_names_are_told_by_block():
    names = [f'layers.{i}.a.{j}' for i in range(7) for j in 'wb']
    assert grouped(names) == (
        '14: layers.0 (2), layers.1 (2), layers.2 (2), layers.3 (2), layers.4 (2) and 2 more'
    )
    assert grouped([]) == 'none'
