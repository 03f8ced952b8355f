"""A training that tools/train.py did not start."""

import os
import signal
import time

import pytest
from mmengine.hooks import Hook

from mmfer.engine import LockHook
from mmfer.engine.hooks import lock_hook
from mmfer.engine.hooks.lock_hook import lock_work_dir
from mmfer.utils.lock import Lock


def another_process(work_dir) -> bool:
    """Whether it could train there."""
    child = os.fork()
    if child == 0:
        try:
            lock_work_dir(work_dir)
        except RuntimeError as error:
            os._exit(1 if 'take another --work-dir' in str(error) else 2)
        os._exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status < 2
    return status == 0


class Try(Hook):
    """Another process that wants to train here, meanwhile."""

    def after_train_epoch(self, runner):
        self.could = another_process(runner.work_dir)


def test_the_second_is_refused_while_the_first_trains(toy, tmp_path):
    other = Try()
    toy(tmp_path, max_epochs=1, hooks=[LockHook(), other]).train()
    assert not other.could
    assert another_process(tmp_path)
    # one process may train there as often as it likes
    toy(tmp_path, max_epochs=1, hooks=[LockHook()]).train()


def test_refused_before_anything_is_written(toy, tmp_path):
    read, write = os.pipe()
    first = os.fork()
    if first == 0:
        held = lock_work_dir(tmp_path)  # noqa: F841
        os.write(write, b'.')
        time.sleep(60)
        os._exit(0)
    try:
        os.read(read, 1)
        with pytest.raises(RuntimeError, match=f'process {first} on .* trains in this work dir'):
            toy(tmp_path, max_epochs=1, hooks=[LockHook()]).train()
    finally:
        os.kill(first, signal.SIGKILL)
        os.waitpid(first, 0)
        os.close(read), os.close(write)
    assert list(tmp_path.glob('*.pth')) == []


def test_a_system_without_locks_is_a_warning(toy, tmp_path, monkeypatch):
    monkeypatch.setattr(lock_hook, 'lock', lambda path: Lock(why_not='it knows none'))
    runner = toy(tmp_path, max_epochs=1, hooks=[LockHook()])
    runner.train()
    assert 'is not locked against a second training: it knows none' in runner.told.text
