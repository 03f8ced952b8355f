"""Where a schedule stands after so many steps, by stepping it."""

import copy
import warnings
from collections.abc import Sequence

from mmengine.optim import OptimWrapper, OptimWrapperDict, _ParamScheduler

# Of a scheduler's state: how far it is, in contrast to how it is set; the last of ReduceOnPlateau.
PROGRESS = {'last_step', '_global_step', '_last_value', 'verbose'}
PROGRESS |= {'best', 'num_bad_epochs', 'cooldown_counter'}


class Groups:
    """Stands for an optimizer: a scheduler reads and sets groups only."""

    _global_step = 0

    def __init__(self, param_groups: list[dict]) -> None:
        self.param_groups = param_groups

    def step(self) -> None:
        """Looked for by mmengine, which counts an optimizer's steps."""

    step._with_counter = True


def wrappers_of(optim_wrapper: OptimWrapper) -> list[OptimWrapper]:
    """The one wrapper, or those of several optimizers."""
    if isinstance(optim_wrapper, OptimWrapperDict):
        return list(optim_wrapper.values())
    return [optim_wrapper]


def flat(schedulers: list | dict | None) -> list:
    """Schedulers, or their states, of one or of several optimizers."""
    if isinstance(schedulers, dict):
        return [one for part in schedulers.values() for one in part]
    return list(schedulers or [])


def group_settings(wrapper: OptimWrapper) -> list[dict]:
    """Copies of an optimizer's groups without their parameters."""
    return [
        {k: copy.deepcopy(v) for k, v in group.items() if k != 'params'}
        for group in wrapper.param_groups
    ]


def differences(fresh: dict, saved: dict) -> dict[str, tuple]:
    """Settings, not progress, in which two states of a scheduler differ, the config's and the
    checkpoint's: (saved, fresh) of each, None for a missing one.

    Examples:
        >>> differences(dict(end=6, gamma=.9, last_step=0),
        ...             dict(end=4, gamma=.9, last_step=4))
        {'end': (4, 6)}
    """
    fresh, saved = without_functions(fresh), without_functions(saved)
    names = sorted((fresh.keys() | saved.keys()) - PROGRESS)
    pairs = {name: (saved.get(name), fresh.get(name)) for name in names}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def without_functions(state: dict) -> dict:
    """A state without what is no number: ``OneCycleLR`` keeps its curve as a function in it."""
    return {name: value for name, value in state.items() if not callable(value)}


def replay(
    schedulers: Sequence[_ParamScheduler],
    states: Sequence[dict],
    optimizers: Sequence[Groups],
    epochs: int,
    length: int,
    extra: int,
) -> list[dict]:
    """Step new schedulers as a training does, without one.

    In the order of MMEngine's ``ParamSchedulerHook``: after each iteration those that count
    iterations, after each epoch those that count epochs. So chained schedules come to the same
    floats.

    Args:
        schedulers: Their classes are used, they stay as they are.
        states: ``state_dict()`` of each, before training; those after the steps are returned.
        optimizers: Of each; their groups, as they are before training, are set in place.
        epochs, length, extra: Whole epochs of ``length`` iterations, and iterations after these.
    """
    clones = []
    for scheduler, state, optimizer in zip(schedulers, states, optimizers):
        clone = type(scheduler).__new__(type(scheduler))
        clone.load_state_dict(copy.deepcopy(state))
        clone.optimizer = optimizer
        clones.append(clone)
    by_iteration = [clone for clone in clones if not clone.by_epoch]
    by_epoch = [clone for clone in clones if clone.by_epoch]

    def iterate(count: int) -> None:
        for _ in range(count if by_iteration else 0):
            for clone in by_iteration:
                clone.step()

    with warnings.catch_warnings():
        warnings.simplefilter('ignore')  # that no optimizer steps
        for _ in range(epochs):
            iterate(length)
            for clone in by_epoch:
                clone.step()
        iterate(extra)
    return [clone.state_dict() for clone in clones]
