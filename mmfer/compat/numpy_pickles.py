"""What numpy may put into a checkpoint: numbers and texts, nothing else.

``torch.load(weights_only=True)`` calls what is allowed with arguments from the file.
``numpy.dtype`` is nothing to allow: its state may say that bytes of the file are pointers to Python
objects, which numpy then follows. So a file's ``numpy.dtype``, ``numpy.ndarray``, ``_reconstruct``
and ``scalar`` are these stand-ins.
"""

import pickle

import numpy as np

KINDS = 'biufcSU'  # their bytes are values, never addresses


def refusal(reason: str) -> pickle.UnpicklingError:
    """The error to raise on a file."""
    return pickle.UnpicklingError(
        f'the checkpoint {reason}. Do not use this file unless you know who made it.'
    )


class Number:
    """Stands for ``numpy.dtype``; of its state only the byte order counts."""

    def __init__(self, code: object, *_: object) -> None:
        dtype = np.dtype(code) if isinstance(code, str) else None
        if dtype is None or dtype.kind not in KINDS or dtype.subdtype:
            raise refusal(f'holds numpy data of type {code!r}; only numbers and texts are allowed')
        self.dtype = dtype

    def __setstate__(self, state: tuple) -> None:
        if state[1] not in ('<', '>', '|', '=') or set(state[2:5]) != {None}:
            raise refusal(f'describes numpy data as {state!r}; numbers have no fields')
        self.dtype = self.dtype.newbyteorder(state[1])

    def __reduce__(self) -> tuple:
        return self.dtype.__reduce__()


class Array(np.ndarray):
    """Stands for ``numpy.ndarray``; made by :func:`reconstruct` alone, and saved again as numpy's
    own."""

    def __new__(cls, *_: object, **__: object) -> 'Array':
        raise refusal('makes a numpy array in a way in which no checkpoint holds one')

    def __setstate__(self, state: tuple) -> None:
        version, shape, dtype, fortran, data = state
        super().__setstate__((version, shape, checked(dtype), fortran, data))

    def __reduce__(self) -> tuple:
        return self.view(np.ndarray).__reduce__()


def checked(dtype: object) -> np.dtype:
    """The type of a :class:`Number`."""
    if type(dtype) is not Number:
        raise refusal(f'names {dtype!r} as the type of numpy data')
    return dtype.dtype


def reconstruct(*_: object) -> Array:
    """Stands for ``numpy._core.multiarray._reconstruct``: an empty array, which its state then
    fills."""
    return np.ndarray.__new__(Array, (0,), 'b')


def no_bytes() -> bytes:
    """Stands for ``bytes``, which an empty array's data are made by."""
    return b''


def scalar(dtype: object, data: object) -> np.generic:
    """Stands for ``numpy._core.multiarray.scalar``."""
    make, _ = np.float64(0).__reduce__()
    return make(checked(dtype), data)
