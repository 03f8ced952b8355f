"""What runs around the model: hooks, exact resume, CPU mixed precision, entry points."""

from .hooks import (
    AccuracySummaryHook,
    DataFingerprintHook,
    DisambiguationHook,
    InvalidLossHook,
    LockHook,
    MethodHook,
    PictureHook,
    ProgressHook,
    find_memories,
)
from .mixed_precision import CPUAmpOptimWrapper
from .resume import (
    EpochSeedHook,
    ResumedScheduleHook,
    ResumeHook,
    StopHook,
    SyncStatisticsHook,
    WholeCheckpointHook,
    rng_worker_init,
)
from .resume.whole_checkpoint_hook import WholeFileBackend
