"""Exact resume: a run that was cut and goes on equals one that was not."""

from .epoch_seed_hook import EpochSeedHook, rng_worker_init
from .resume_hook import ResumeHook
from .resumed_schedule_hook import ResumedScheduleHook
from .sync_statistics_hook import SyncStatisticsHook
from .whole_checkpoint_hook import WholeCheckpointHook
