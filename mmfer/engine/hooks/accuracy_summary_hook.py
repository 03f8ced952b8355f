"""Last, mean of the last five and best accuracy of a run."""

import contextlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path

from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmengine.runner import IterBasedTrainLoop
from mmpretrain.registry import HOOKS

from ...functional.arguments import check_number
from ...utils.files import write_json

FILE_NAME = 'accuracy.json'


def summarise(by_epoch: dict[int, float], window: int = 5) -> dict:
    """Last value, mean of the last ``window`` (all while there are fewer), best value and its
    (first) epoch.

    Examples:
        >>> summarise({1: 50., 2: 70., 3: 60.}, window=2)
        {'last': 60.0, 'last2': 65.0, 'best': 70.0, 'best_epoch': 2}
    """
    epochs = sorted(by_epoch)
    recent = [by_epoch[epoch] for epoch in epochs[-window:]]
    best_epoch = max(epochs, key=lambda epoch: by_epoch[epoch])
    return {
        'last': recent[-1],
        f'last{window}': sum(recent) / len(recent),
        'best': by_epoch[best_epoch],
        'best_epoch': best_epoch,
    }


def epochs_done(runner) -> int:
    """Epochs so far; iterations where these rule."""
    by_iter = isinstance(runner.train_loop, IterBasedTrainLoop)
    return runner.iter if by_iter else runner.epoch


def read_earlier(path: Path, runner, lost: str, check: Callable[[dict], object]) -> dict | None:
    """What a resumed run wrote before; where it is not there, None and a warning. A damaged file is
    kept beside as ``*.damaged``, and the run goes on without it.

    Args:
        lost: what the run lacks then.
        check: raises (KeyError, TypeError, ValueError or AttributeError) on content that the hook
            did not write.
    """
    try:
        content = json.loads(path.read_text(encoding='utf-8'))
        check(content)
        return content
    except FileNotFoundError:
        runner.logger.warning(f'{path} is missing: {lost}')
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        kept = path.with_name(f'{path.name}.damaged')
        if is_main_process():
            with contextlib.suppress(FileNotFoundError):
                path.replace(kept)
        why = f'{type(error).__name__}: {error}'
        runner.logger.warning(
            f'{path} is damaged ({why}) and is kept as {kept.name}: {lost} If you can repair it, '
            'stop, put it back and resume again.'
        )
    return None


def _check_accuracies(content: dict) -> None:
    for entry in content.values():
        for epoch, value in entry['by_epoch'].items():
            if int(epoch) < 0 or isinstance(value, bool) or not isinstance(value, (int, float)):
                raise ValueError(f'epoch {epoch!r} has {value!r}')


@HOOKS.register_module()
class AccuracySummaryHook(Hook):
    """Log ``<metric>_last``, ``_last5`` (the mean of ``window`` validations) and ``_best`` of the
    ``metrics``, by the names that they are logged by; keep them in a file.

    With noisy labels the best epoch, chosen on the test set, flatters a method that overfits late;
    so all three are told, beside the metrics themselves. ``accuracy.json`` in the work dir holds
    each validated epoch's values. After a resume they come from that file, those of epochs later
    than the checkpoint's dropped: a checkpoint is saved before its epoch is validated. Where
    training counts iterations, so does the file; a run without validation has none.

    Raises:
        TypeError: ``metrics`` is one string.
        ValueError: ``window`` is below 1.
    """

    # after RuntimeInfoHook, which brings the metrics, and before LoggerHook
    priority = 'NORMAL'

    def __init__(
        self, metrics: Sequence[str] = ('accuracy/top1', 'accuracy/mean_class'), window: int = 5
    ) -> None:
        if isinstance(metrics, str):
            raise TypeError(
                f'metrics is the string {metrics!r}, but it has to be a list: metrics=[{metrics!r}]'
            )
        window = check_number('window', window, whole=True)
        if window < 1:
            raise ValueError(
                f'window is {window}; allowed: whole numbers from 1, the validations to average; 5 '
                'as in the papers'
            )
        self.metrics = tuple(metrics)
        self.window = window
        self.values: dict[str, dict[int, float]] = {}
        self._training = False

    def before_train(self, runner) -> None:
        """Take up the values of a resumed run; a new run has none."""
        self._training = True
        self.values = {metric: {} for metric in self.metrics}
        done = epochs_done(runner)
        if done == 0 or runner.val_loop is None:
            return
        lost = (
            f'last, mean and best accuracy count only epochs after {done}. Resume in the old work '
            'dir to keep the earlier ones.'
        )
        path = Path(runner.work_dir) / FILE_NAME
        saved = read_earlier(path, runner, lost, _check_accuracies)
        if saved is not None and (new := [name for name in self.metrics if name not in saved]):
            runner.logger.warning(f'{path} has {sorted(saved)}, but no {new}, of which {lost}')
        saved = saved or {}
        for metric in self.metrics:
            by_epoch = saved.get(metric, {}).get('by_epoch', {})
            self.values[metric] = {
                int(epoch): value for epoch, value in by_epoch.items() if int(epoch) <= done
            }

    def after_train(self, runner) -> None:
        """A later stand-alone validation is no epoch of this run."""
        self._training = False

    def after_val_epoch(self, runner, metrics: dict | None = None) -> None:
        """Add the epoch's values, log the summaries, write the file."""
        if not self._training:
            return
        metrics = metrics or {}
        for metric in self.metrics:
            if metric not in metrics:
                runner.logger.warning(
                    f'AccuracySummaryHook: no metric {metric!r} among {sorted(metrics)}; add it to '
                    "val_evaluator or take it out of the hook's `metrics`."
                )
                continue
            self.values[metric][epochs_done(runner)] = float(metrics[metric])
            summary = summarise(self.values[metric], self.window)
            summary.pop('best_epoch')
            for name, value in summary.items():
                runner.message_hub.update_scalar(f'val/{metric}_{name}', value)
        if is_main_process():
            content = {
                metric: dict(by_epoch=by_epoch, **summarise(by_epoch, self.window))
                for metric, by_epoch in self.values.items()
                if by_epoch
            }
            write_json(Path(runner.work_dir) / FILE_NAME, content)
