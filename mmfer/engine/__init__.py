"""What runs around the model: hooks, CPU mixed precision, entry points."""
from .hooks import (AccuracySummaryHook, DataRecordHook, EpochSeedHook,
                    InvalidLossHook, ProgressHook, ResumedScheduleHook,
                    ResumeHook, WholeCheckpointHook, rng_worker_init)
from .optim_wrapper import CPUAmpOptimWrapper
from .whole_files import WholeFileBackend

__all__ = [
    'AccuracySummaryHook', 'CPUAmpOptimWrapper', 'DataRecordHook',
    'EpochSeedHook', 'InvalidLossHook', 'ProgressHook', 'ResumeHook',
    'ResumedScheduleHook', 'WholeCheckpointHook', 'WholeFileBackend',
    'rng_worker_init'
]
