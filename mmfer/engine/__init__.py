"""What runs around the model: hooks, CPU mixed precision, entry points."""
from .hooks import (AccuracySummaryHook, DataRecordHook, EpochSeedHook,
                    ProgressHook, rng_worker_init)
from .optim_wrapper import CPUAmpOptimWrapper

__all__ = [
    'AccuracySummaryHook', 'CPUAmpOptimWrapper', 'DataRecordHook',
    'EpochSeedHook', 'ProgressHook', 'rng_worker_init'
]
