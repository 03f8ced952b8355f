"""Hooks: they observe and save; nothing here shapes a gradient."""

from .accuracy_summary_hook import AccuracySummaryHook
from .data_fingerprint_hook import DataFingerprintHook
from .disambiguation_hook import DisambiguationHook
from .invalid_loss_hook import InvalidLossHook
from .lock_hook import LockHook
from .method_hook import MethodHook, find_memories
from .picture_hook import PictureHook
from .progress_hook import ProgressHook
