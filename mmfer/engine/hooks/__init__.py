"""Hooks: they observe; nothing here shapes a gradient."""
from .accuracy_summary_hook import AccuracySummaryHook
from .epoch_seed_hook import EpochSeedHook, rng_worker_init
from .progress_hook import ProgressHook

__all__ = [
    'AccuracySummaryHook', 'EpochSeedHook', 'ProgressHook', 'rng_worker_init'
]
