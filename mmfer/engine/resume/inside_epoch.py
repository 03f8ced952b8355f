"""A checkpoint from inside an epoch, and the epoch's rest after it."""

import random

import numpy as np
import torch
from mmengine.dist import all_gather_object, get_rank, get_world_size
from mmengine.runner import EpochBasedTrainLoop, Runner

from ..hooks.invalid_loss_hook import running_statistics
from ..hooks.method_hook import unwrap


def state_inside_epoch(runner: Runner, steps: int) -> dict:
    """What goes on inside an epoch and is in no checkpoint, after ``steps`` of it: where it is, and
    of each process the random states and, of several, the batch-norm statistics of its own. To be
    called by all processes."""
    loader = runner.train_dataloader
    own = dict(random=random_states(), statistics={})
    if get_world_size() > 1:
        found = running_statistics(unwrap(runner.model))
        own['statistics'] = {name: tensor.cpu() for name, tensor in found.items()}
    return dict(
        steps=steps,
        of=len(loader),
        batch_size=loader.batch_size,
        processes=all_gather_object(own),
    )


def why_not(runner: Runner, saved: dict) -> str | None:
    """Why the rest of the epoch cannot be trained as it would have been; None where it can."""
    if type(runner.train_loop).run_epoch is not EpochBasedTrainLoop.run_epoch:
        return f'{type(runner.train_loop).__name__} has epochs of its own'
    loader = runner.train_dataloader
    now = dict(steps_an_epoch=len(loader), batch_size=loader.batch_size, processes=get_world_size())
    then = (saved['of'], saved['batch_size'], len(saved['processes']))
    changed = [
        f'{name.replace("_", " ")} {old} -> {new}'
        for (name, new), old in zip(now.items(), then)
        if old != new
    ]
    return ', '.join(changed) or None


def go_on(runner: Runner, saved: dict) -> None:
    """Let the first epoch of the training loop be the rest of the one in which the checkpoint was
    saved.

    The epoch begins as ever, so from its own seed and order; the batches that were trained on are
    read and passed over, as augmentation draws from what the ones before left; then random states,
    and what the beginning of an epoch may have changed in the model, are as they were saved.
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
            elif idx == saved['steps'] - 1:
                set_random_states(own['random'])
        runner.call_hook('after_train_epoch')
        loop._epoch += 1

    loop.run_epoch = run_rest


def random_states() -> dict:
    """Of torch, numpy and random, in types that ``torch.load(weights_only=True)`` reads."""
    kind, keys, *rest = np.random.get_state()
    states = dict(
        torch=torch.get_rng_state(),
        numpy=[kind, torch.from_numpy(keys.astype(np.int64)), *rest],
        random=random.getstate(),
    )
    if torch.cuda.is_available():
        states['cuda'] = torch.cuda.get_rng_state()
    return states


def set_random_states(states: dict) -> None:
    """Put :func:`random_states` back."""
    torch.set_rng_state(states['torch'].cpu())
    kind, keys, *rest = states['numpy']
    np.random.set_state((kind, keys.cpu().numpy().astype(np.uint32), *rest))
    random.setstate(states['random'])
    if 'cuda' in states and torch.cuda.is_available():
        torch.cuda.set_rng_state(states['cuda'].cpu())
