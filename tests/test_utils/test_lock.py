"""A lock that other processes see, and that ends with its holder."""

import errno
import os
import re
import signal
import subprocess
import sys

import pytest

from mmfer.utils import lock as module
from mmfer.utils.lock import LockedError, lock

HOLD = """
import os, sys, time
from mmfer.utils.lock import lock
held = lock(sys.argv[1])
if os.fork() == 0:  # as a data loader's worker: it lives on
    os.closerange(0, 3)
    time.sleep(60)
print('held', flush=True)
time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path):
    """Another process that holds the lock, with a child of its own."""
    command = [sys.executable, '-c', HOLD, str(tmp_path / 'a.lock')]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True)
    assert process.stdout.readline() == b'held\n'
    yield process
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def test_names_its_holder_and_ends_with_it(holder, tmp_path):
    path = tmp_path / 'a.lock'
    with pytest.raises(LockedError) as refused:
        lock(path)
    host = re.escape(os.uname().nodename)
    assert re.fullmatch(rf'process {holder.pid} on {host} since \d{{4}}-.*', refused.value.holder)
    holder.kill()
    holder.wait()
    held = lock(path)  # though the child lives on
    assert held.why_not is None


def sees_it_locked(path) -> bool:
    command = 'import sys; from mmfer.utils.lock import lock; lock(sys.argv[1])'
    done = subprocess.run([sys.executable, '-c', command, str(path)], stderr=subprocess.PIPE)
    return b'LockedError' in done.stderr


def test_held_as_long_as_somebody_keeps_it(tmp_path):
    """To take it again, and to give that back, changes nothing for who has it."""
    path = tmp_path / 'a.lock'
    first, again = lock(path), lock(tmp_path / '.' / 'a.lock')
    assert first is again
    del again
    assert sees_it_locked(path)
    del first
    assert not sees_it_locked(path)
    assert lock(path).why_not is None


def test_where_the_system_knows_no_locks(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(errno.ENOLCK, 'No locks available')

    monkeypatch.setattr(module.fcntl, 'lockf', refuse)
    assert lock(tmp_path / 'a').why_not == 'its file system takes no lock (No locks available)'
    monkeypatch.setattr(module, 'fcntl', None)
    assert 'no fcntl' in lock(tmp_path / 'b').why_not


def test_somebody_elses_file(tmp_path, monkeypatch):
    def refuse(*_):
        raise PermissionError

    monkeypatch.setattr(module.os, 'open', refuse)
    assert 'may not be written to' in lock(tmp_path / 'a').why_not
