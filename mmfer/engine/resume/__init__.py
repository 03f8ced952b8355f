"""Exact resume: a run that was cut and goes on equals one that was not."""

from .epoch_hooks import EpochSeedHook, SyncStatisticsHook, rng_worker_init
from .resume_hook import ResumeHook
from .resumed_schedule_hook import ResumedScheduleHook
from .stop_hook import StopHook
from .whole_checkpoint_hook import WholeCheckpointHook
