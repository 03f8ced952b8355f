"""A signal anywhere in a run, resumed, against a run without one."""

import os
import signal
import sys
import threading
from pathlib import Path

import pytest
import torch
from mmengine.hooks import Hook
from mmengine.runner import Runner

from mmfer.engine import StopHook
from mmfer.engine.resume.checkpoints import set_resume
from mmfer.engine.resume.signals import StoppedBySignal

sys.path.insert(0, str(Path(__file__).parent))
from same_states import assert_equal  # noqa: E402
from whole_runs import run, state  # noqa: E402


class Signal(Hook):
    """Sends the process a signal in a method's n-th call."""

    priority = 'HIGHEST'

    def __init__(self, point, count, signum=signal.SIGTERM):
        self.count, self.signum = count, signum
        setattr(self, point, self.send)

    def send(self, *args, **kwargs):
        self.count -= 1
        if self.count == 0:
            os.kill(os.getpid(), self.signum)


def stop(toy, work_dir, *signals, **settings):
    """A run that a signal ends; what it told."""
    before = [signal.getsignal(s) for s in (signal.SIGTERM, signal.SIGINT)]
    told = []

    class Told(Hook):
        def before_run(self, runner):
            told.append(runner.told)

    with pytest.raises(StoppedBySignal) as stopped:
        run(toy, work_dir, StopHook(), Told(), *signals, **settings)
    assert [signal.getsignal(s) for s in (signal.SIGTERM, signal.SIGINT)] == before
    return stopped.value, told[0].text


def newest(work_dir):
    return (work_dir / 'last_checkpoint').read_text().rsplit('/')[-1]


@pytest.mark.parametrize(
    'point, count, left',
    [
        ('before_train_iter', 1, 'iter_1.pth'),  # before any checkpoint
        ('before_train_iter', 6, 'iter_6.pth'),
        ('after_train_iter', 7, 'iter_7.pth'),
        ('before_train_iter', 8, 'epoch_2.pth'),  # its last step: the epoch ends first
        ('after_train_epoch', 3, 'epoch_3.pth'),
        ('before_val_epoch', 2, 'epoch_2.pth'),  # which is the best: saved again after it
        ('after_val_epoch', 2, 'iter_9.pth'),
        ('before_val_epoch', 4, 'epoch_4.pth'),
    ],
)
def test_stopped_and_resumed(toy, tmp_path, point, count, left):
    run(toy, tmp_path / 'straight', StopHook())
    stopped, told = stop(toy, tmp_path / 'cut', Signal(point, count))
    assert stopped.code == 143
    assert newest(tmp_path / 'cut') == left and (tmp_path / 'cut' / left).is_file()
    assert 'stopped by SIGTERM' in told and 'is saved' in told
    meta = torch.load(tmp_path / 'cut' / left, weights_only=True)['meta']
    assert ('stopped' in meta) == left.startswith('iter')
    _, log = run(toy, tmp_path / 'cut', StopHook())
    assert 'will differ' not in log and 'another schedule' not in log
    assert ('the epoch goes on from there' in log) == left.startswith('iter')
    assert_equal(state(tmp_path / 'straight'), state(tmp_path / 'cut'))


@pytest.mark.parametrize('workers', [0, 2])
def test_augmentation_goes_on_as_it_was(tiny_config, tmp_path, workers):
    """A real run: flips and colours drawn by the process itself, or by workers that start anew."""

    def train(name, *signals):
        cfg = tiny_config(tmp_path / name)
        cfg.train_dataloader.num_workers = workers
        cfg.val_dataloader = cfg.val_evaluator = cfg.val_cfg = None
        cfg.default_hooks.checkpoint.save_best = None
        cfg.resume = True
        set_resume(cfg, None)
        runner = Runner.from_cfg(cfg)
        for one in signals:
            runner.register_hook(one)
        runner.train()

    train('straight')
    with pytest.raises(StoppedBySignal):
        train('cut', Signal('before_train_iter', 5))
    assert newest(tmp_path / 'cut') == 'iter_5.pth'
    train('cut')
    one, other = (
        torch.load(tmp_path / name / 'epoch_2.pth', weights_only=True)
        for name in ('straight', 'cut')
    )
    for part in ('state_dict', 'optimizer'):
        assert_equal(one[part], other[part], part)


