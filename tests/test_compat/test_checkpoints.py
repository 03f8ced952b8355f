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


class Part:
    """Pickled as a call and a state."""

    def __init__(self, function, arguments, state=None):
        self.reduced = function, arguments, state

    def __reduce__(self):
        return self.reduced


def pointers(code='V8', fields=None):
    """A type by which numpy takes bytes of the file for addresses."""
    names = None if fields is None else tuple(fields)
    return Part(np.dtype, (code, False, True), (3, '|', None, names, fields, 8, 1, 0))


def array_of(dtype, data=b'A' * 8):
    make, (_, shape, code) = np.ones(1).__reduce__()[:2]
    return Part(make, (np.ndarray, shape, code), (1, (1,), dtype, False, data))


SCALAR = np.float64(0).__reduce__()[0]
LIED = dict(f0=(np.dtype('O'), 0))


@pytest.mark.parametrize(
    'content',
    [
        lambda: array_of(pointers(fields=LIED)),
        lambda: array_of(pointers('O')),
        lambda: Part(SCALAR, (pointers(fields=LIED), b'A' * 8)),
        lambda: Part(HistoryBuffer, ([Part(SCALAR, (pointers(fields=LIED), b'A' * 8))], [1])),
        lambda: Part(np.ndarray, ((1,), np.dtype('f8'), b'A' * 8)),
        lambda: Part(np.ndarray, ((1,), 'O')),
        lambda: pointers('M8[ns]'),
    ],
    ids=['fields', 'objects', 'scalar', 'buffer', 'over bytes', 'of objects', 'times'],
)
def test_numpy_data_that_are_no_numbers(tmp_path, content):
    """Without the stand-ins these end the process, so no test shows that."""
    torch.save(dict(a=content()), tmp_path / 'crafted.pth')
    with pytest.raises(pickle.UnpicklingError, match='numpy (data|array)'):
        torch.load(tmp_path / 'crafted.pth')


def test_statistics_of_a_file_are_not_taken_over(tmp_path):
    hub = MessageHub('test_statistics')
    hub.update_scalar('train/loss', 1.0)
    buffer = hub.state_dict()['log_scalars']['train/loss']
    state = dict(buffer.__getstate__(), statistics_methods={'mean': HistoryBuffer.max})
    torch.save(dict(a=Part(HistoryBuffer, (), state)), tmp_path / 'crafted.pth')
    torch.load(tmp_path / 'crafted.pth')
    assert HistoryBuffer([1, 2, 9], [1, 1, 1]).statistics('mean') == 4.0


@pytest.mark.parametrize(
    'value',
    [
        np.arange(6, dtype='>i2').reshape(2, 3),
        np.ones(3, bool),
        np.array(['a', 'bc']),
        np.zeros((0, 2), np.float16),
        np.asfortranarray(np.eye(3)),
        np.float32(1.5),
        np.str_('x'),
    ],
    ids=str,
)
def test_numbers_and_texts_come_back(tmp_path, value):
    path = tmp_path / 'values.pth'
    torch.save(dict(value=value), path)
    loaded = torch.load(path)['value']
    torch.save(dict(value=loaded), path)  # and once more, as numpy's own
    again = torch.load(path)['value']
    for got in (loaded, again):
        # numpy itself brings other byte orders into the machine's
        assert np.array_equal(got, value) and got.dtype == value.dtype.newbyteorder('=')
        assert isinstance(got, type(value))
    assert type(torch.load(path, weights_only=False)['value']) is type(value)


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
