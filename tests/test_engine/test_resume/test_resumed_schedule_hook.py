"""The learning rate after a resume with another schedule."""

import re

import pytest
import torch
from mmengine.hooks import Hook

from mmfer.engine import EpochSeedHook, ResumedScheduleHook


class Rates(Hook):
    """Learning rate and betas of each step."""

    def __init__(self):
        self.of_step = {}

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        group = runner.optim_wrapper.param_groups[0]
        self.of_step[runner.iter] = (group['lr'], group['betas'])


@pytest.fixture
def rates(toy):
    """Returns a function: settings -> the rate of each step, and the log."""

    def train(work_dir, **settings):
        hook = Rates()
        runner = toy(work_dir, hooks=[hook, EpochSeedHook(), ResumedScheduleHook()], **settings)
        runner.train()
        return hook.of_step, runner.told.text

    return train


def exponential(epochs):
    return dict(type='ExponentialLR', gamma=0.7)


def cosine(epochs):
    return dict(type='CosineAnnealingLR', T_max=epochs, eta_min=1e-3)


def cosine_each_step(epochs):
    return dict(type='CosineAnnealingLR', T_max=epochs, convert_to_iter_based=True)


def warmup_and_cosine(epochs):
    return [
        dict(type='LinearLR', start_factor=0.1, by_epoch=False, begin=0, end=6),
        dict(type='CosineAnnealingLR', T_max=epochs - 1, begin=1, end=epochs),
    ]


def one_cycle(epochs):
    # MMEngine's checkpoint of it cannot be loaded with weights_only=True
    return dict(type='OneCycleLR', eta_max=0.3, total_steps=4 * epochs, by_epoch=False)


def rate_and_momentum(epochs):
    return [
        dict(type='PolyLR', power=0.9, eta_min=1e-4),
        dict(type='CosineAnnealingMomentum', T_max=epochs, eta_min=0.5),
    ]


SCHEDULES = [exponential, cosine, cosine_each_step, warmup_and_cosine, one_cycle, rate_and_momentum]


@pytest.mark.parametrize('schedule', SCHEDULES)
def test_more_epochs_as_a_new_run(rates, tmp_path, schedule):
    rates(tmp_path / 'short', max_epochs=4, param_scheduler=schedule(4))
    new, _ = rates(tmp_path / 'new', max_epochs=6, param_scheduler=schedule(6))
    resumed, log = rates(
        tmp_path / 'long',
        max_epochs=6,
        param_scheduler=schedule(6),
        resume=tmp_path / 'short/epoch_4.pth',
    )
    assert resumed == {step: rate for step, rate in new.items() if step >= 16}
    assert len(resumed) == 8
    assert len({rate for rate, _ in resumed.values()}) > 1  # it moves
    assert 'WARNING - the config has another schedule' in log
    assert re.search('(end|total_steps) (4 -> 6|16 -> 24)', log)
    # once more, now with the same config: all is as it was
    again, log = rates(
        tmp_path / 'again',
        max_epochs=6,
        param_scheduler=schedule(6),
        resume=tmp_path / 'long/epoch_5.pth',
    )
    assert again == {step: rate for step, rate in new.items() if step >= 20}
    assert 'another schedule' not in log


def test_what_the_host_does(toy, tmp_path):
    """Why the hook is there: at its end the curve stands still."""
    toy(tmp_path / 'short', max_epochs=4, param_scheduler=exponential(4)).train()
    hook = Rates()
    toy(
        tmp_path / 'long',
        max_epochs=6,
        param_scheduler=exponential(6),
        hooks=[hook],
        resume=tmp_path / 'short/epoch_4.pth',
    ).train()
    assert len(set(hook.of_step.values())) == 1


def test_the_same_config_changes_nothing(rates, tmp_path):
    straight, _ = rates(tmp_path / 'straight', max_epochs=4, param_scheduler=warmup_and_cosine(4))
    resumed, log = rates(
        tmp_path / 'resumed',
        max_epochs=4,
        param_scheduler=warmup_and_cosine(4),
        resume=tmp_path / 'straight/epoch_2.pth',
    )
    assert 'another schedule' not in log
    assert resumed == {step: rate for step, rate in straight.items() if step >= 8}
    one, other = (
        torch.load(tmp_path / name / 'epoch_4.pth', weights_only=True)
        for name in ('straight', 'resumed')
    )
    assert one['param_schedulers'] == other['param_schedulers']
    for name, value in one['state_dict'].items():
        assert torch.equal(value, other['state_dict'][name]), name


@pytest.mark.parametrize(
    'before, after, told',
    [
        # other numbers of schedulers, another kind, none before or after
        (exponential, warmup_and_cosine, '1 schedulers -> 2 (LinearLR, CosineAnnealingLR)'),
        (warmup_and_cosine, exponential, '2 schedulers -> 1 (ExponentialLR)'),
        (cosine, exponential, 'eta_min 0.001 -> None, gamma None -> 0.7'),
        (None, exponential, '0 schedulers -> 1'),
        (exponential, None, '1 schedulers -> 0 (none)'),
    ],
)
def test_another_schedule(rates, tmp_path, before, after, told):
    before, after = (one and one(4) for one in (before, after))
    rates(tmp_path / 'before', max_epochs=2, param_scheduler=before)
    new, _ = rates(tmp_path / 'new', max_epochs=4, param_scheduler=after)
    resumed, log = rates(
        tmp_path / 'after',
        max_epochs=4,
        param_scheduler=after,
        resume=tmp_path / 'before/epoch_2.pth',
    )
    assert resumed == {step: rate for step, rate in new.items() if step >= 8}
    assert told in log, log
    if after is not None:
        saved, fresh = (
            torch.load(tmp_path / name / 'epoch_4.pth', weights_only=True)
            for name in ('after', 'new')
        )
        assert saved['param_schedulers'] == fresh['param_schedulers']


