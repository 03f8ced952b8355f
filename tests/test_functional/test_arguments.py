import numpy as np
import pytest
import torch

from mmfer.functional.arguments import (
    Progress,
    at_least_float32,
    check_choice,
    check_draw,
    check_labels,
    check_number,
)


@pytest.mark.parametrize('low', [torch.float16, torch.bfloat16])
def test_half_precision_alone_is_changed(low):
    assert at_least_float32(torch.tensor([1.5], dtype=low)).dtype == torch.float32
    for dtype in (torch.float32, torch.float64):
        x = torch.tensor([1.5], dtype=dtype, requires_grad=True)
        assert at_least_float32(x) is x


def test_progress_is_ordered_as_its_words():
    assert Progress(3, 60, 384, 23040)._asdict() == dict(epoch=3, epochs=60, step=384, steps=23040)


def test_choices():
    check_choice('rule', 'share', {'share': 1, 'all': 2})
    with pytest.raises(ValueError, match=r"rule='most' is unknown; allowed: \('share', 'all'\)"):
        check_choice('rule', 'most', {'share': 1, 'all': 2})


def test_labels():
    assert check_labels([2, 0], 3).dtype == np.int64 and check_labels([], 3).shape == (0,)
    for wrong in ([0, 3], [-1, 2]):
        with pytest.raises(
            ValueError, match=f'labels go from {wrong[0]} to {wrong[1]}; allowed: 0'
        ):
            check_labels(wrong, 3)


@pytest.mark.parametrize(
    'changes, message',
    [
        (dict(num_classes=1), r'1 class\(es\) leave no other hat; at least 2 are needed'),
        (dict(seed=None), 'hats seed None is no integer; .* would train on other heads'),
        (dict(seed=False), 'hats seed False is no integer'),
        (dict(seed=-1), r'hats seed -1 is outside of what numpy takes; allowed: 0 to 2\*\*32 - 1'),
        (dict(seed=2**32), 'hats seed 4294967296 is outside'),
        (dict(labels=[2]), 'labels go from 2 to 2'),
    ],
)
def test_draws(changes, message):
    given = {**dict(labels=[1, 0], num_classes=2, seed=np.int64(7)), **changes}
    with pytest.raises(ValueError, match=message):
        check_draw(**given, what='hats', other='hat', changed='heads')
    assert check_draw([1, 0], 2, 2**32 - 1, 'hats', 'hat', 'heads').tolist() == [1, 0]


@pytest.mark.parametrize(
    'value, bounds',
    [
        (0, dict(least=0)),
        (1, dict(most=1)),
        (-1e30, {}),
        (np.float32(0.5), dict(above=0, below=1)),
        (np.int64(3), dict(whole=True)),
        (3.0, dict(whole=True)),
    ],
)
def test_numbers_that_are_right(value, bounds):
    found = check_number('x', value, **bounds)
    assert found == value and isinstance(found, int if bounds.get('whole') else type(value))


@pytest.mark.parametrize(
    'value, bounds, said',
    [
        (0, dict(above=0), 'x=0; allowed: numbers above 0'),
        (1, dict(least=0, below=1, hint='e.g. .7'), 'numbers from 0, below 1, e.g. .7'),
        (2, dict(least=0, most=1, what='is a share'), 'x=2 is a share; .* numbers from 0 to 1'),
        (2.5, dict(whole=True, least=1), 'x=2.5; allowed: whole numbers from 1'),
        (True, {}, 'x=True; allowed: numbers'),
        ('1', {}, "x='1'; allowed"),
        (None, {}, 'x=None'),
        ([1], {}, r'x=\[1\]'),
        (float('nan'), {}, 'x=nan'),
        (float('nan'), dict(whole=True), 'x=nan'),
        (-float('inf'), dict(whole=True), 'x=-inf'),
    ],
)
def test_numbers_that_are_wrong(value, bounds, said):
    with pytest.raises(ValueError, match=f'{said}'):
        check_number('x', value, **bounds)
