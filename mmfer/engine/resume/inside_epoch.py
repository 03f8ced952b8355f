"""A checkpoint from inside an epoch, and the epoch's rest after it."""

import torch
from mmengine.dist import all_gather_object, get_rank, get_world_size
from mmengine.runner import EpochBasedTrainLoop, Runner

from ..hooks.invalid_loss_hook import running_statistics
from ..hooks.method_hook import unwrap
from .sample_draws import NumberedSampler


def state_inside_epoch(runner: Runner, steps: int) -> dict:
    """What goes on inside an epoch and is in no checkpoint, after ``steps`` of it: where it is, and
    of each of several processes the batch-norm statistics of its own. To be called by all
    processes. Random states are not needed: samples and steps draw by their own numbers."""
    loader = runner.train_dataloader
    own = dict(statistics={})
    if get_world_size() > 1:
        found = running_statistics(unwrap(runner.model))
        own['statistics'] = {name: tensor.cpu() for name, tensor in found.items()}
    return dict(
        steps=steps,
        of=len(loader),
        batch_size=loader.batch_size,
        sampler=type(loader.sampler).__name__,
        processes=all_gather_object(own),
    )


def why_not(runner: Runner, saved: dict) -> str | None:
    """Why the rest of the epoch cannot be trained as it would have been; None where it can."""
    if type(runner.train_loop).run_epoch is not EpochBasedTrainLoop.run_epoch:
        return f'{type(runner.train_loop).__name__} has epochs of its own'
    loader = runner.train_dataloader
    if not isinstance(getattr(loader.batch_sampler, 'sampler', None), NumberedSampler):
        return 'what its samples draw now follows from all that was drawn before'
    now = dict(
        steps_an_epoch=len(loader),
        batch_size=loader.batch_size,
        processes=get_world_size(),
        sampler=type(loader.sampler).__name__,
    )
    then = saved['of'], saved['batch_size'], len(saved['processes'])
    then = (*then, saved.get('sampler', now['sampler']))
    changed = [
        f'{name.replace("_", " ")} {old} -> {new}'
        for (name, new), old in zip(now.items(), then)
        if old != new
    ]
    return ', '.join(changed) or None


def go_on(runner: Runner, saved: dict) -> None:
    """Let the first epoch of the training loop be the rest of the one in which the checkpoint was
    saved.

    The epoch begins as ever, so in its own order; the batches that were trained on are read and
    passed over. What the beginning of an epoch may have changed in the model is as it was saved.
    """
    loop, own = runner.train_loop, saved['processes'][get_rank()]

    def run_rest() -> None:
        del loop.run_epoch  # all further ones are whole
        model = unwrap(runner.model)
        kept = {k: v.clone() for k, v in model.state_dict().items() if isinstance(v, torch.Tensor)}
        runner.call_hook('before_train_epoch')
        with torch.no_grad():
            state = model.state_dict()
            for name, tensor in {**kept, **own['statistics']}.items():
                state[name].copy_(tensor)
        runner.model.train()
        for idx, data_batch in enumerate(loop.dataloader):
            if idx >= saved['steps']:
                loop.run_iter(idx, data_batch)
        runner.call_hook('after_train_epoch')
        loop._epoch += 1

    loop.run_epoch = run_rest
