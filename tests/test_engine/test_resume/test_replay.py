"""Schedules stepped without a training; tests/test_engine/test_resume/test_resumed_schedule_hook.py
compares them with real runs."""

import pytest
import torch
from mmengine.optim import ExponentialLR, LinearLR, OptimWrapper, OptimWrapperDict

from mmfer.engine.resume.replay import (
    Groups,
    differences,
    flat,
    group_settings,
    replay,
    without_functions,
    wrappers_of,
)


def wrapper(lr=0.8):
    return OptimWrapper(torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=lr))


def test_epochs_and_iterations_by_hand():
    optimizer = wrapper()
    start = group_settings(optimizer)
    # half an epoch, and half of it at first, all of it after 4 iterations
    halved = ExponentialLR(optimizer, gamma=0.5, by_epoch=True)
    warm = LinearLR(optimizer, start_factor=0.5, by_epoch=False, begin=0, end=5)
    states = [one.state_dict() for one in (halved, warm)]
    (before,) = group_settings(optimizer)
    assert start[0]['lr'] == 0.8 and before['lr'] == 0.4 and 'params' not in before
    wanted = {(0, 0): 0.4, (0, 2): 0.6, (0, 4): 0.8, (1, 1): 0.4, (3, 0): 0.1}
    for (epochs, extra), expected in wanted.items():
        groups = Groups([dict(before)])
        replay([halved, warm], states, [groups, groups], epochs, 3, extra)
        assert groups.param_groups[0]['lr'] == pytest.approx(expected), (epochs, extra)
    assert optimizer.param_groups[0]['lr'] == 0.4  # only copies were stepped


def test_differences_are_of_settings_alone():
    fresh = dict(end=6, gamma=0.9, last_step=0, curve=max)
    saved = dict(end=4, gamma=0.9, last_step=4, curve=min, extra=1)
    assert differences(fresh, saved) == {'end': (4, 6), 'extra': (1, None)}
    assert without_functions(fresh) == dict(end=6, gamma=0.9, last_step=0)


def test_one_or_several_optimizers():
    one, two = wrapper(), wrapper()
    assert wrappers_of(one) == [one] and wrappers_of(OptimWrapperDict(a=one, b=two)) == [one, two]
    assert flat(None) == [] and flat([1, 2]) == [1, 2] and flat(dict(a=[1], b=[2])) == [1, 2]
