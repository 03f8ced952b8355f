"""Checkpoints load with weights_only=True, and crafted ones do not load."""

import os
import pickle

import mmengine.runner.checkpoint as host
import numpy as np
import pytest
import torch
from mmengine.logging import HistoryBuffer, MessageHub

from mmfer import compat


@pytest.fixture
def checkpoint(tmp_path):
    """The parts of a checkpoint that plain weights_only loading refuses."""
    hub = MessageHub('test_compat')
    for value in (3.0, 1.0, 2.0):
        hub.update_scalar('train/loss', value)
    path = tmp_path / 'epoch_1.pth'
    torch.save(
        dict(
            state_dict={'w': torch.ones(2)},
            message_hub=hub.state_dict(),
            best=np.float64(0.5),
            matrix=np.eye(2, dtype=np.float32),
        ),
        path,
    )
    return path


def test_fault(checkpoint):
    allowed = torch.serialization.get_safe_globals()
    torch.serialization.clear_safe_globals()
    try:
        with pytest.raises(pickle.UnpicklingError, match='HistoryBuffer'):
            torch.load(checkpoint)
    finally:
        torch.serialization.add_safe_globals(allowed)


@pytest.mark.parametrize(
    'load',
    [
        lambda path: torch.load(path, weights_only=True),
        lambda path: host.CheckpointLoader.load_checkpoint(str(path)),
    ],
    ids=['torch', 'host'],
)
def test_cure(checkpoint, load):
    loaded = load(checkpoint)
    buffer = loaded['message_hub']['log_scalars']['train/loss']
    assert buffer.min() == 1.0 and buffer.current() == 2.0
    assert buffer.statistics('mean', 2) == 1.5
    assert loaded['best'] == 0.5
    assert np.array_equal(loaded['matrix'], np.eye(2))


@pytest.fixture
def craft(tmp_path):
    """Returns a function that writes a checkpoint which calls a function."""

    def write(function, arguments):
        arguments = tuple(
            a.format(tmp_path / 'trace') if isinstance(a, str) else a for a in arguments
        )

        class Crafted:
            def __reduce__(self):
                return function, arguments

        torch.save(dict(state_dict=Crafted()), tmp_path / 'crafted.pth')
        return str(tmp_path / 'crafted.pth')

    return write


@pytest.mark.parametrize(
    'function, arguments',
    [
        (os.system, ('touch {}',)),
        (eval, ('open("{}", "w")',)),
        (getattr, (HistoryBuffer, '__init__')),
        (getattr, (HistoryBuffer, '__dict__')),
        (getattr, (np.ndarray, 'tofile')),
        (getattr, (HistoryBuffer(), 'mean')),
    ],
    ids=['system', 'eval', '__init__', '__dict__', 'tofile', 'an object'],
)
def test_crafted_file_is_refused(craft, tmp_path, function, arguments):
    """By torch, and by what the host's runner, tools and inferencers call."""
    path = craft(function, arguments)
    for load in (
        torch.load,
        host.CheckpointLoader.load_checkpoint,
        lambda p: host.load_checkpoint(torch.nn.Linear(1, 1), p),
    ):
        with pytest.raises(pickle.UnpicklingError):
            load(path)
    assert not (tmp_path / 'trace').exists()


def test_statistics_of_a_file_are_not_taken_over(tmp_path):
    hub = MessageHub('test_statistics')
    hub.update_scalar('train/loss', 1.0)
    buffer = hub.state_dict()['log_scalars']['train/loss']
    state = dict(buffer.__getstate__(), statistics_methods={'mean': HistoryBuffer.max})

    class Crafted:
        def __reduce__(self):
            return HistoryBuffer, (), state

    torch.save(dict(a=Crafted()), tmp_path / 'crafted.pth')
    torch.load(tmp_path / 'crafted.pth')
    assert HistoryBuffer([1, 2, 9], [1, 1, 1]).statistics('mean') == 4.0


class TestFallback:
    """The fork loads what it has refused again, with ``weights_only=False``.

    Where the fork is installed this is its own function, as it is without the repair; elsewhere a
    stand-in that does the same is put in its place.
    """

    @pytest.fixture
    def unrepaired(self, monkeypatch):
        if compat.refuse_unsafe_checkpoints.concerned:
            load = host._safe_torch_load.__wrapped__
        else:

            def load(file, map_location=None, weights_only=None):
                try:
                    return torch.load(
                        file, map_location=map_location, weights_only=weights_only is not False
                    )
                except pickle.UnpicklingError:
                    if weights_only is not None:
                        raise
                    return torch.load(file, map_location=map_location, weights_only=False)

        monkeypatch.setattr(host, '_safe_torch_load', load, raising=False)
        allowed = torch.serialization.get_safe_globals()
        yield
        # the fork's takes from the list what it had put there for a while
        torch.serialization.add_safe_globals(allowed)

    def test_fault(self, unrepaired, craft, tmp_path):
        host._safe_torch_load(craft(os.system, ('touch {}',)))
        assert (tmp_path / 'trace').exists()  # the crafted file ran a command

    def test_cure(self, unrepaired, craft, checkpoint, tmp_path):
        compat.refuse_unsafe_checkpoints.cure()
        for function, arguments in (
            (os.system, ('touch {}',)),
            (getattr, (HistoryBuffer, '__init__')),
        ):
            with pytest.raises(pickle.UnpicklingError):
                host._safe_torch_load(craft(function, arguments))
        assert not (tmp_path / 'trace').exists()
        loaded = host._safe_torch_load(str(checkpoint), map_location='cpu')
        assert loaded['message_hub']['log_scalars']['train/loss'].current() == 2.0

    def test_in_place_where_the_fork_is(self):
        if not hasattr(host, '_safe_torch_load'):
            pytest.skip('this host does not fall back')
        assert compat.refuse_unsafe_checkpoints.active
