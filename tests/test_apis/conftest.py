"""A face that a few lines can draw and find again: five coloured dots; and a network as OpenVINO
writes it."""

import random
from xml.etree import ElementTree

import cv2
import numpy as np
import pytest
from torch import nn

from mmfer.functional import apply_transform, face_template

RED, GREEN, BLUE = (0, 0, 255), (0, 255, 0), (255, 0, 0)  # BGR: eyes, nose, mouth


def draw_dots(points, shape, radius):
    """Round dots at sub-pixel places, drawn large and averaged down."""
    image = np.full((*shape, 3), 255, np.uint8)
    y, x = np.mgrid[: shape[0], : shape[1]]
    for point, colour in zip(points, (RED, RED, GREEN, BLUE, BLUE)):
        inside = np.clip(radius + 0.5 - np.hypot(x - point[0], y - point[1]), 0, 1)
        image = image * (1 - inside[..., None]) + np.array(colour) * inside[..., None]
    return image.round().astype(np.uint8)


def find_dots(image):
    """(5, 2), sub-pixel, the first pixel's centre being (0, 0); None where a dot is missing."""
    image = image.astype(float)
    found = []
    for channel, count in ((2, 2), (1, 1), (0, 2)):
        others = [c for c in range(3) if c != channel]
        weight = np.clip(image[..., channel] - image[..., others].max(-1), 0, None)
        number, labels = cv2.connectedComponents((weight > 20).astype(np.uint8))
        if number != count + 1:
            return None
        centres = []
        for label in range(1, number):
            w = np.where(labels == label, weight, 0)
            y, x = np.mgrid[: w.shape[0], : w.shape[1]]
            centres.append(((w * x).sum() / w.sum(), (w * y).sum() / w.sum()))
        found += sorted(centres)
    return np.array(found)


@pytest.fixture
def dots():
    """Returns a function: a matrix that moves a 100 px face, the picture's shape -> picture and
    points."""

    def make(matrix, shape):
        points = apply_transform(matrix, face_template('arcface', 100))
        radius = 4 * np.hypot(*np.asarray(matrix)[:, 0])
        return draw_dots(points, shape, radius), points

    return make


@pytest.fixture
def find():
    return find_dots


class IRWriter:
    """A torch network as an IR in fp16, batch norms folded as OpenVINO's converter does."""

    def __init__(self, model):
        self.layers, self.edges, self.data = [], [], b''
        modules = list(model.modules())
        self.following = dict(zip(modules, modules[1:]))
        self.layer('Result', self.emit(model, self.layer('Parameter')))

    def layer(self, kind, *inputs, **data):
        number = str(len(self.layers))
        self.layers.append((number, kind, data))
        self.edges += [(source, number, str(port)) for port, source in enumerate(inputs)]
        return number

    def const(self, values, kind='f16'):
        values = np.asarray(values, dict(f16='<f2', f32='<f4', i64='<i8')[kind])
        shape = ','.join(map(str, values.shape))
        offset, self.data = len(self.data), self.data + values.tobytes()
        where = dict(offset=offset, size=values.nbytes)
        return self.layer('Const', element_type=kind, shape=shape, **where)

    def emit(self, module, x):
        """The layers of a module on the output of layer x; the last one's number."""
        if isinstance(module, nn.Conv2d):
            weight = module.weight.detach() * scale_and_shift(self.following[module])[0].view(
                -1, 1, 1, 1
            )
            grouped = module.groups > 1
            return self.layer(
                'GroupConvolution' if grouped else 'Convolution',
                x,
                self.const(weight.unsqueeze(1) if grouped else weight),
                dilations='1,1',
                pads_begin='{0},{0}'.format(*module.padding),
                pads_end='{0},{0}'.format(*module.padding),
                strides='{0},{0}'.format(*module.stride),
            )
        if isinstance(module, nn.BatchNorm1d):
            scale, shift = (self.const(v.view(1, -1, 1)) for v in scale_and_shift(module))
            axis = self.const([2], 'i64')
            x = self.layer('Unsqueeze', x, axis)
            x = self.layer('Add', self.layer('Multiply', x, scale), shift)
            return self.layer('Squeeze', x, axis)
        if isinstance(module, nn.BatchNorm2d):
            return self.layer('Add', x, self.const(scale_and_shift(module)[1].view(1, -1, 1, 1)))
        if isinstance(module, nn.PReLU):
            return self.layer('PReLU', x, self.const(module.weight.detach().view(-1, 1, 1), 'f32'))
        if isinstance(module, nn.Flatten):
            return self.layer('Reshape', x, self.const([0, -1], 'i64'), special_zero='True')
        if isinstance(module, nn.Linear):
            weight = self.const(module.weight.detach())
            return self.layer('MatMul', x, weight, transpose_a='False', transpose_b='True')
        y = x
        for child in module.children():
            y = self.emit(child, y)
        return self.layer('Add', x, y) if getattr(module, 'residual', False) else y

    def write(self, path, version='10'):
        net = ElementTree.Element('net', name='model', version=version)
        layers, edges = ElementTree.SubElement(net, 'layers'), ElementTree.SubElement(net, 'edges')
        # The edges tell the order, not the place in the file.
        for number, kind, data in random.Random(0).sample(self.layers, len(self.layers)):
            layer = ElementTree.SubElement(layers, 'layer', id=number, type=kind)
            ElementTree.SubElement(layer, 'data', {k: str(v) for k, v in data.items()})
        for source, to, port in self.edges:
            ends = {'from-layer': source, 'from-port': '0', 'to-layer': to, 'to-port': port}
            ElementTree.SubElement(edges, 'edge', ends)
        ElementTree.ElementTree(net).write(path)
        path.with_suffix('.bin').write_bytes(self.data)
        return str(path)


def scale_and_shift(norm):
    """What a batch norm in eval mode multiplies by and adds."""
    scale = (norm.weight / (norm.running_var + norm.eps).sqrt()).detach()
    return scale, norm.bias.detach() - norm.running_mean * scale


@pytest.fixture
def ir():
    """Returns `IRWriter`: a network in eval mode -> what writes it."""
    return IRWriter
