"""What runs around the model: hooks, CPU mixed precision, entry points."""

from .hooks import (
    AccuracySummaryHook,
    DataRecordHook,
    DisambiguationHook,
    EpochSeedHook,
    InvalidLossHook,
    MethodHook,
    ProgressHook,
    ResumedScheduleHook,
    ResumeHook,
    SyncStatisticsHook,
    WholeCheckpointHook,
    find_memories,
    rng_worker_init,
)
from .optim_wrapper import CPUAmpOptimWrapper
from .whole_files import WholeFileBackend
