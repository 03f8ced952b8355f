"""A run that is asked to end leaves a checkpoint."""

import signal
import time
from pathlib import Path

import torch
from mmengine.dist import all_reduce, barrier, get_world_size, is_main_process
from mmengine.hooks import CheckpointHook, Hook
from mmengine.runner import IterBasedTrainLoop
from mmpretrain.registry import HOOKS

from ...utils.files import write_whole
from ..workers import guard_workers
from .inside_epoch import state_inside_epoch
from .replay import wrappers_of
from .signals import Listener, StoppedBySignal

SECONDS_BETWEEN_QUESTIONS = 1.0


@HOOKS.register_module()
class StopHook(Hook):
    """SIGTERM (Slurm's pre-emption and time limit, ``kill``) or SIGINT (Ctrl-C) ends the training
    after the step with a whole checkpoint; a second signal ends it at once.

    The checkpoint is ``iter_<n>.pth``, or ``epoch_<n>.pth`` at the end of an epoch that is not
    saved anyway. ``meta['stopped']`` marks it, and ``inside_epoch`` holds what ``ResumeHook`` needs
    to train the rest of the epoch to the bit. It goes when a resumed run has saved a later one.
    During a validation after an epoch that is saved the run ends without another checkpoint;
    resumed, it validates. Gradients that are gathered over several steps are finished first.

    Several processes have to stop at one step, though a signal comes to some of them, and to each
    at its own time. About once a second they ask each other, one all-reduce of two numbers, at a
    step that the last answer has set for all of them: who has heard a signal, and how long a step
    takes. So no step waits for the device, or for another process, but one a second.

    The hook also makes the workers of the run's data loaders end with it, and only with it, see
    :mod:`mmfer.engine.workers`. Ends by :class:`~mmfer.engine.resume.signals.StoppedBySignal`.
    """

    # after all that a step does, the checkpoint of its epoch included
    priority = 'LOWEST'

    def __init__(self) -> None:
        self.listener: Listener | None = None
        self.agreed = 0
        self.own: Path | None = None
        self.state: dict | None = None

    def before_run(self, runner) -> None:
        """Guard the workers; forget an earlier run."""
        for name in ('_train_loop', '_val_loop', '_test_loop'):
            guard_workers(getattr(getattr(runner, name, None), 'dataloader', None))
        self.own, self.state, self.agreed = None, None, 0

    def after_load_checkpoint(self, runner, checkpoint: dict) -> None:
        """Note whether it is one of this hook's."""
        if 'stopped' in checkpoint.get('meta', {}):
            self.own = Path(str(runner._load_from)).absolute()

    def before_train(self, runner) -> None:
        """Listen."""
        self.hook = next((h for h in runner.hooks if isinstance(h, CheckpointHook)), None)
        self.folder = str(getattr(self.hook, 'out_dir', None) or runner.work_dir)
        if self.own is not None and (runner.iter == 0 or self.own.parent != Path(self.folder)):
            self.own = None  # of another run
        self.saved = False  # the epoch that is validated
        self.wait, self.ask_at, self.asked = 1, runner.iter, (runner.iter, time.monotonic())
        self.listener = Listener(runner.train_loop)
        self.listener.start()

    def after_train_iter(self, runner, batch_idx: int, data_batch=None, outputs=None) -> None:
        """Stop inside an epoch; at its last step the epoch's end does."""
        self.saved = False
        by_iter = isinstance(runner.train_loop, IterBasedTrainLoop)
        last = runner.max_iters if by_iter else len(runner.train_dataloader)
        step = runner.iter + 1
        if batch_idx + 1 == last or not self._agree(step):
            return
        if not all(one.should_update() for one in wrappers_of(runner.optim_wrapper)):
            return
        here = dict(epoch=runner.epoch, iter=step)
        self._stop(runner, f'iter_{step}.pth', here, None if by_iter else batch_idx + 1)

    def after_train_epoch(self, runner) -> None:
        """Stop after an epoch."""
        by_iter = isinstance(runner.train_loop, IterBasedTrainLoop)
        name = f'iter_{runner.iter}.pth' if by_iter else f'epoch_{runner.epoch + 1}.pth'
        self.saved = self._is_saved(name)
        if self.saved:
            self._remove_own(runner, name)
        if self._agree(None):
            self._stop(runner, name, dict(epoch=runner.epoch + (not by_iter), iter=runner.iter))

    def after_val_iter(self, runner, batch_idx: int, data_batch=None, outputs=None) -> None:
        """Stop while validating an epoch that is saved. Without asking the others: the processes
        need not have as many batches here."""
        if self.listener is not None and self.saved and self.listener.signum:
            self._end(runner, self.listener.signum, 'the epoch is saved; resumed, it is validated')

    def before_save_checkpoint(self, runner, checkpoint: dict) -> None:
        """Mark what this hook saves."""
        if self.state is not None:
            checkpoint['inside_epoch'] = self.state

    def after_train(self, runner) -> None:
        """A signal in the last validation comes too late to stop anything."""
        signum = self.listener.signum
        self.listener.stop()
        self.listener = None
        if signum and get_world_size() == 1:
            self._end(runner, signum, 'all epochs are trained')

    def _agree(self, step: int | None) -> int:
        """The signal that one of the processes has heard, 0 for none, and the same for all of them;
        None asks whatever the step."""
        own = self.listener.signum
        if get_world_size() == 1 or self.agreed:
            self.agreed = self.agreed or own
        elif step is None or step >= self.ask_at:
            (since, then), now = self.asked, time.monotonic()
            told = torch.tensor([own, (now - then) / max((step or since) - since, 1)])
            all_reduce(told, 'max')
            signum, seconds = told.tolist()
            self.agreed = int(signum)
            if step is not None:
                fit = int(SECONDS_BETWEEN_QUESTIONS / max(seconds, 1e-6))
                self.wait = max(1, min(fit, 2 * self.wait))  # one quick step tells little
                self.ask_at = step + self.wait
                self.asked = (step, now)
        return self.agreed

    def _is_saved(self, name: str) -> bool:
        """Whether the checkpoint hook has just saved this."""
        last = getattr(self.hook, 'last_ckpt', None)
        if last is None:
            return False
        template, step = self.hook.filename_tmpl, int(name.split('_')[1].removesuffix('.pth'))
        by_epoch = name.startswith('epoch')
        return self.hook.by_epoch == by_epoch and Path(last).name == template.format(step)

    def _stop(self, runner, name: str, here: dict, steps: int | None = None) -> None:
        """Save, unless it is saved, and end; all processes together. ``here``: epoch and iteration
        that the checkpoint is of; ``steps``: those of an epoch of which more are left."""
        signum = self.agreed
        if steps is None and self._is_saved(name):
            self._end(runner, signum, f'{name} is saved')
        where = ''
        if steps is not None:
            self.state = state_inside_epoch(runner, steps)
            where = f', after {steps} of {self.state["of"]} steps of epoch {runner.epoch + 1}'
        stopped = dict(by=signal.Signals(signum).name, inside_epoch=steps is not None)
        stored = {
            key: getattr(self.hook, key, None) for key in ('file_client_args', 'backend_args')
        }
        more = getattr(self.hook, 'args', {})
        meta = dict(here, stopped=stopped)
        runner.save_checkpoint(self.folder, name, meta=meta, **{**more, **stored})
        path = f'{self.folder}/{name}'
        if is_main_process():
            write_whole(Path(runner.work_dir) / 'last_checkpoint', path)
        self._remove_own(runner, name)
        barrier()
        self._end(runner, signum, f'{path} is saved{where}')

    def _remove_own(self, runner, name: str) -> None:
        """Remove the checkpoint that the run was resumed from, now that there is a later one."""
        if self.own is not None and self.own.name != name and is_main_process():
            self.own.unlink(missing_ok=True)
            runner.logger.info(f'{self.own.name}, left where the run was stopped, is removed')
        self.own = None

    def _end(self, runner, signum: int, text: str) -> None:
        if self.listener is not None:
            self.listener.stop()
        name = signal.Signals(signum).name
        runner.logger.warning(f'stopped by {name}: {text}. --resume goes on from here')
        raise StoppedBySignal(signum)
