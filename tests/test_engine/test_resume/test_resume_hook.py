"""A run cut off anywhere, resumed, against one that was not."""

import json
import sys
from pathlib import Path

import pytest
import torch
from mmengine.hooks import Hook

from mmfer.engine import AccuracySummaryHook, EpochSeedHook, ResumeHook

sys.path.insert(0, str(Path(__file__).parent))
from same_states import assert_equal  # noqa: E402
from whole_runs import VALUES, run, state  # noqa: E402


class Cut(Exception):
    """Stands for a kill: nothing runs after it."""


class CutHook(Hook):
    """Ends the run at a point of a method, in an epoch's n-th call."""

    def __init__(self, point, count, priority):
        self.count, self.priority = count, priority
        setattr(self, point, self.cut)

    def cut(self, *args, **kwargs):
        self.count -= 1
        if self.count == 0:
            raise Cut


@pytest.mark.parametrize(
    'point, count, priority',
    [
        ('before_val_epoch', 2, 'HIGHEST'),  # saved, not yet validated
        ('after_val_epoch', 2, 'LOW'),  # accuracy.json is written, the best one is not
        ('after_val_epoch', 2, 'LOWEST'),  # all of epoch 2 is there
        ('after_val_epoch', 3, 'LOWEST'),  # epoch 3, which is no best one
        ('after_train_iter', 10, 'LOWEST'),  # within epoch 3
        ('after_train_iter', 1, 'LOWEST'),  # before any checkpoint
        ('before_val_epoch', 4, 'HIGHEST'),  # the last epoch's validation is left
    ],
)
def test_cut_and_resumed(toy, tmp_path, point, count, priority):
    run(toy, tmp_path / 'straight')
    with pytest.raises(Cut):
        run(toy, tmp_path / 'cut', CutHook(point, count, priority))
    _, log = run(toy, tmp_path / 'cut')
    assert 'will differ' not in log and 'another schedule' not in log
    assert_equal(state(tmp_path / 'straight'), state(tmp_path / 'cut'))
    assert state(tmp_path / 'cut')['info']['best_score'] == 9.0


def asked(runner):
    return runner.val_evaluator.metrics[0].asked


def test_validates_only_what_was_missed(toy, tmp_path):
    runner, _ = run(toy, tmp_path / 'a', epochs=2)
    assert asked(runner) == [1, 2]
    # epoch 2 was the best one: saved again after its validation
    runner, log = run(toy, tmp_path / 'a', epochs=3)
    assert asked(runner) == [3] and 'that is done now' not in log
    runner, log = run(toy, tmp_path / 'a', epochs=3)
    assert asked(runner) == [3] and 'that is done now' in log
    assert 'trained already: the checkpoint has 3 of 3 epochs' in log
    # without validation, or where it comes in other epochs only
    runner, log = run(
        toy, tmp_path / 'a', epochs=4, train_cfg=dict(by_epoch=True, max_epochs=4, val_interval=4)
    )
    assert asked(runner) == [4]


def test_says_that_nothing_is_left(toy, tmp_path):
    run(toy, tmp_path, epochs=2)
    before = (tmp_path / 'epoch_2.pth').read_bytes()
    for epochs in (2, 1):
        _, log = run(toy, tmp_path, epochs=epochs)
        assert (
            f'trained already: the checkpoint has 2 of {epochs} epochs. To go on, raise '
            'train_cfg.max_epochs.'
        ) in log
    assert (tmp_path / 'epoch_2.pth').read_bytes() == before
    _, log = run(toy, tmp_path, epochs=3)
    assert 'trained already' not in log


class TestWarnings:
    """What cannot be exact is told."""

    def log(self, toy, work_dir, resume=None, **settings):
        runner = toy(work_dir, hooks=[EpochSeedHook(), ResumeHook()], resume=resume, **settings)
        runner.train()
        return [
            line
            for line in runner.told.lines
            if line.startswith('WARNING - the resumed run will differ')
        ]

    def test_none_where_none_is_due(self, toy, tmp_path):
        assert not self.log(toy, tmp_path, max_epochs=1)
        assert not self.log(toy, tmp_path, tmp_path / 'epoch_1.pth')

    def test_inside_an_epoch(self, toy, tmp_path):
        saving = dict(by_epoch=False, interval=6)
        assert not self.log(toy, tmp_path, checkpoint=saving)
        (line,) = self.log(toy, tmp_path, tmp_path / 'iter_6.pth', checkpoint=saving)
        assert 'saved after 6 iterations, but 1 epochs have 4 here' in line

    def test_no_optimizer(self, toy, tmp_path):
        self.log(
            toy, tmp_path, values=VALUES, checkpoint=dict(save_best='rank/value', rule='greater')
        )
        (line,) = self.log(toy, tmp_path, tmp_path / 'best_rank_value_epoch_2.pth')
        assert 'no state of the optimizer' in line

    def test_iterations(self, toy, tmp_path):
        settings = dict(
            train_cfg=dict(by_epoch=False, max_iters=4),
            batch_size=1,
            checkpoint=dict(by_epoch=False, interval=2),
        )
        assert not self.log(toy, tmp_path, **settings)
        assert not self.log(toy, tmp_path, tmp_path / 'iter_2.pth', **settings)


def test_accuracy_by_iterations(toy, tmp_path):
    """Where iterations rule, so they do in accuracy.json."""

    def train(steps, resume=None):
        toy(
            tmp_path,
            train_cfg=dict(by_epoch=False, max_iters=steps, val_interval=2),
            batch_size=2,
            values=VALUES,
            resume=resume,
            hooks=[AccuracySummaryHook(metrics=['rank/value']), ResumeHook()],
            checkpoint=dict(by_epoch=False, interval=2),
        ).train()
        return json.loads((tmp_path / 'accuracy.json').read_text())['rank/value']['by_epoch']

    assert list(train(2)) == ['2']
    assert list(train(4, tmp_path / 'iter_2.pth')) == ['2', '4']


def test_a_seed_of_the_runs_own(toy, tmp_path):
    """Drawn by the first run; the sampler of the resumed one has it too."""

    def train(work_dir, **settings):
        runner = toy(work_dir, hooks=[EpochSeedHook()], seed=None, **settings)
        runner.train()
        return runner

    straight = train(tmp_path / 'straight', max_epochs=4)
    resumed = train(tmp_path / 'resumed', max_epochs=4, resume=tmp_path / 'straight/epoch_2.pth')
    assert resumed.seed == straight.seed
    assert resumed.train_dataloader.sampler.seed == straight.train_dataloader.sampler.seed
    for one, other in zip(straight.model.parameters(), resumed.model.parameters()):
        assert torch.equal(one, other)


def test_a_scaler_takes_no_empty_state(toy, tmp_path):
    """Trained in bfloat16, whose scaler is off, and resumed in float16."""
    runner, _ = run(toy, tmp_path / 'run', epochs=1)
    path = tmp_path / 'run/epoch_1.pth'
    for empty, kept in (({}, False), (dict(scale=2.0), True)):
        checkpoint = torch.load(path, weights_only=True)
        checkpoint['optimizer']['loss_scaler'] = empty
        runner.call_hook('after_load_checkpoint', checkpoint=checkpoint)
        assert ('loss_scaler' in checkpoint['optimizer']) == kept
    scaler = torch.amp.GradScaler('cpu', enabled=True)
    with pytest.raises(RuntimeError, match='source state dict is empty'):
        scaler.load_state_dict({})
