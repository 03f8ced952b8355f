"""Face checkpoints in the backbones."""

import pytest
import torch
from mmpretrain.registry import MODELS

from mmfer.models import MobileFaceNet
from mmfer.models.initial_weights.faces import load_face_weights, mobilefacenet_key

BLOCKS = (5, 1, 6, 1, 2)


SLOTS = (
    'expand.conv',
    'expand.bn',
    'expand.act',
    'depthwise.conv',
    'depthwise.bn',
    'depthwise.act',
    'project.conv',
    'project.bn',
)


def resnet(**kwargs):
    return MODELS.build(
        dict(
            type='ResNet',
            depth=18,
            num_stages=4,
            out_indices=(3,),
            **{'zero_init_residual': False, **kwargs},
        )
    )


def random_state(module, seed=1):
    generator = torch.Generator().manual_seed(seed)
    return {
        k: torch.rand(v.shape, generator=generator).to(v.dtype)
        for k, v in module.state_dict().items()
    }


def blocks_style(state):
    """Our keys as one family of published checkpoints has them."""
    out = {}
    for key, value in state.items():
        key = key.replace('act.', 'prelu.')
        for ours, theirs in (('stem.0.', 'conv1.'), ('stem.1.', 'dw_conv1.'), ('last.', 'conv2.')):
            if key.startswith(ours):
                key = theirs + key[len(ours) :]
        if key.startswith('stages.'):
            _, stage, block, rest = key.split('.', 3)
            slot, field = rest.replace('prelu.', 'act.').rsplit('.', 1)
            number = sum(BLOCKS[: int(stage)]) + int(block)
            key = f'blocks.{number}.conv.{SLOTS.index(slot)}.{field}'
        out[key] = value
    return out


def port_style(state):
    """Our keys as the InsightFace port has them."""
    first = ('conv_23', 'conv_34', None, 'conv_45', None)
    rest = ('conv_3', None, 'conv_4', None, 'conv_5')
    out = {}
    for key, value in state.items():
        key = key.replace('act.', 'prelu.')
        for ours, theirs in (
            ('stem.0.', 'conv1.'),
            ('stem.1.', 'conv2_dw.'),
            ('last.', 'conv_6_sep.'),
        ):
            if key.startswith(ours):
                key = theirs + key[len(ours) :]
        if key.startswith('stages.'):
            _, stage, block, tail = key.split('.', 3)
            stage, block = int(stage), int(block)
            tail = tail.replace('expand', 'conv').replace('depthwise', 'conv_dw')
            if block == 0 and first[stage]:
                key = f'{first[stage]}.{tail}'
            else:
                number = block - (first[stage] is not None)
                key = f'{rest[stage]}.model.{number}.{tail}'
        out[key] = value
    return out


@pytest.mark.parametrize('style', [blocks_style, port_style])
def test_published_mobilefacenet_keys_are_renamed(style, tmp_path):
    model = MobileFaceNet()
    state = random_state(model)
    published = style(state)
    assert not set(published) & set(state)
    published['linear7.conv.weight'] = torch.zeros(512, 1, 7, 7)
    published['linear1.conv.weight'] = torch.zeros(128, 512, 1, 1)
    path = tmp_path / 'face.ckpt'
    torch.save({'iter': 7, 'net_state_dict': published}, path)
    report = load_face_weights(model, str(path), 'mobilefacenet')
    assert f'{len(state)} of {len(state)} tensors' in str(report)
    assert report.unexpected == ['linear7.conv.weight', 'linear1.conv.weight']
    for key, value in model.state_dict().items():
        assert torch.equal(value, state[key]), key


def test_own_keys_stay():
    assert mobilefacenet_key('stages.2.1.project.bn.weight') == 'stages.2.1.project.bn.weight'
    assert mobilefacenet_key('linear1.bn.weight') == ''