def test_stopped_twice_in_an_epoch(toy, tmp_path):
    run(toy, tmp_path / 'straight', StopHook())
    stop(toy, tmp_path / 'cut', Signal('before_train_iter', 6, signal.SIGINT))
    stopped, told = stop(toy, tmp_path / 'cut', Signal('before_train_iter', 1, signal.SIGINT))
    assert stopped.code == 130 and 'after 3 of 4 steps of epoch 2' in told
    assert 'iter_6.pth, left where the run was stopped, is removed' in told
    assert not (tmp_path / 'cut/iter_6.pth').exists()
    run(toy, tmp_path / 'cut', StopHook())
    assert_equal(state(tmp_path / 'straight'), state(tmp_path / 'cut'))


def test_an_epoch_that_is_not_saved_anyway(toy, tmp_path):
    """The extra checkpoint stays until there is a later one."""
    settings = dict(checkpoint=dict(interval=3), values=None)
    run(toy, tmp_path / 'straight', StopHook(), **settings)
    stop(toy, tmp_path / 'cut', Signal('after_train_epoch', 1), **settings)
    assert newest(tmp_path / 'cut') == 'epoch_1.pth'
    _, log = run(toy, tmp_path / 'cut', StopHook(), **settings)
    assert 'will differ' not in log
    names = [sorted(p.name for p in (tmp_path / one).glob('*')) for one in ('straight', 'cut')]
    assert [n for n in names[0] if n.endswith('.pth')] == ['epoch_3.pth', 'epoch_4.pth']
    assert [n for n in names[1] if n.endswith('.pth')] == ['epoch_3.pth', 'epoch_4.pth']
    one, other = (
        torch.load(tmp_path / name / 'epoch_4.pth', weights_only=True)
        for name in ('straight', 'cut')
    )
    assert_equal(one['state_dict'], other['state_dict'])


def test_gathered_gradients_are_finished(toy, tmp_path):
    class Gather(Hook):
        def before_run(self, runner):
            runner.optim_wrapper._accumulative_counts = 2

    run(toy, tmp_path / 'straight', StopHook(), Gather())
    stop(toy, tmp_path / 'cut', Gather(), Signal('before_train_iter', 5))
    assert newest(tmp_path / 'cut') == 'iter_6.pth'
    run(toy, tmp_path / 'cut', StopHook(), Gather())
    assert_equal(state(tmp_path / 'straight'), state(tmp_path / 'cut'))


def test_another_batch_begins_the_epoch_again_and_says_so(toy, tmp_path):
    stop(toy, tmp_path, Signal('before_train_iter', 6))
    _, log = run(toy, tmp_path, StopHook(), batch_size=4, values=[5.0] * 9)
    assert (
        'saved inside epoch 2, which now starts anew, since this has changed: steps an epoch' in log
    )
    assert 'batch size 2 -> 4' in log


def test_iterations(toy, tmp_path):
    settings = dict(
        train_cfg=dict(by_epoch=False, max_iters=4, val_interval=4), checkpoint=dict(by_epoch=False)
    )
    stop(toy, tmp_path, Signal('before_train_iter', 2), **settings)
    assert newest(tmp_path) == 'iter_2.pth'
    assert torch.load(tmp_path / 'iter_2.pth', weights_only=True)['meta']['iter'] == 2
    run(toy, tmp_path, StopHook(), **settings)
    assert newest(tmp_path) == 'iter_4.pth'
    assert torch.load(tmp_path / 'iter_4.pth', weights_only=True)['meta']['iter'] == 4


def test_a_run_in_a_thread_listens_to_nothing(toy, tmp_path):
    before = signal.getsignal(signal.SIGTERM)
    thread = threading.Thread(target=run, args=(toy, tmp_path, StopHook()), kwargs=dict(epochs=1))
    thread.start()
    thread.join()
    assert newest(tmp_path) == 'epoch_1.pth' and signal.getsignal(signal.SIGTERM) == before
