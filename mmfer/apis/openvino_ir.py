"""Weights out of OpenVINO's intermediate representation (IR): an .xml of layers, a .bin."""

import os.path as osp
from collections import deque
from graphlib import TopologicalSorter
from xml.etree import ElementTree

import numpy as np
import torch
from torch import Tensor, nn

_FLOATS = {'f16': '<f2', 'f32': '<f4'}
_WEIGHTED = ('Convolution', 'GroupConvolution', 'PReLU', 'MatMul', 'Multiply', 'Add')
_WEIGHTLESS = ('Parameter', 'Result', 'Reshape', 'Squeeze', 'Unsqueeze', 'Convert')

Step = tuple[str, dict[str, str], np.ndarray | None]  # a layer's type, settings, weight


def load_openvino_ir(path: str, model: nn.Module) -> dict[str, Tensor]:
    """The weights of an IR (version 10 or 11) under the names of a torch model.

    Layers are taken in the order of the edges, modules in that of their registration, which has to
    be that of computation. Of a batch norm a bias is left, or a scale and a bias; it comes back
    with mean 0 and variance 1 - eps.

    Args:
        path: the .xml; the .bin lies beside it.
        model: of convolutions and linear layers without bias, batch norms and PReLUs; modules with
            a true ``residual`` add their input to their output.

    Raises:
        FileNotFoundError: without the .bin.
        ValueError: where the files are no IR or are cut off, or their layers not the model's.
    """

    def other(what: str) -> ValueError:
        return ValueError(f'{path!r} is not a {type(model).__name__}: {what}')

    layers = _read(path)
    steps = deque(step for step in layers if step[0] != 'Add' or step[2] is not None)
    sums = sum(getattr(module, 'residual', False) for module in model.modules())
    if len(layers) - len(steps) != sums:
        raise other(f'{len(layers) - len(steps)} residual sums, not {sums}')
    state: dict[str, Tensor] = {}

    def take(kind: str, name: str, own: Tensor, **expected: tuple[int, ...]) -> None:
        found, settings, value = steps.popleft() if steps else ('nothing', {}, None)
        if found == 'MatMul' and settings.get('transpose_b', 'false').lower() == 'false':
            value = value.T
        # Group convolutions have one axis more and biases the map's axes, all of length 1.
        place = f'in the place of {name}, {kind} {tuple(own.shape)}'
        if found != kind or np.squeeze(value).shape != own.squeeze().shape:
            raise other(f'{found} {np.shape(value)} {place}')
        for key, numbers in expected.items():
            if settings[key].replace(' ', '') != ','.join(map(str, numbers)):
                raise other(f'{key}={settings[key]} {place}, {numbers}')
        state[name] = torch.from_numpy(value.astype(np.float32).reshape(own.shape))

    for name, module in model.named_modules():
        weight = f'{name}.weight'
        if isinstance(module, nn.Conv2d):
            kind = 'Convolution' if module.groups == 1 else 'GroupConvolution'
            pads = dict(pads_begin=module.padding, pads_end=module.padding)
            take(kind, weight, module.weight, strides=module.stride, **pads)
        elif isinstance(module, nn.modules.batchnorm._BatchNorm):
            state[f'{name}.running_mean'] = torch.zeros_like(module.running_mean)
            state[f'{name}.running_var'] = torch.full_like(module.running_var, 1 - module.eps)
            state[weight] = torch.ones_like(module.weight)
            if steps and steps[0][0] == 'Multiply':
                take('Multiply', weight, module.weight)
            take('Add', f'{name}.bias', module.bias)
        elif isinstance(module, nn.PReLU):
            take('PReLU', weight, module.weight)
        elif isinstance(module, nn.Linear):
            take('MatMul', weight, module.weight)
    if steps:
        raise other(f'{len(steps)} layers more, the first: {steps[0][0]}')
    return state


def _read(path: str) -> list[Step]:
    """:func:`_read_layers`; ValueError on whatever else a damaged file leads to."""
    try:
        return _read_layers(path)
    except (KeyError, TypeError, ValueError, OverflowError, RecursionError) as error:
        if repr(path) in str(error) or repr(osp.splitext(path)[0] + '.bin') in str(error):
            raise
        why = f'{type(error).__name__}: {error}'
        raise ValueError(f'{path!r} is no OpenVINO IR, or damaged ({why})') from error


def _read_layers(path: str) -> list[Step]:
    """The layers that compute, in the order of the edges; a sum of two maps has no weight."""
    try:
        net = ElementTree.parse(path).getroot()
    except ElementTree.ParseError as error:
        raise ValueError(f'{path!r} is no OpenVINO IR, or is cut off: {error}') from error
    if net.tag != 'net' or net.get('version') not in ('10', '11'):
        raise ValueError(f'{path!r} is no OpenVINO IR of version 10 or 11')
    binary = osp.splitext(path)[0] + '.bin'
    if not osp.isfile(binary):
        raise FileNotFoundError(f'no weights at {binary!r}; put the .bin of {path!r} there')
    data = np.fromfile(binary, np.uint8)
    layers = {layer.get('id'): layer for layer in net.iterfind('layers/layer')}
    inputs: dict[str, list[str]] = {number: [] for number in layers}
    for edge in net.iterfind('edges/edge'):
        inputs[edge.get('to-layer')].append(edge.get('from-layer'))
    weights: dict[str, np.ndarray] = {}
    steps: list[Step] = []
    for number in TopologicalSorter(inputs).static_order():
        kind = layers[number].get('type')
        settings = {k: v for d in layers[number].iterfind('data') for k, v in d.items()}
        given = next((weights[i] for i in inputs[number] if i in weights), None)
        if kind == 'Const':
            kind, start = _FLOATS.get(settings['element_type']), int(settings['offset'])
            end = start + int(settings['size'])
            if end > len(data):
                raise ValueError(f'{binary!r} is cut off: {len(data)} bytes of {end} or more')
            if kind is not None:  # others tell shapes
                shape = [int(length) for length in settings['shape'].split(',') if length]
                weights[number] = data[start:end].view(kind).reshape(shape)
        elif kind == 'Convert' and given is not None:
            weights[number] = given
        elif kind in _WEIGHTED:
            steps.append((kind, settings, given))
        elif kind not in _WEIGHTLESS:
            raise ValueError(f'{path!r} has a layer {kind}; allowed: {_WEIGHTED + _WEIGHTLESS}')
    return steps
