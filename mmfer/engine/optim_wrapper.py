"""Mixed precision on a CPU."""

from contextlib import contextmanager

import torch
from mmengine.optim import OptimWrapper
from mmpretrain.registry import OPTIM_WRAPPERS
from torch import nn


@OPTIM_WRAPPERS.register_module()
class CPUAmpOptimWrapper(OptimWrapper):
    """Autocast to bfloat16 on a CPU.

    MMEngine's ``AmpOptimWrapper`` asserts a GPU. bfloat16 has the range of float32, so no loss
    scaling is needed. ``tools/train.py --amp`` chooses this wrapper where there is no GPU.
    """

    @contextmanager
    def optim_context(self, model: nn.Module):
        """The forward pass runs in here."""
        with super().optim_context(model), torch.autocast('cpu', dtype=torch.bfloat16):
            yield
