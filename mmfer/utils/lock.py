"""A lock that ends with the process that holds it."""

import errno
import os
import socket
import time
import weakref
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None


class LockedError(RuntimeError):
    """Another process holds the lock; ``holder`` tells which, since when."""

    def __init__(self, path: Path, holder: str) -> None:
        super().__init__(f'{path} is locked by {holder}')
        self.holder = holder


class Lock:
    """Held as long as somebody keeps it; ``why_not`` says why the system gave none."""

    def __init__(self, descriptor: int | None = None, why_not: str | None = None) -> None:
        self.why_not = why_not
        self.process = os.getpid()
        if descriptor is not None:
            weakref.finalize(self, os.close, descriptor)


# A second lock of one process on one file is the first: to close either would release both.
HELD: 'weakref.WeakValueDictionary[str, Lock]' = weakref.WeakValueDictionary()


def lock(path: str | Path) -> Lock:
    """Lock a file, which is made where it is missing and stays.

    A lock by POSIX's ``fcntl``: the kernel takes it back when the process ends, however that comes
    about; children, such as a data loader's workers, do not keep it; it holds among the machines of
    a network file system whose servers know locks (NFS, CephFS, Lustre with ``-o flock``). Where
    the system knows none, ``why_not`` of the result says so, and nothing is locked.

    Raises:
        LockedError: Another process holds it.
    """
    path = Path(path)
    name = os.path.realpath(path)
    held = HELD.get(name)
    if held is not None and held.process == os.getpid():
        return held
    if fcntl is None:
        return Lock(why_not='this system has no fcntl')
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    except PermissionError:
        return Lock(why_not=f'{path} may not be written to')
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        holder = _holder(descriptor)
        os.close(descriptor)
        if error.errno in (errno.EACCES, errno.EAGAIN):
            raise LockedError(path, holder) from None
        return Lock(why_not=f'its file system takes no lock ({error.strerror})')
    since = time.strftime('%Y-%m-%d %H:%M:%S')
    os.ftruncate(descriptor, 0)
    os.write(descriptor, f'process {os.getpid()} on {socket.gethostname()} since {since}'.encode())
    HELD[name] = new = Lock(descriptor)
    return new


def _holder(descriptor: int) -> str:
    """What the holder wrote, which it does right after it got the lock."""
    for _ in range(10):
        if words := os.pread(descriptor, 1000, 0).decode(errors='replace').strip():
            return words
        time.sleep(0.05)
    return 'a process that does not tell itself'
