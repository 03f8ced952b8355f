"""Checkpoints: read with ``weights_only=True``, always."""

import pickle

from . import numpy_pickles as stand_ins
from .repair import repair, wrap


def history_statistic(owner: object, name: str):
    """``getattr`` for checkpoints: the statistics of HistoryBuffer only.

    MMEngine's message hub pickles them as ``getattr(HistoryBuffer, 'mean')``. The plain ``getattr``
    would let a crafted file reach any function.
    """
    from mmengine.logging import HistoryBuffer

    if owner is HistoryBuffer and name in ('mean', 'min', 'max', 'current'):
        return getattr(HistoryBuffer, name)
    raise stand_ins.refusal(
        f'asks for {name!r} of {owner!r}; only the statistics mean, min, max and current of '
        'HistoryBuffer are allowed'
    )


def _history_is_refused() -> bool:
    import torch
    from mmengine.logging import HistoryBuffer

    return HistoryBuffer not in torch.serialization.get_safe_globals()


@repair(
    fault='--resume and test.py: torch.load refuses HistoryBuffer',
    versions=('mmengine<0.11 with torch>=2.6', 'onedl-mmengine<0.11 with torch>=2.6'),
    seen=_history_is_refused,
)
def allow_checkpoints() -> None:
    """Let ``torch.load(weights_only=True)`` read MMEngine's checkpoints: the message hub's
    ``HistoryBuffer`` and its numpy arrays.

    Of a buffer its numbers are read; its statistics are MMEngine's own. They are the class's, so a
    file that brought others would change what every buffer of the process says.
    """
    import numpy as np
    import torch
    from mmengine.logging import HistoryBuffer

    def set_state(original, self, state):
        if not isinstance(state, dict):
            raise pickle.UnpicklingError(f'state of a HistoryBuffer: {state!r}')
        arrays = {
            name: np.asarray(state[name]).view(np.ndarray)
            for name in ('_log_history', '_count_history')
        }
        original(self, dict(arrays, max_length=int(state['max_length'])))

    wrap(HistoryBuffer, '__setstate__', set_state)
    allowed = [
        HistoryBuffer,
        (history_statistic, 'builtins.getattr'),
        (stand_ins.Number, 'numpy.dtype'),
        (stand_ins.Array, 'numpy.ndarray'),
        (stand_ins.no_bytes, 'builtins.bytes'),
    ]
    # numpy 2 moved these; a checkpoint may come from either version
    for module in ('numpy.core.multiarray', 'numpy._core.multiarray'):
        allowed += [
            (stand_ins.reconstruct, f'{module}._reconstruct'),
            (stand_ins.scalar, f'{module}.scalar'),
        ]
    torch.serialization.add_safe_globals(allowed)


def _host_falls_back() -> bool:
    from mmengine.runner import checkpoint

    return hasattr(checkpoint, '_safe_torch_load')


@repair(
    fault='a refused checkpoint is loaded again with weights_only=False, '
    'which runs what a crafted one holds',
    versions=('onedl-mmengine<0.11',),
    seen=_host_falls_back,
)
def refuse_unsafe_checkpoints() -> None:
    """Let a refusal stand.

    The fork tries ``weights_only=True`` with the plain ``getattr`` allowed, and on a refusal False.
    Here it is True, with our allow-list alone.
    """
    from mmengine.runner import checkpoint

    def load(original, file, map_location=None, weights_only=None):
        if weights_only is None:
            weights_only = True
        return original(file, map_location, weights_only=weights_only)

    wrap(checkpoint, '_safe_torch_load', load)
