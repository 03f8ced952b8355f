"""Hooks: they observe; nothing here shapes a gradient."""
from .accuracy_summary_hook import AccuracySummaryHook
from .data_record_hook import DataRecordHook
from .epoch_seed_hook import EpochSeedHook, rng_worker_init
from .progress_hook import ProgressHook

__all__ = [
    'AccuracySummaryHook', 'DataRecordHook', 'EpochSeedHook', 'ProgressHook',
    'rng_worker_init'
]