@pytest.mark.parametrize(
    'prefix, wrap', [('', 'state_dict'), ('module.', 'state_dict'), ('', None)]
)
def test_msceleb_resnet_as_the_field_passes_it_around(prefix, wrap, tmp_path):
    state = random_state(resnet())
    published = {prefix + k: v for k, v in state.items()}
    published[prefix + 'fc.weight'] = torch.zeros(1000, 512)
    published[prefix + 'fc.bias'] = torch.zeros(1000)
    path = tmp_path / 'resnet18_msceleb.pth'
    torch.save({wrap: published, 'epoch': 3} if wrap else published, path)
    model = resnet(init_cfg=dict(type='FaceWeights', checkpoint=str(path)))
    model.init_weights()
    for key, value in model.state_dict().items():
        assert torch.equal(value, state[key]), key


def test_the_hosts_zeroing_of_loaded_weights_is_refused(tmp_path):
    path = tmp_path / 'w.pth'
    torch.save(random_state(resnet()), path)
    model = resnet(zero_init_residual=True, init_cfg=dict(type='FaceWeights', checkpoint=str(path)))
    with pytest.raises(ValueError, match='zero_init_residual=False'):
        model.init_weights()


def test_nothing_matched_is_an_error(tmp_path):
    path = tmp_path / 'w.pth'
    torch.save({f'net.{k}': v for k, v in random_state(resnet()).items()}, path)
    with pytest.raises(ValueError, match='0 of 120 tensors.*net.conv1'):
        load_face_weights(resnet(), str(path), 'torchvision')
    with pytest.raises(ValueError, match='0 of .* tensors'):
        load_face_weights(MobileFaceNet(), str(path), 'mobilefacenet')


def test_a_part_without_weights_is_an_error(tmp_path):
    state = random_state(resnet())
    state['layer1.0.conv1.weight'] = torch.zeros(64, 64, 1, 1)
    del state['layer2.0.conv1.weight']
    path = tmp_path / 'w.pth'
    torch.save(state, path)
    with pytest.raises(ValueError) as error:
        load_face_weights(resnet(), str(path), 'torchvision')
    assert "another shape: ['layer1.0.conv1.weight (64, 64, 1, 1) for (64," in str(error.value)
    assert "needed of the missing: ['layer2.0.conv1.weight']" in str(error.value)


def test_files_that_are_no_weights(tmp_path):
    with pytest.raises(FileNotFoundError, match='--init face:PATH.*--init imagenet'):
        load_face_weights(resnet(), str(tmp_path / 'no.pth'), 'torchvision')
    path = tmp_path / 'empty.pth'
    torch.save({'epoch': 1}, path)
    with pytest.raises(ValueError, match="holds no tensors.*'epoch'"):
        load_face_weights(resnet(), str(path), 'torchvision')
    torch.save(torch.zeros(3), path)
    with pytest.raises(ValueError, match='holds a Tensor'):
        load_face_weights(resnet(), str(path), 'torchvision')
    with pytest.raises(ValueError, match="'caffe' is unknown"):
        load_face_weights(resnet(), str(path), 'caffe')


def test_counters_of_shape_1(tmp_path):
    state = random_state(resnet())
    counters = [k for k in state if k.endswith('num_batches_tracked')]
    path = str(tmp_path / 'old.pth')
    torch.save(dict(state, **{k: torch.tensor([7]) for k in counters}), path)
    model = resnet()
    assert len(load_face_weights(model, path, 'torchvision').matched) == len(state)
    assert all(model.state_dict()[k] == 7 for k in counters)


def test_the_wrong_naming_is_told_with_the_names_of_the_file(tmp_path):
    path = str(tmp_path / 'r18.pth')
    torch.save(random_state(resnet()), path)
    told = r"'conv1.weight'.* were read with keys='mobilefacenet', allowed: .*'torchvision'"
    with pytest.raises(ValueError, match=told):
        load_face_weights(MobileFaceNet(), path, 'mobilefacenet')
