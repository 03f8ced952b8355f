"""A progress bar in the terminal."""

import atexit
import logging
import sys
import time

from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmengine.runner import IterBasedTrainLoop
from mmpretrain.registry import HOOKS
from rich.console import Console
from rich.file_proxy import FileProxy
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

SECONDS_BETWEEN_DRAWS = 0.2  # drawing takes milliseconds, as a step may


@HOOKS.register_module()
class ProgressHook(Hook):
    """Show epoch, iteration, loss and remaining time of the running pass.

    Only rank 0 draws, only where stderr is a terminal: log files and batch jobs see nothing of it.
    The bar disappears when its pass ends. Log lines that go to a terminal meanwhile are printed
    above the bar.
    """

    # after RuntimeInfoHook, which brings the loss
    priority = 'LOW'

    def __init__(self) -> None:
        self._progress: Progress | None = None
        self._tasks: dict[str, int] = {}
        self._redirected: list[tuple[logging.StreamHandler, object]] = []
        self._drawn = 0.0

    def _before_epoch(self, runner, mode: str = 'train') -> None:
        """Start the bar: of a pass, or of all training where iterations rule."""
        title, total = mode, len(getattr(runner, f'{mode}_dataloader'))
        if mode == 'train' and isinstance(runner.train_loop, IterBasedTrainLoop):
            total = runner.max_iters
        elif mode == 'train':
            title = f'epoch {runner.epoch + 1}/{runner.max_epochs}'
        if is_main_process() and sys.stderr.isatty():
            self._open(runner)
            self._tasks[mode] = self._progress.add_task(title, total=total, loss='')

    def _after_iter(
        self, runner, batch_idx: int, data_batch=None, outputs=None, mode: str = 'train'
    ) -> None:
        """One step on; in training with the newest loss."""
        if self._progress is None or mode not in self._tasks:
            return
        loss = ''
        # the hub's number is on the host already; the output's tensor would make the GPU wait
        losses = runner.message_hub.log_scalars.get('train/loss')
        if mode == 'train' and losses is not None:
            loss = f'loss {losses.current():.4f}'
        self._progress.update(self._tasks[mode], advance=1, loss=loss)
        now = time.monotonic()
        if self._progress.finished or now - self._drawn > SECONDS_BETWEEN_DRAWS:
            self._drawn = now
            self._progress.refresh()

    def _after_epoch(self, runner, mode: str = 'train') -> None:
        """Take the bar away."""
        if mode in self._tasks:
            self._progress.remove_task(self._tasks.pop(mode))
            if not self._tasks:
                self._close()

    def _open(self, runner) -> None:
        if self._progress is not None:
            return
        console = Console(stderr=True)
        columns = (
            *(TextColumn('{task.description}'), BarColumn(), MofNCompleteColumn()),
            *(TextColumn('{task.fields[loss]}'), TextColumn('eta'), TimeRemainingColumn()),
        )
        # Without a refresh thread: data loader workers are forked, and a fork copies a lock that
        # such a thread may hold.
        settings = dict(console=console, auto_refresh=False, transient=True)
        self._progress = Progress(*columns, **settings)
        for handler in runner.logger.handlers:
            stream = getattr(handler, 'stream', None)
            if stream is not None and stream.isatty():
                handler.setStream(FileProxy(console, stream))
                self._redirected.append((handler, stream))
        self._progress.start()
        atexit.register(self._close)  # a crash must not hide the cursor

    def _close(self) -> None:
        """Stop drawing and give the log its streams back."""
        if self._progress is not None:
            self._progress.stop()
            self._progress = None
        self._tasks.clear()
        for handler, stream in self._redirected:
            handler.setStream(stream)
        self._redirected.clear()
        atexit.unregister(self._close)
