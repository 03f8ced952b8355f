"""The config's learning rate after a resume, not the checkpoint's."""

import reprlib

from mmengine.hooks import Hook
from mmengine.optim import OptimWrapper
from mmengine.runner import IterBasedTrainLoop
from mmpretrain.registry import HOOKS

from .replay import (
    Groups,
    differences,
    flat,
    group_settings,
    replay,
    without_functions,
    wrappers_of,
)


@HOOKS.register_module()
class ResumedScheduleHook(Hook):
    """A resumed run's learning rate moves as a new run's with this config.

    MMEngine brings back how each scheduler was set (``end``, ``T_max``, the base learning rate
    ...): a run resumed with more epochs keeps the old curve, or stands still at its end. Where the
    config now says something else than the checkpoint, its schedule is stepped to the same epoch
    and takes over, also when it has more or fewer schedulers. Learning rate, momentum and their
    schedules are all that is compared: other settings of the optimizer (weight decay) stay the
    checkpoint's, as in MMEngine.

    ``ReduceOnPlateau`` follows the metrics of the past: such a schedule stays the checkpoint's,
    with a warning.
    """

    def before_run(self, runner) -> None:
        """Keep how everything is set before a checkpoint is read."""
        self.groups, self.states, self.saved = [], [], None
        if isinstance(runner.optim_wrapper, OptimWrapper):  # in training
            self.groups = [group_settings(one) for one in wrappers_of(runner.optim_wrapper)]
            self.states = [dict(one.state_dict()) for one in flat(runner.param_schedulers)]

    def after_load_checkpoint(self, runner, checkpoint: dict) -> None:
        """Keep how the checkpoint's schedule is set."""
        self.saved = [dict(state) for state in flat(checkpoint.get('param_schedulers'))]

    def before_train(self, runner) -> None:
        """Compare, and replace what differs."""
        if runner.iter == 0 or self.saved is None:
            return
        schedulers = flat(runner.param_schedulers)
        wrappers = wrappers_of(runner.optim_wrapper)
        changes = self._changes(schedulers)
        if not schedulers and not changes:
            changes = ['no schedule'] * any(
                new['lr'] != old['lr']
                for wrapper, groups in zip(wrappers, self.groups)
                for new, old in zip(groups, wrapper.param_groups)
            )
        if not changes:
            return
        if any(getattr(one, 'need_val_args', False) for one in schedulers):
            runner.logger.warning(
                f'the config has another schedule than the checkpoint ({"; ".join(changes)}), but '
                "ReduceOnPlateau follows the metrics of the past: the checkpoint's goes on."
            )
            return
        before = wrappers[0].param_groups[0]['lr']
        self._replace(runner, schedulers, wrappers)
        runner.logger.warning(
            'the config has another schedule than the checkpoint; from here '
            f"on the config's holds: {'; '.join(changes)}; "
            f'lr {before:g} -> {wrappers[0].param_groups[0]["lr"]:g}'
        )

    def before_save_checkpoint(self, runner, checkpoint: dict) -> None:
        """Leave functions out, which ``torch.load(weights_only=True)`` refuses to read back."""
        for state in flat(checkpoint.get('param_schedulers')):
            for name in state.keys() - without_functions(state).keys():
                del state[name]

    def _changes(self, schedulers: list) -> list[str]:
        """What differs, in words."""
        if len(self.saved) != len(schedulers):
            names = ', '.join(type(one).__name__ for one in schedulers)
            return [f'{len(self.saved)} schedulers -> {len(schedulers)} ({names or "none"})']
        lines = []
        for scheduler, fresh, saved in zip(schedulers, self.states, self.saved):
            found = [
                f'{name} {reprlib.repr(old)} -> {reprlib.repr(new)}'
                for name, (old, new) in differences(fresh, saved).items()
            ]
            if found:
                lines.append(f'{type(scheduler).__name__}: {", ".join(found)}')
        return lines

    def _replace(self, runner, schedulers: list, wrappers: list) -> None:
        """Bring the config's schedule to where the run is."""
        stand_ins = {id(wrapper): Groups(groups) for wrapper, groups in zip(wrappers, self.groups)}
        if isinstance(runner.train_loop, IterBasedTrainLoop):
            epochs, length, extra = 0, 0, runner.iter
        else:
            epochs, length = runner.epoch, len(runner.train_dataloader)
            extra = runner.iter - epochs * length
            if not 0 <= extra < length:
                extra = 0  # another batch size: the epoch counts
        optimizers = [stand_ins[id(one.optimizer)] for one in schedulers]
        states = replay(schedulers, self.states, optimizers, epochs, length, extra)
        for scheduler, state in zip(schedulers, states):
            optimizer = scheduler.optimizer
            # what another kind of scheduler left goes as well
            vars(scheduler).clear()
            scheduler.load_state_dict(state)
            scheduler.optimizer = optimizer
        for wrapper in wrappers:
            for group, new in zip(wrapper.param_groups, stand_ins[id(wrapper)].param_groups):
                scheduled = {'lr'} | {one.param_name for one in schedulers}
                if any(getattr(one, 'use_betas', False) for one in schedulers):
                    scheduled.add('betas')
                for name in scheduled | {f'initial_{name}' for name in scheduled}:
                    if name in new:
                        group[name] = new[name]
