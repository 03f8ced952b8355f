"""Tensors of a file against those of a module."""

import pytest
import torch
from mmengine.logging import MMLogger
from torch import nn

from mmfer.weights.match import load, match


def state(**shapes):
    return {name: torch.ones(shape) for name, shape in shapes.items()}


def test_report_by_hand():
    report = match(state(a=2, b=3, c=(4, 1)), state(c=(4, 2), d=1, a=2))
    assert report == (['a'], ['b'], ['d'], ['c (4, 2) for (4, 1)'], [])
    assert str(report) == (
        "1 of 3 tensors matched; resized: none; missing, as they were: ['b']; of another shape: "
        "['c (4, 2) for (4, 1)']; left over in the file: 1: d"
    )
    many = match(state(**{f'x{i}': 1 for i in range(7)}), {})
    assert "as they were: ['x0', 'x1', 'x2', 'x3', 'x4'] and 2 more;" in str(many)


def test_what_fits_is_loaded():
    module = nn.Sequential(nn.Linear(2, 1), nn.BatchNorm1d(1))
    given = {k: torch.full_like(v, 3) for k, v in module.state_dict().items()}
    del given['1.num_batches_tracked'], given['1.bias']
    first = {k: v.clone() for k, v in module.state_dict().items()}
    report = load(module, 'w.pth', given, ('1.bias', 'num_batches_tracked'), ['0.x (1,) -> (2,)'])
    assert report.missing == ['1.bias', '1.num_batches_tracked']
    assert report.resized == ['0.x (1,) -> (2,)']
    for name, value in module.state_dict().items():
        assert torch.equal(value, given.get(name, first[name])), name


@pytest.mark.parametrize(
    'given, named',
    [
        (state(d=1), r"0 of 2 .*Linear\? Its names begin with \['d'\].*Linear's with \['weight'"),
        (state(weight=(2, 2), bias=1), r"another shape: \['weight \(2, 2\) for \(1, 2\)'\]"),
        (state(weight=(1, 2)), r"^w.pth: 1 of 2.*needed of the missing: \['bias'\]"),
    ],
)
def test_what_does_not_fit_leaves_the_module_alone(given, named):
    module = nn.Linear(2, 1)
    first = {k: v.clone() for k, v in module.state_dict().items()}
    with pytest.raises(ValueError, match=named):
        load(module, 'w.pth', given)
    assert all(torch.equal(v, first[k]) for k, v in module.state_dict().items())


@pytest.mark.parametrize(
    'name, told',
    [
        ('register_tokens', 'register tokens.*without registers'),
        ('reg_token', 'register tokens'),
        ('dist_token', 'a distillation token.*DistilledVisionTransformer'),
        ('layers.0.attn.gamma1.weight', 'LayerScale; set model.backbone.layer_scale_init_value'),
        ('layers.0.ffn.w12.weight', "SwiGLU; set .*ffn_type='swiglu_fused'"),
        ('layers.0.attn.q_bias', 'another attention'),
        ('rope_embed.periods', 'rotary positions'),
    ],
)
def test_what_a_backbone_cannot_take_is_named(name, told):
    module = nn.Linear(2, 1)
    with pytest.raises(ValueError, match=f'w.pth does not fit the Linear: its {name} is of {told}'):
        load(module, 'w.pth', {**module.state_dict(), name: torch.ones(1)})


def test_what_is_left_over_is_told(caplog):
    module = nn.Sequential(nn.Linear(2, 1))
    left = {
        'fc.weight': torch.ones(2),
        'fc.bias': torch.ones(2),
        'decoder_blocks.0.norm1.weight': torch.ones(2),
        'momentum_encoder.module.0.0.weight': torch.ones(2),
        'arcface': torch.ones(2),
    }
    lines = []
    logger = MMLogger.get_current_instance()
    logger.addFilter(lambda record: lines.append(record.getMessage()) or True)
    try:
        load(module, 'w.pth', {**module.state_dict(), **left})
    finally:
        logger.filters.pop()
    assert lines[-1].endswith(
        'left over in the file: 5: fc (2), decoder_blocks.0.norm1.weight, '
        'momentum_encoder.module.0.0.weight, arcface'
    )
