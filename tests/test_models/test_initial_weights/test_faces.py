"""Face checkpoints in the backbones."""

import pytest
import torch
from mmpretrain.registry import MODELS

from mmfer.models import MobileFaceNet
from mmfer.models.initial_weights.faces import load_face_weights

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
            dict(
                type='ResNet',
                depth=18,
                num_stages=4,
                out_indices=(3,),
                zero_init_residual=False,
            ),
            **kwargs,
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
    torch.save({f'net.{k}x': v for k, v in random_state(resnet()).items()}, path)
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


@pytest.mark.parametrize(
    'style',
    ['module.', 'backbone.', 'net.', 'encoder.', 'features.', 'module.net.features.', 'children'],
)
def test_resnets_behind_any_prefix(style, tmp_path):
    state = random_state(resnet())
    published = {style + k: v for k, v in state.items()}
    if style == 'children':  # torch.nn.Sequential(*list(resnet18().children())[:-1])
        places = dict(conv1=0, bn1=1, layer1=4, layer2=5, layer3=6, layer4=7)
        published = {}
        for key, value in state.items():
            first, rest = key.split('.', 1)
            published[f'features.{places[first]}.{rest}'] = value
    published['fc.weight'] = torch.zeros(7, 512)
    published['alpha.0.weight'] = torch.zeros(1, 512)
    torch.save({'iter': 5, 'model_state_dict': published, 'optimizer': {}}, tmp_path / 'w.pth')
    model = resnet(init_cfg=dict(type='FaceWeights', checkpoint=str(tmp_path / 'w.pth')))
    model.init_weights()
    for key, value in model.state_dict().items():
        assert torch.equal(value, state[key]), key


@pytest.mark.parametrize(
    'theirs, ours, told',
    [(34, 18, 'ResNet-34, this ResNet a ResNet-18'), (101, 50, 'ResNet-101, this .* ResNet-50')],
)
def test_a_deeper_resnet_is_refused(theirs, ours, told, tmp_path):
    path = str(tmp_path / 'w.pth')
    state = resnet(depth=theirs).state_dict()
    torch.save(dict(state, **{'fc.weight': torch.zeros(9, 512)}), path)
    model = resnet(depth=ours)
    first = {k: v.clone() for k, v in model.state_dict().items()}
    with pytest.raises(ValueError, match=f'blocks that the ResNet lacks.*layer.*{told}'):
        load_face_weights(model, path, 'torchvision')
    assert all(torch.equal(v, first[k]) for k, v in model.state_dict().items())
    report = load_face_weights(model, path, 'torchvision', deeper='cut')
    assert not report.missing
    for key, value in model.state_dict().items():
        assert torch.equal(value, state[key]), key
    with pytest.raises(ValueError, match="deeper='yes' is unknown"):
        load_face_weights(model, path, 'torchvision', deeper='yes')


def test_a_further_stage_is_refused_and_cut_where_told(tmp_path):
    path = str(tmp_path / 'w.pth')
    torch.save(resnet().state_dict(), path)
    short = dict(num_stages=3, out_indices=(2,), strides=(1, 2, 2), dilations=(1, 1, 1))
    with pytest.raises(ValueError, match=r'lacks, 30: layer4.0 \(18\), layer4.1 \(12\)'):
        load_face_weights(resnet(**short), path, 'torchvision')
    model = resnet(**short, init_cfg=dict(type='FaceWeights', checkpoint=path, deeper='cut'))
    model.init_weights()


def test_blocks_with_further_parts_are_refused(tmp_path):
    state = dict(resnet().state_dict(), **{'layer1.0.se.fc1.weight': torch.zeros(4, 64)})
    torch.save(state, tmp_path / 'w.pth')
    with pytest.raises(ValueError, match='parts that those of the ResNet lack.*layer1.0.se.fc1'):
        load_face_weights(resnet(), str(tmp_path / 'w.pth'), 'torchvision')
    del state['layer1.0.se.fc1.weight']
    state['layer1.0.total_ops'] = torch.zeros(1)  # a profiler's
    torch.save(state, tmp_path / 'w.pth')
    load_face_weights(resnet(), str(tmp_path / 'w.pth'), 'torchvision')


def test_a_deeper_mobilefacenet_is_refused(tmp_path):
    for style, more in (
        (blocks_style, 'blocks.15.conv.0.weight'),
        (port_style, 'conv_5.model.2.conv.conv.weight'),
    ):
        state = dict(style(MobileFaceNet().state_dict()), **{more: torch.zeros(2)})
        torch.save(state, tmp_path / 'w.pth')
        with pytest.raises(ValueError, match='blocks that the MobileFaceNet lacks, 1: stages.4.2'):
            load_face_weights(MobileFaceNet(), str(tmp_path / 'w.pth'), 'mobilefacenet')


@pytest.mark.parametrize(
    'name, keys',
    [
        ('layer1.0.prelu.weight', ()),
        ('backbone.layer1.0.prelu.weight', ('backbone.conv1.weight',)),
        ('body.0.res_layer.2.weight', ('input_layer.0.weight',)),
    ],
)
def test_insightface_resnets_are_another_network(name, keys, tmp_path):
    prefix = name.split('layer')[0] if 'backbone' in name else ''
    state = {} if 'body' in name else {prefix + k: v for k, v in resnet().state_dict().items()}
    state |= {key: torch.zeros(64, 3, 3, 3) for key in (*keys, name)}
    torch.save(state, tmp_path / 'w.pth')
    with pytest.raises(ValueError, match=r'w.pth: it is a network of InsightFace.*torchvision'):
        load_face_weights(resnet(), str(tmp_path / 'w.pth'), 'torchvision')
