"""Stop at a loss, or at weights, that are no numbers."""

import math
import os
import textwrap

import torch
from mmengine.dist import all_gather_object, all_reduce, get_rank, get_world_size
from mmengine.hooks import Hook
from mmpretrain.registry import HOOKS
from torch import Tensor, nn

ADVICE = (
    'Nothing of it was saved: the work dir holds the checkpoints of before. Look at these images; '
    'else lower optim_wrapper.optimizer.lr, clip with optim_wrapper.clip_grad=dict(max_norm=5.), '
    'or train without --amp. --resume goes on from the newest checkpoint.'
)


def list_samples(data_samples: list | None) -> str:
    """``sample_idx`` and image of each sample of a batch, wrapped; the folder once."""
    samples = [one for one in data_samples or [] if hasattr(one, 'get')]
    known = [(one.get('sample_idx'), str(one.get('img_path'))) for one in samples]
    if not known:
        return 'the batch does not tell its samples'
    folders = {os.path.dirname(path) for _, path in known}
    folder = folders.pop() if len(folders) == 1 else ''
    names = [f'{index} {os.path.basename(path) if folder else path}' for index, path in known]
    # an index and its image stay on one line
    line = ', '.join(name.replace(' ', '\xa0') for name in names)
    lines = textwrap.wrap(line, 94, break_long_words=False, break_on_hyphens=False)
    text = textwrap.indent('\n'.join(lines), '  ').replace('\xa0', ' ')
    where = f' in {folder}' if folder else ''
    return f'{len(known)} samples (sample_idx and image{where}):\n{text}'


def running_statistics(model: nn.Module) -> dict[str, Tensor]:
    """The running means and variances of batch norm, by name."""
    ends = ('running_mean', 'running_var')
    return {name: buffer for name, buffer in model.named_buffers() if name.endswith(ends)}


def invalid_weights(model: nn.Module) -> list[str]:
    """Names of parameters and running statistics that hold NaN or Inf."""
    tensors = dict(model.named_parameters(), **running_statistics(model))
    return [name for name, tensor in tensors.items() if not torch.isfinite(tensor).all()]


@HOOKS.register_module()
class InvalidLossHook(Hook):
    """Ends the run at a NaN or Inf in a loss, before anything is saved.

    Each term of the loss is looked at after each iteration, the weights at the end of each epoch
    and before each checkpoint: a finite loss may be the last one before the weights are not. The
    error tells the terms, the step, the learning rate and the samples of the batch.

    Only the loss counts: gradients that overflow are what the loss scaling of mixed precision
    expects, and skips.

    Several processes agree after each iteration, one number each, so that all stop at the same
    step. A GPU does not wait longer for reading the terms: MMEngine's message hub has brought each
    to the host by then.
    """

    # after RuntimeInfoHook; before all that observe, save or move on
    priority = 'HIGH'
    samples: list | None = None  # of the newest batch

    def after_train_iter(
        self, runner, batch_idx: int, data_batch=None, outputs: dict | None = None
    ) -> None:
        """Look at the terms."""
        self.samples = data_batch.get('data_samples') if isinstance(data_batch, dict) else None
        losses = {k: torch.as_tensor(v).item() for k, v in (outputs or {}).items() if 'loss' in k}
        bad = [f'{name} = {value}' for name, value in losses.items() if not math.isfinite(value)]
        self._stop(runner, ', '.join(bad), runner.iter + 1)

    def after_train_epoch(self, runner) -> None:
        """Look at the weights."""
        self._stop(runner, self._about_weights(runner), runner.iter)

    def before_save_checkpoint(self, runner, checkpoint: dict) -> None:
        """Look again: checkpoints may come within an epoch. Only the first process is here, so it
        does not ask the others."""
        if text := self._about_weights(runner):
            self._raise(runner, self._describe(runner, text, runner.iter))

    @staticmethod
    def _about_weights(runner) -> str:
        if not (names := invalid_weights(runner.model)):
            return ''
        more = f' and {len(names) - 3} more' if len(names) > 3 else ''
        return f'NaN or Inf in the weights {", ".join(names[:3])}{more}'

    def _stop(self, runner, text: str, step: int) -> None:
        """Raise on all processes where one has something to tell."""
        flag = torch.tensor([float(bool(text))])
        all_reduce(flag, 'max')  # nothing where one process is alone
        if not flag.item():
            return
        own = self._describe(runner, text, step) if text else ''
        if own and get_world_size() > 1:
            own = f'process {get_rank()}: {own}'
        self._raise(runner, '\n'.join(filter(None, all_gather_object(own))))

    def _describe(self, runner, text: str, step: int) -> str:
        lr = next(iter(runner.optim_wrapper.get_lr().values()))[0]
        return (
            f'{text} in epoch {runner.epoch + 1}, iteration {step} of the run, lr {lr:g}; '
            f'{list_samples(self.samples)}'
        )

    @staticmethod
    def _raise(runner, text: str) -> None:
        message = f'{text}\n{ADVICE}'
        runner.logger.error(message)
        raise FloatingPointError(message)
