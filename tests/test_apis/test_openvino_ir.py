"""A random network, written as OpenVINO writes it, comes back to fp16's rounding."""

from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from mmfer.apis.openvino_ir import load_openvino_ir
from mmfer.models.backbones.mobilefacenet import Bottleneck, ConvBlock


def make(seed=0, width=12, stride=2, residual=True):
    """(N, 3, 16, 16) to (N, 6), with batch norms that do something."""
    generator = torch.Generator().manual_seed(seed)
    layers = dict(
        stem=ConvBlock(3, 8, 3, 2),
        stay=Bottleneck(8, 8, 2, 1),
        down=Bottleneck(8, width, 2, stride),
        depthwise=nn.Conv2d(width, width, 4, groups=width, bias=False),
        norm=nn.BatchNorm2d(width),
        flatten=nn.Flatten(),
        linear=nn.Linear(width, 6, bias=False),
        out_norm=nn.BatchNorm1d(6),
    )
    layers['stay'].residual = residual
    model = nn.Sequential(OrderedDict(layers)).eval()
    with torch.no_grad():
        for name, tensor in model.state_dict().items():
            if tensor.is_floating_point():
                scale = 0.3 if tensor.ndim > 1 else 0.2
                tensor.copy_(torch.randn(tensor.shape, generator=generator) * scale)
                if name.endswith('running_var') or (tensor.ndim == 1 and 'weight' in name):
                    tensor.abs_().add_(0.5)
    return model


@pytest.mark.parametrize('version', ['10', '11'])
def test_outputs_are_the_originals(tmp_path, ir, version):
    model, loaded = make(0), make(1)
    path = ir(model).write(tmp_path / 'm.xml', version)
    loaded.load_state_dict(load_openvino_ir(path, loaded))  # strict: every weight
    x = torch.rand(5, 3, 16, 16, generator=torch.Generator().manual_seed(2))
    with torch.no_grad():
        expected, found = model(x), loaded(x)
    assert expected.std() > 0.1  # the networks say something
    np.testing.assert_allclose(found, expected, atol=2e-3 * float(expected.abs().max()))


def test_weights_are_those_of_the_file(tmp_path, ir):
    model = make()
    state = load_openvino_ir(ir(model).write(tmp_path / 'm.xml'), make(1))
    norm = model.stem.bn
    scale = norm.weight / (norm.running_var + 1e-5).sqrt()
    folded = (model.stem.conv.weight * scale[:, None, None, None]).half().float()
    assert torch.equal(state['stem.conv.weight'], folded)
    shift = (norm.bias - norm.running_mean * scale).half().float()
    assert torch.equal(state['stem.bn.bias'], shift)
    # Slopes are float32, the linear layer's batch norm keeps its scale.
    assert torch.equal(state['stem.act.weight'], model.stem.act.weight)
    assert torch.equal(state['linear.weight'], model.linear.weight.half().float())
    scale = model.out_norm.weight / (model.out_norm.running_var + 1e-5).sqrt()
    assert torch.equal(state['out_norm.weight'], scale.half().float())
    # What else a batch norm has makes it an identity: sqrt(running_var + eps) = 1.
    assert torch.equal(state['stem.bn.running_var'] + 1e-5, torch.ones(8))
    assert torch.equal(state['stem.bn.running_mean'], torch.zeros(8))


def test_weights_that_are_converted_and_not_transposed(tmp_path, ir):
    """As newer converters write: fp16 constants behind a Convert, a matrix as it multiplies, spaces
    between numbers."""
    model, writer = make(), ir(make())
    for _, _, data in writer.layers:
        data.update(
            (k, v.replace(',', ', ')) for k, v in data.items() if k != 'shape' and ',' in str(v)
        )
    (product,) = (n for n, kind, _ in writer.layers if kind == 'MatMul')
    writer.layers[int(product)][2]['transpose_b'] = 'false'
    constant = writer.layer('Convert', writer.const(model.linear.weight.detach().T))
    writer.edges = [
        (constant if to == product and port == '1' else source, to, port)
        for source, to, port in writer.edges
    ]
    state = load_openvino_ir(writer.write(tmp_path / 'm.xml'), make(1))
    assert torch.equal(state['linear.weight'], model.linear.weight.half().float())


@pytest.mark.parametrize(
    'settings, message',
    [
        (
            dict(width=16),
            r'is not a Sequential: Convolution \(16, 16, 1, 1\) in the place of '
            r'down.project.conv.weight, Convolution \(12, 16, 1, 1\)',
        ),
        (dict(stride=1), 'strides=1,1 in the place of down.depthwise.conv.weight, .*, .2, 2.'),
        (dict(residual=False), '0 residual sums, not 1'),
    ],
)
def test_another_network(tmp_path, ir, settings, message):
    path = ir(make(**settings)).write(tmp_path / 'm.xml')
    with pytest.raises(ValueError, match=message):
        load_openvino_ir(path, make())


def test_layers_more_or_fewer(tmp_path, ir):
    path = ir(make()).write(tmp_path / 'm.xml')
    with pytest.raises(ValueError, match='3 layers more, the first: MatMul'):
        load_openvino_ir(path, make()[:-2])
    with pytest.raises(ValueError, match=r'nothing \(\) in the place of 9.weight, PReLU'):
        load_openvino_ir(path, nn.Sequential(*make(), nn.Flatten(), nn.PReLU(6)))


def test_layers_of_another_kind(tmp_path, ir):
    writer = ir(make())
    writer.layer('Sigmoid', '0')
    with pytest.raises(ValueError, match='m.xml.* has a layer Sigmoid; allowed: .*PReLU'):
        load_openvino_ir(writer.write(tmp_path / 'm.xml'), make())


def test_files_that_are_cut_off_or_no_ir(tmp_path, ir):
    path = tmp_path / 'm.xml'
    ir(make()).write(path)
    weights = path.with_suffix('.bin')
    whole = weights.read_bytes()
    weights.write_bytes(whole[:-20])
    with pytest.raises(ValueError, match=f'm.bin.* is cut off: {len(whole) - 20} bytes of'):
        load_openvino_ir(str(path), make())
    weights.unlink()
    with pytest.raises(FileNotFoundError, match='no weights at .*m.bin.*put the .bin of .*m.xml'):
        load_openvino_ir(str(path), make())
    weights.write_bytes(whole)
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(ValueError, match='m.xml.* is no OpenVINO IR, or is cut off'):
        load_openvino_ir(str(path), make())
    for content in ('<html/>', '<net name="old" version="7"/>'):
        path.write_text(content)
        with pytest.raises(ValueError, match='no OpenVINO IR of version 10 or 11'):
            load_openvino_ir(str(path), make())


@pytest.mark.parametrize(
    'old, new',
    [
        ('<layer id="2"', '<layer id="99"'),
        ('element_type', 'elephant_type'),
        ('offset="0"', 'offset="0.5"'),
        ('size="', 'size="1'),
        ('shape="', 'shape="7,'),
    ],
)
def test_damaged_layers_are_named(tmp_path, ir, old, new):
    path = ir(make()).write(tmp_path / 'm.xml')
    text = Path(path).read_text()
    assert old in text
    Path(path).write_text(text.replace(old, new))
    with pytest.raises(ValueError, match=r"m\.(xml|bin)'"):
        load_openvino_ir(path, make())
