"""A run cut off anywhere, resumed, against one that was not."""

import json

import pytest
import torch
from mmengine.config import Config
from mmengine.hooks import EMAHook, Hook

from mmfer.engine import AccuracySummaryHook, EpochSeedHook, ResumedScheduleHook, ResumeHook
from mmfer.engine.resume.checkpoints import set_resume

VALUES = [5.0, 9.0, 6.0, 8.0]  # epoch 2 is the best one
SCHEDULE = [
    dict(type='LinearLR', start_factor=0.1, by_epoch=False, end=6),
    dict(type='ExponentialLR', gamma=0.9),
]


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


def run(toy, work_dir, *more_hooks, epochs=4, values=VALUES, **settings):
    """Everything on: noise, mixed precision, EMA, two schedulers, the best one."""
    cfg = Config(dict(work_dir=str(work_dir), resume=True))
    set_resume(cfg, None)
    runner = toy(
        work_dir,
        epochs,
        values=values,
        resume=cfg.resume and cfg.load_from or None,
        hooks=[
            EpochSeedHook(),
            ResumedScheduleHook(),
            EMAHook(),
            AccuracySummaryHook(metrics=['rank/value']),
            ResumeHook(),
            *more_hooks,
        ],
        wrapper='CPUAmpOptimWrapper',
        param_scheduler=SCHEDULE,
        **{
            'checkpoint': dict(save_best='rank/value', rule='greater', max_keep_ckpts=2),
            **settings,
        },
    )
    runner.train()
    return runner, runner.told.text


def state(work_dir, epoch=4):
    """All of the last checkpoint but times and paths, and the other files."""
    saved = torch.load(work_dir / f'epoch_{epoch}.pth', weights_only=True)
    hub = saved.pop('message_hub')
    scalars = {
        name: [list(map(float, part)) for part in buffer.data]
        for name, buffer in hub['log_scalars'].items()
        if 'time' not in name
    }
    assert 'val/rank/value' in scalars and 'train/loss' in scalars
    info = {
        name: hub['runtime_info'][name] for name in ('best_score', 'keep_ckpt_ids', 'epoch', 'iter')
    }
    info['best_ckpt'] = hub['runtime_info']['best_ckpt'].split('/')[-1]
    meta = {name: saved['meta'][name] for name in ('epoch', 'iter', 'seed', 'validated_iter')}
    del saved['meta']
    return dict(
        saved,
        scalars=scalars,
        info=info,
        meta=meta,
        accuracy=json.loads((work_dir / 'accuracy.json').read_text()),
        files=sorted(p.name for p in work_dir.iterdir() if p.is_file() and p.suffix != '.py'),
    )


def assert_equal(one, other, where=''):
    """Bit for bit, inside dicts and lists."""
    assert type(one) is type(other), where
    if isinstance(one, torch.Tensor):
        assert one.dtype == other.dtype and torch.equal(one, other), where
    elif isinstance(one, dict):
        assert list(one) == list(other), where
        for key in one:
            assert_equal(one[key], other[key], f'{where}/{key}')
    elif isinstance(one, (list, tuple)):
        assert len(one) == len(other), where
        for i, pair in enumerate(zip(one, other)):
            assert_equal(*pair, f'{where}/{i}')
    else:
        assert one == other, where


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
    for state, kept in (({}, False), (dict(scale=2.0), True)):
        checkpoint = torch.load(path, weights_only=True)
        checkpoint['optimizer']['loss_scaler'] = state
        runner.call_hook('after_load_checkpoint', checkpoint=checkpoint)
        assert ('loss_scaler' in checkpoint['optimizer']) == kept
    scaler = torch.amp.GradScaler('cpu', enabled=True)
    with pytest.raises(RuntimeError, match='source state dict is empty'):
        scaler.load_state_dict({})
