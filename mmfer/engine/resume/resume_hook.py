"""What a resumed run makes up for, and says, before its first step."""

from mmengine.hooks import Hook
from mmengine.runner import IterBasedTrainLoop
from mmpretrain.registry import HOOKS

from .inside_epoch import go_on, why_not


@HOOKS.register_module()
class ResumeHook(Hook):
    """A resumed run is the run that was not interrupted, or says why not.

    MMEngine saves an epoch's checkpoint before it validates the epoch, and again after only where
    it was the best so far. A run killed in between never hears of that epoch's accuracy, and may
    keep a wrong best checkpoint. So ``meta['validated_iter']`` of a checkpoint tells the iteration
    of the last validation before it was written, and where the one of its own epoch is missing, the
    epoch is validated on resume. That is one validation a resume, and the same numbers once more
    where they are known.

    A checkpoint that ``StopHook`` saved inside an epoch goes on with the rest of the epoch, where
    batches, sampler and processes are the same; else, and with any other from inside an epoch, the
    epoch starts anew with a warning.

    It warns where a resumed run cannot be the same: see :meth:`_warnings`. A run that has all its
    epochs says so.
    """

    # before_train: when all others are ready to validate
    priority = 'LOWEST'

    def before_run(self, runner) -> None:
        """Forget an earlier run."""
        self.meta: dict = {}
        self.inside: dict | None = None
        self.has_optimizer = True
        self.validated_iter = 0

    def after_load_checkpoint(self, runner, checkpoint: dict) -> None:
        """Keep what the checkpoint tells about itself."""
        optimizer = checkpoint.get('optimizer') or {}
        if optimizer.get('loss_scaler') == {}:
            # of a run in bfloat16; a scaler that now works takes no empty state
            del optimizer['loss_scaler']
        self.meta = checkpoint.get('meta', {})
        self.inside = checkpoint.get('inside_epoch')
        self.has_optimizer = 'optimizer' in checkpoint

    def before_train(self, runner) -> None:
        """Warn, validate, tell whether anything is left."""
        if runner.iter == 0:
            return
        self.changed = why_not(runner, self.inside) if self.inside else None
        if self.inside and not self.changed:
            go_on(runner, self.inside)
            runner.logger.info(
                f'the checkpoint was saved inside epoch {runner.epoch + 1}, after '
                f'{self.inside["steps"]} of its {self.inside["of"]} steps; the epoch goes on from '
                'there: the batches up to there are read again and passed over'
            )
        for line in self._warnings(runner):
            runner.logger.warning(f'the resumed run will differ from one not interrupted: {line}')
        self.validated_iter = self.meta.get('validated_iter', 0)
        if self._is_due(runner) and self.validated_iter != runner.iter:
            why = 'the checkpoint was saved before its epoch was validated; that is done now'
            runner.logger.info(why)
            runner.val_loop.run()
        done, wanted, unit, key = runner.epoch, runner.max_epochs, 'epochs', 'max_epochs'
        if isinstance(runner.train_loop, IterBasedTrainLoop):
            done, wanted, unit, key = runner.iter, runner.max_iters, 'iterations', 'max_iters'
        if done >= wanted:
            has = f'the checkpoint has {done} of {wanted} {unit}'
            runner.logger.info(f'trained already: {has}. To go on, raise train_cfg.{key}.')

    def before_val_epoch(self, runner) -> None:
        """Remember; not after the validation, since a new best epoch's checkpoint is saved again
        before it comes to this hook."""
        self.validated_iter = runner.iter

    def before_save_checkpoint(self, runner, checkpoint: dict) -> None:
        """Tell it in the checkpoint."""
        checkpoint['meta']['validated_iter'] = self.validated_iter

    @staticmethod
    def _is_due(runner) -> bool:
        """Whether an uninterrupted run validates at this point."""
        loop = runner.train_loop
        if runner.val_loop is None or not hasattr(loop, 'val_interval'):
            return False
        if isinstance(loop, IterBasedTrainLoop):
            done, wanted = loop.iter, loop.max_iters
        else:
            done, wanted = loop.epoch, loop.max_epochs
            if loop.iter != done * len(loop.dataloader):
                return False  # inside an epoch
        return done >= loop.val_begin and (done % loop.val_interval == 0 or done == wanted)

    def _warnings(self, runner) -> list[str]:
        """Each reason for which the resumed run cannot be exact."""
        lines = []
        loader = runner.train_dataloader
        if not self.has_optimizer:
            lines.append(
                'the checkpoint holds no state of the optimizer (best_*.pth hold none), so its '
                'moments start at zero. --resume alone takes the newest epoch_*.pth'
            )
        by_iteration = isinstance(runner.train_loop, IterBasedTrainLoop)
        if not by_iteration and self.inside and self.changed:
            lines.append(
                f'the checkpoint was saved inside epoch {runner.epoch + 1}, which now starts anew, '
                f'since this has changed: {self.changed}'
            )
        elif not by_iteration and not self.inside and runner.iter != runner.epoch * len(loader):
            lines.append(
                f'the checkpoint was saved after {runner.iter} iterations, but {runner.epoch} '
                f'epochs have {runner.epoch * len(loader)} here. Either it was saved inside an '
                'epoch, which now starts anew, or the batch or the data have changed'
            )
        return lines
