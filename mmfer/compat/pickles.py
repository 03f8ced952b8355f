"""Pickled results (``--out results.pkl``): read as data, never run.

``pickle.load`` calls what a file names, so a crafted file does what its maker wants. What a test
run writes holds numbers, texts, lists, dicts, tensors and numpy arrays; nothing else is read.
"""

import collections
import io
import pickle

import numpy as np

from . import numpy_pickles as numbers
from .repair import repair, wrap


def _storage(data: bytes):
    """Stands for ``torch.storage._load_from_bytes``, which would run what the bytes hold."""
    import torch

    if not isinstance(data, bytes):
        raise pickle.UnpicklingError(f'bytes of a tensor: {type(data).__name__}')
    return torch.load(io.BytesIO(data), map_location='cpu', weights_only=True)


def _allowed() -> dict[str, object]:
    import torch

    found = {
        'collections.OrderedDict': collections.OrderedDict,
        'numpy.dtype': numbers.Number,
        'numpy.ndarray': numbers.Array,
        'torch.Size': torch.Size,
        'torch._utils._rebuild_tensor_v2': torch._utils._rebuild_tensor_v2,
        'torch.storage._load_from_bytes': _storage,
    }
    for module in ('numpy.core.multiarray', 'numpy._core.multiarray'):  # numpy 1 and 2
        found[f'{module}._reconstruct'] = numbers.reconstruct
        found[f'{module}.scalar'] = numbers.scalar
    # containers and bytes before pickle's protocols 3 and 4, arrays from protocol 5 on
    found |= {
        'builtins.set': set,
        'builtins.frozenset': frozenset,
        'builtins.bytes': numbers.no_bytes,
    }
    found['_codecs.encode'] = _encode
    for module in ('numpy.core.numeric', 'numpy._core.numeric'):
        found[f'{module}._frombuffer'] = _array
    return found


def _array(data: object, dtype: object, shape: object, order: object = 'C') -> np.ndarray:
    return np.frombuffer(data, numbers.checked(dtype)).reshape(shape, order=order).copy()


def _encode(text: object, encoding: object = 'utf-8') -> bytes:
    if not isinstance(text, str) or encoding not in ('latin1', 'latin-1', 'utf-8', 'ascii'):
        raise pickle.UnpicklingError(f'text to encode: {text!r:.60}, {encoding!r:.60}')
    return text.encode(encoding)


class DataUnpickler(pickle.Unpickler):
    """Reads numbers, texts, containers, tensors and numpy arrays.

    Raises:
        pickle.UnpicklingError: On a file that names anything else; tells the name.
    """

    def find_class(self, module: str, name: str) -> object:
        """What the file may name, instead of an import."""
        allowed, module = _allowed(), module.replace('__builtin__', 'builtins')
        if f'{module}.{name}' not in allowed:
            raise pickle.UnpicklingError(
                f'the file asks for {module}.{name}; allowed are numbers, texts, lists, dicts, '
                f'tensors and numpy arrays, as tools/test.py --out writes them. {numbers.WARNING}'
            )
        return allowed[f'{module}.{name}']


def load_data(file: io.BufferedIOBase) -> object:
    """A pickled object of plain data.

    Raises:
        pickle.UnpicklingError: On a file that names anything but data, or that is damaged.
    """
    try:
        return DataUnpickler(file).load()
    except pickle.UnpicklingError:
        raise
    except Exception as error:  # pickle raises whatever a damaged file leads to
        raise pickle.UnpicklingError(
            f'the file is damaged or no pickle ({type(error).__name__}: {error})'
        ) from None


def _runs_pickles() -> bool:
    from mmengine.fileio.handlers import PickleHandler

    return not hasattr(PickleHandler.load_from_fileobj, 'repaired_by_mmfer')


@repair(
    fault='mmengine.load runs what a crafted results.pkl holds',
    versions=('mmengine<0.11', 'onedl-mmengine<0.11'),
    seen=_runs_pickles,
)
def read_pickles_as_data() -> None:
    """Let ``mmengine.load`` read pickles as data alone: in each tool of ours and of the host."""
    from mmengine.fileio.handlers import PickleHandler

    def load(original, self, file, **kwargs):
        return load_data(file)

    wrap(PickleHandler, 'load_from_fileobj', load)
