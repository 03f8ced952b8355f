"""What an epoch starts from: random numbers of its own, and one state of all processes."""

import random

import numpy as np
import torch
from mmengine.dist import all_reduce_params
from mmengine.hooks import Hook, SyncBuffersHook
from mmengine.registry import FUNCTIONS
from mmpretrain.registry import HOOKS

from ..hooks.invalid_loss_hook import running_statistics


@HOOKS.register_module()
class EpochSeedHook(Hook):
    """Seed torch, numpy and random anew before each training epoch from (run seed, epoch, rank), so
    that a resumed run draws the same augmentations, masks and dropout as a straight one.

    Saving and restoring random states does not achieve this: validation draws from the same streams
    after the checkpoint is written. Goes with ``worker_init_fn=dict(type='rng_worker_init')`` and
    ``persistent_workers=False`` in the train dataloader, which ``tools/train.py`` sets: workers
    then start from a seed that the data loader draws after this hook.

    A run without a seed of its own (``randomness.seed=None``) goes on with the checkpoint's on
    resume, and so does its sampler, which MMEngine builds before it reads the checkpoint.
    """

    def before_train(self, runner) -> None:
        """Hand the checkpoint's seed to the sampler."""
        if runner.iter == 0 or (runner.cfg.get('randomness') or {}).get('diff_rank_seed'):
            return
        loader = runner.train_dataloader
        settings = runner.cfg.get('train_dataloader')
        own = settings is not None and 'seed' in (settings.get('sampler') or {})
        if hasattr(loader.sampler, 'seed') and not own:
            loader.sampler.seed = runner.seed

    def before_train_epoch(self, runner) -> None:
        """Seed all three generators."""
        sequence = np.random.SeedSequence([runner.seed, runner.epoch, runner.rank])
        for_torch, for_numpy, for_random = sequence.generate_state(3)
        torch.manual_seed(int(for_torch))
        np.random.seed(int(for_numpy))
        random.seed(int(for_random))


@FUNCTIONS.register_module()
def rng_worker_init(worker_id: int) -> None:
    """Seed numpy and random of a data loader's worker from torch's seed, which is new for each
    epoch and worker.

    MMEngine's own worker function seeds every worker with the run's seed at its start: without
    persistent workers each epoch then repeats the same augmentations.
    """
    seed = torch.initial_seed()
    np.random.seed(seed % 2**32)
    random.seed(seed)


@HOOKS.register_module()
class SyncStatisticsHook(SyncBuffersHook):
    """Each epoch, the mean of the processes' batch-norm statistics.

    Each process has statistics of its own, and the first's are saved; with this hook their mean is
    validated and saved instead. MMEngine's hook takes the mean of every buffer: of a table that is
    the same on all processes (:class:`~mmfer.models.LabelMemory`) it would change the last digits.
    """

    def after_train_epoch(self, runner) -> None:
        """Running means and variances, nothing else."""
        statistics = list(running_statistics(runner.model).values())
        if self.distributed and statistics:
            all_reduce_params(statistics, op='mean')