@pytest.mark.parametrize('schedule', [exponential(4), None])
def test_another_rate(rates, tmp_path, schedule):
    rates(tmp_path / 'before', max_epochs=4, lr=0.1, param_scheduler=schedule)
    new, _ = rates(tmp_path / 'new', max_epochs=4, lr=0.05, param_scheduler=schedule)
    resumed, log = rates(
        tmp_path / 'after',
        max_epochs=4,
        lr=0.05,
        param_scheduler=schedule,
        resume=tmp_path / 'before/epoch_2.pth',
    )
    assert resumed == {step: rate for step, rate in new.items() if step >= 8}
    assert f'; lr {0.1 * (0.7 * 0.7 if schedule else 1):g} -> ' in log


def test_scaled_rate(rates, tmp_path):
    more = dict(param_scheduler=cosine(4), auto_scale_lr=dict(base_batch_size=4, enable=True))
    rates(tmp_path / 'before', max_epochs=2, **more)
    more['param_scheduler'] = cosine(8)
    new, _ = rates(tmp_path / 'new', max_epochs=4, **more)
    resumed, _ = rates(
        tmp_path / 'after', max_epochs=4, **more, resume=tmp_path / 'before/epoch_2.pth'
    )
    assert resumed == {step: rate for step, rate in new.items() if step >= 8}


def test_another_batch_size(rates, tmp_path):
    """Schedules that count steps go on from the epoch."""
    rates(tmp_path / 'before', max_epochs=2, param_scheduler=cosine_each_step(4))
    new, _ = rates(
        tmp_path / 'new', max_epochs=4, batch_size=4, param_scheduler=cosine_each_step(4)
    )
    resumed, log = rates(
        tmp_path / 'after',
        max_epochs=4,
        batch_size=4,
        param_scheduler=cosine_each_step(4),
        resume=tmp_path / 'before/epoch_2.pth',
    )
    # 2 steps an epoch instead of 4; MMEngine goes on counting from 8
    assert list(resumed.values()) == [rate for step, rate in new.items() if step >= 4]
    assert 'T_max 16 -> 8' in log


def test_checkpoint_without_schedule(rates, tmp_path):
    """best_*.pth: MMEngine would begin the curve again."""
    new, _ = rates(tmp_path / 'new', max_epochs=4, param_scheduler=exponential(4))
    path = tmp_path / 'new/epoch_2.pth'
    best = torch.load(path, weights_only=True)
    del best['param_schedulers'], best['optimizer']
    torch.save(best, tmp_path / 'best.pth')
    resumed, log = rates(
        tmp_path / 'after',
        max_epochs=4,
        param_scheduler=exponential(4),
        resume=tmp_path / 'best.pth',
    )
    assert resumed == {step: rate for step, rate in new.items() if step >= 8}
    assert '0 schedulers -> 1' in log


def test_iterations_instead_of_epochs(rates, tmp_path):
    def settings(steps):
        return dict(
            batch_size=1,  # 8 steps to the end of the data
            train_cfg=dict(by_epoch=False, max_iters=steps, val_interval=4),
            checkpoint=dict(by_epoch=False, interval=4),
            param_scheduler=dict(type='CosineAnnealingLR', T_max=steps, by_epoch=False),
        )

    rates(tmp_path / 'before', **settings(4))
    new, _ = rates(tmp_path / 'new', **settings(8))
    resumed, _ = rates(tmp_path / 'after', resume=tmp_path / 'before/iter_4.pth', **settings(8))
    assert resumed == {step: rate for step, rate in new.items() if step >= 4}


def test_a_schedule_of_metrics_stays(rates, tmp_path):
    def schedule(factor):
        return dict(type='ReduceOnPlateauLR', monitor='rank/value', factor=factor, patience=1)

    values = [3.0, 2.0, 1.0, 0.0]
    rates(tmp_path / 'before', max_epochs=2, param_scheduler=schedule(0.5), values=values)
    resumed, log = rates(
        tmp_path / 'same',
        max_epochs=3,
        param_scheduler=schedule(0.5),
        values=values,
        resume=tmp_path / 'before/epoch_2.pth',
    )
    assert "the checkpoint's goes on" in log  # its end
    _, log = rates(
        tmp_path / 'other',
        max_epochs=2,
        param_scheduler=schedule(0.1),
        values=values,
        resume=tmp_path / 'before/epoch_1.pth',
    )
    assert 'factor 0.5 -> 0.1), but ReduceOnPlateau' in log


def test_fine_tuning_is_no_resume(toy, tmp_path):
    toy(tmp_path / 'before', max_epochs=2, param_scheduler=exponential(2)).train()
    hook = Rates()
    runner = toy(tmp_path / 'after', param_scheduler=cosine(2), hooks=[hook, ResumedScheduleHook()])
    runner._load_from = str(tmp_path / 'before/epoch_2.pth')
    runner.train()
    assert hook.of_step[0][0] == 0.1
