"""Tensors of a file against those of a module."""

import pytest
import torch
from torch import nn

from mmfer.models.initial_weights.match import load, match, read_tensors


def state(**shapes):
    return {name: torch.ones(shape) for name, shape in shapes.items()}


def test_report_by_hand():
    report = match(state(a=2, b=3, c=(4, 1)), state(c=(4, 2), d=1, a=2))
    assert report == (['a'], ['b'], ['d'], ['c (4, 2) for (4, 1)'], [])
    assert str(report) == (
        "1 of 3 tensors matched; resized: none; missing, as they were: ['b']; of another shape: "
        "['c (4, 2) for (4, 1)']; without a place: ['d']"
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


@pytest.mark.parametrize('wrap', ['state_dict', 'net_state_dict', 'model', 'backbone', None])
def test_read_from_any_wrapper(wrap, tmp_path):
    content = {'module.a': torch.ones(2), 'epoch': 3}
    torch.save({wrap: content} if wrap else content, tmp_path / 'w.pth')
    found = read_tensors(str(tmp_path / 'w.pth'), 'face', '')
    assert list(found) == ['a'] and found['a'].tolist() == [1, 1]


def test_no_file():
    with pytest.raises(FileNotFoundError, match=r"at 'no.pth'\. Make one, .*--init face:PATH, or"):
        read_tensors('no.pth', 'face', 'Make one')
