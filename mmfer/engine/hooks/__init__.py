"""Hooks: they observe, save and resume; nothing here shapes a gradient."""

from .accuracy_summary_hook import AccuracySummaryHook
from .data_record_hook import DataRecordHook
from .disambiguation_hook import DisambiguationHook
from .epoch_seed_hook import EpochSeedHook, rng_worker_init
from .invalid_loss_hook import InvalidLossHook
from .method_hook import MethodHook, find_memories
from .progress_hook import ProgressHook
from .resume_hook import ResumeHook
from .resumed_schedule_hook import ResumedScheduleHook
from .sync_statistics_hook import SyncStatisticsHook
from .whole_checkpoint_hook import WholeCheckpointHook
