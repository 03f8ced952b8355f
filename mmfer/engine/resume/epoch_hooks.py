"""Random numbers of epochs, steps and samples, and one state of all processes."""

import random

import numpy as np
import torch
from mmengine.dataset import InfiniteSampler
from mmengine.dist import all_reduce_params
from mmengine.hooks import Hook, SyncBuffersHook
from mmengine.registry import FUNCTIONS
from mmengine.runner import IterBasedTrainLoop
from mmpretrain.registry import HOOKS

from ..hooks.invalid_loss_hook import running_statistics
from ..workers import stay_with_parent
from .sample_draws import NumberedSampler, draw_by_sample, seed_generators


@HOOKS.register_module()
class EpochSeedHook(Hook):
    """Random numbers by what they are for, so that a run is the same however it is executed:
    resumed or straight, with any number of workers, in one or several processes.

    - What the training pipeline draws (augmentation, a random other image): by (run seed, epoch,
      place in the epoch, image), see :mod:`mmfer.engine.resume.sample_draws`. Each sample tells the
      number of its draw (``draw``), from which models draw what is the sample's own: CLEX's
      subsets, masks.
    - What else a step draws (dropout, mixing of a batch): by (run seed, iteration, rank), so that
      it differs from process to process.
    - What is drawn before an epoch: by (run seed, epoch, rank).

    Saving and restoring random states does not achieve this: validation draws from the same streams
    after the checkpoint is written.

    A run without a seed of its own (``randomness.seed=None``) goes on with the checkpoint's on
    resume, and so does its sampler, which MMEngine builds before it reads the checkpoint.
    """

    # before those that draw
    priority = 'HIGHEST'
    sampler: NumberedSampler | None = None

    def before_train(self, runner) -> None:
        """Hand the checkpoint's seed to the sampler, and number what it deals out."""
        loop, loader = runner.train_loop, runner.train_dataloader
        self._resume_seed(runner, loader)
        self.sampler = draw_by_sample(loader, runner.seed)
        if self.sampler is None:
            runner.logger.warning(
                'the training loader deals out no indices of images (an iterable data set, a list, '
                'or a batch_sampler without a sampler), so what the pipeline draws depends on '
                'num_workers'
            )
        elif isinstance(loop, IterBasedTrainLoop):  # it has begun to load
            if isinstance(loader.sampler, InfiniteSampler):
                # which does not begin again by itself
                loader.sampler.indices = loader.sampler._indices_of_rank()
            loader._iterator = None  # of workers that would stay
            loop.dataloader_iterator = type(loop.dataloader_iterator)(loader)

    def before_train_epoch(self, runner) -> None:
        """Seed all three generators, and tell the epoch."""
        torch.manual_seed(seed_generators('epoch', runner.seed, runner.epoch, runner.rank))
        if self.sampler is not None:
            self.sampler.start_epoch(runner.epoch)

    def before_train_iter(self, runner, batch_idx: int, data_batch=None) -> None:
        """Seed all three generators."""
        torch.manual_seed(seed_generators('step', runner.seed, runner.iter, runner.rank))

    @staticmethod
    def _resume_seed(runner, loader) -> None:
        if runner.iter == 0 or (runner.cfg.get('randomness') or {}).get('diff_rank_seed'):
            return
        settings = runner.cfg.get('train_dataloader')
        own = settings is not None and 'seed' in (settings.get('sampler') or {})
        if hasattr(loader.sampler, 'seed') and not own:
            loader.sampler.seed = runner.seed


@FUNCTIONS.register_module()
def rng_worker_init(worker_id: int) -> None:
    """Seed numpy and random of a data loader's worker from torch's seed, which is new for each
    epoch and worker.

    For loaders whose samples have no seeds of their own (:class:`EpochSeedHook` warns of them).
    MMEngine's own worker function seeds every worker with the run's seed at its start: without
    persistent workers each epoch then repeats the same augmentations.

    The worker also ends with the training, see :func:`~mmfer.engine.workers.stay_with_parent`.
    """
    stay_with_parent()
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
