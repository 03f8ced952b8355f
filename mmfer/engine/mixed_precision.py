"""Mixed precision on a GPU, and on a CPU."""

from contextlib import contextmanager

import torch
from mmengine.config import Config
from mmengine.device import get_device
from mmengine.optim import OptimWrapper
from mmpretrain.registry import OPTIM_WRAPPERS
from torch import nn

AMP_DTYPES = {'fp16': 'float16', 'bf16': 'bfloat16'}


@OPTIM_WRAPPERS.register_module()
class CPUAmpOptimWrapper(OptimWrapper):
    """Autocast to bfloat16 on a CPU, for which MMEngine's ``AmpOptimWrapper`` asserts a GPU.
    bfloat16 has the range of float32, so no loss scaling is needed."""

    @contextmanager
    def optim_context(self, model: nn.Module):
        """The forward pass runs in here."""
        with super().optim_context(model), torch.autocast('cpu', dtype=torch.bfloat16):
            yield


def set_mixed_precision(cfg: Config, amp: bool, dtype: str | None = None) -> str | None:
    """Choose, in place, the optimizer wrapper for mixed precision that the device has; a line for
    the log, None in full precision. A config that names ``AmpOptimWrapper`` by itself is adapted to
    a CPU too.

    Args:
        amp: Whether ``--amp`` was given.
        dtype: Of ``--amp-dtype``, which implies ``--amp``: 'fp16' or 'bf16'. None leaves the
            config's, else float16 on a GPU. A CPU has bfloat16 alone.
    """
    wrapper = cfg.optim_wrapper
    if not (amp or dtype) and wrapper.get('type') != 'AmpOptimWrapper':
        return None
    if get_device() == 'cpu':
        wrapper.type = 'CPUAmpOptimWrapper'
        for key in ('loss_scale', 'dtype', 'use_fsdp'):
            wrapper.pop(key, None)
        return 'mixed precision: no GPU here, so bfloat16 (CPUAmpOptimWrapper)'
    wrapper.type = 'AmpOptimWrapper'
    if dtype is not None:
        wrapper.dtype = AMP_DTYPES[dtype]
    if wrapper.setdefault('dtype', 'float16') == 'bfloat16':
        wrapper.loss_scale = dict(enabled=False)
    elif wrapper.get('loss_scale') in (None, dict(enabled=False)):
        wrapper.loss_scale = 'dynamic'
    return f'mixed precision: {wrapper.dtype} (AmpOptimWrapper)'
