"""Numbers and texts of numpy come back; what could hold an address is refused."""

import pickle

import numpy as np
import pytest
import torch
from mmengine.logging import HistoryBuffer


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
