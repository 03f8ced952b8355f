"""A training that tools/train.py did not start."""

import subprocess
import sys

import pytest
from mmengine.hooks import Hook

from mmfer.engine import LockHook
from mmfer.engine.hooks import lock_hook
from mmfer.utils.lock import Lock

TAKE = 'import sys; from mmfer.engine.hooks.lock_hook import lock_work_dir as l; l(sys.argv[1])'


class Try(Hook):
    """Another process that wants to train here, meanwhile."""

    def after_train_epoch(self, runner):
        command = [sys.executable, '-c', TAKE, runner.work_dir]
        self.error = subprocess.run(command, stderr=subprocess.PIPE, text=True).stderr


def test_the_second_is_refused_while_the_first_trains(toy, tmp_path):
    other = Try()
    toy(tmp_path, max_epochs=1, hooks=[LockHook(), other]).train()
    assert f'{tmp_path}: process ' in other.error and 'trains in this work dir' in other.error
    assert 'take another --work-dir' in other.error
    subprocess.run([sys.executable, '-c', TAKE, str(tmp_path)], check=True)
    # one process may train there as often as it likes
    toy(tmp_path, max_epochs=1, hooks=[LockHook()]).train()


def test_refused_before_anything_is_written(toy, tmp_path):
    holder = f'{TAKE}; import time; kept = l(sys.argv[1]); print(flush=True); time.sleep(60)'
    with subprocess.Popen(
        [sys.executable, '-c', holder, str(tmp_path)], stdout=subprocess.PIPE
    ) as first:
        first.stdout.readline()
        with pytest.raises(
            RuntimeError, match=f'process {first.pid} on .* trains in this work dir'
        ):
            toy(tmp_path, max_epochs=1, hooks=[LockHook()]).train()
        first.kill()
    assert list(tmp_path.glob('*.pth')) == []


def test_a_system_without_locks_is_a_warning(toy, tmp_path, monkeypatch):
    monkeypatch.setattr(lock_hook, 'lock', lambda path: Lock(why_not='it knows none'))
    runner = toy(tmp_path, max_epochs=1, hooks=[LockHook()])
    runner.train()
    assert 'is not locked against a second training: it knows none' in runner.told.text
