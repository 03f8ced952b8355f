"""A lock that other processes see, and that ends with its holder."""

import contextlib
import errno
import os
import re
import signal
import time

import pytest

from mmfer.utils import lock as module
from mmfer.utils.lock import LockedError, lock


@pytest.fixture
def holder(tmp_path):
    """Number of another process that holds the lock, with a child of its own that lives on."""
    read, write = os.pipe()
    holder = os.fork()
    if holder == 0:
        held = lock(tmp_path / 'a.lock')  # noqa: F841
        child = os.fork()
        if child:
            os.write(write, str(child).encode())
        time.sleep(60)
        os._exit(0)
    child = int(os.read(read, 20))
    os.close(read), os.close(write)
    yield holder
    os.kill(child, signal.SIGKILL)
    with contextlib.suppress(ProcessLookupError):
        os.kill(holder, signal.SIGKILL)
        os.waitpid(holder, 0)


def test_names_its_holder_and_ends_with_it(holder, tmp_path):
    path = tmp_path / 'a.lock'
    with pytest.raises(LockedError) as refused:
        lock(path)
    host = re.escape(os.uname().nodename)
    assert re.fullmatch(rf'process {holder} on {host} since \d{{4}}-.*', refused.value.holder)
    os.kill(holder, signal.SIGKILL)
    os.waitpid(holder, 0)
    held = lock(path)  # though the child lives on
    assert held.why_not is None


def sees_it_locked(path) -> bool:
    """What another process sees."""
    child = os.fork()
    if child == 0:
        try:
            lock(path)
        except LockedError:
            os._exit(1)
        os._exit(0)
    return os.waitpid(child, 0)[1] != 0


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
