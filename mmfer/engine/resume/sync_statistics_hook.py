"""Batch-norm statistics of several processes."""

from mmengine.dist import all_reduce_params
from mmengine.hooks import SyncBuffersHook
from mmpretrain.registry import HOOKS


@HOOKS.register_module()
class SyncStatisticsHook(SyncBuffersHook):
    """Each epoch, the mean of the processes' batch-norm statistics.

    Each process has statistics of its own, and the first's are saved; with this hook their mean is
    validated and saved instead. MMEngine's hook takes the mean of every buffer: of a table that is
    the same on all processes (:class:`~mmfer.models.LabelMemory`) it would change the last digits.
    """

    def after_train_epoch(self, runner) -> None:
        """Running means and variances, nothing else."""
        if self.distributed:
            statistics = [
                buffer
                for name, buffer in runner.model.named_buffers()
                if name.endswith(('.running_mean', '.running_var'))
            ]
            if statistics:
                all_reduce_params(statistics, op='mean')
