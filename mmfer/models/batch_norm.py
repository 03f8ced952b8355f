"""Batch norm that takes a last batch of one image."""

import functools

import torch
import torch.nn.functional as F
from mmengine.logging import MMLogger
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm


class _OneValue:
    """Uses the running statistics where a channel has a single value.

    PyTorch's refuses such a batch in training ('Expected more than 1 value per channel'), after an
    epoch's work where it is the last: one image, and a map that has shrunk to 1 x 1. A single value
    has no spread: normalised by itself it would be 0 whatever it is. Such a batch leaves the
    running statistics as they are.
    """

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or x.numel() != x.size(1) or self.running_mean is None:
            return super().forward(x)
        _tell()
        statistics = self.running_mean, self.running_var
        return F.batch_norm(x, *statistics, self.weight, self.bias, training=False, eps=self.eps)


# _BatchNorm stands there by name: MMEngine's initialisers (init_cfg) compare names of direct bases.
class OneValueBatchNorm1d(_OneValue, nn.BatchNorm1d, _BatchNorm):
    """``nn.BatchNorm1d`` for maps of one value a channel, too."""


class OneValueBatchNorm2d(_OneValue, nn.BatchNorm2d, _BatchNorm):
    """``nn.BatchNorm2d`` for maps of one value a channel, too."""


KINDS = {nn.BatchNorm1d: OneValueBatchNorm1d, nn.BatchNorm2d: OneValueBatchNorm2d}


def take_single_values(model: nn.Module) -> None:
    """Let all batch norm of a model take a batch of one value a channel, in place.

    Parameters, buffers, names and hooks stay; so do all other results, and subclasses such as
    ``SyncBatchNorm``, which count over all processes.
    """
    for module in model.modules():
        if type(module) in KINDS:
            module.__class__ = KINDS[type(module)]


# The lookup of the logger, too: dynamo cannot trace it.
@torch.compiler.disable
def _tell() -> None:
    _tell_once(MMLogger.get_current_instance().instance_name)


@functools.cache
def _tell_once(run: str) -> None:
    MMLogger.get_current_instance().warning(
        'a training batch has one value a channel (one image, and a map of 1 x 1): batch norm '
        'takes its running statistics for it. Such a last batch is left out with '
        'train_dataloader.drop_last=True.'
    )
