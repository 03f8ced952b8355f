"""What runs around the model: hooks, CPU mixed precision, entry points."""
from .hooks import (AccuracySummaryHook, EpochSeedHook, ProgressHook,
                    rng_worker_init)
from .optim_wrapper import CPUAmpOptimWrapper

__all__ = [
    'AccuracySummaryHook', 'CPUAmpOptimWrapper', 'EpochSeedHook',
    'ProgressHook', 'rng_worker_init'
]
