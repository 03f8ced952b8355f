"""Workers of a data loader end with the training, and by nothing but it."""

import functools
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable

from torch.utils.data import DataLoader

SECONDS = 1.0  # between looks at the parent
HELD = {signal.SIGTERM, signal.SIGINT}
GUARDED: set[int] = set()  # this process, once it is


def guard_workers(loader: DataLoader | None) -> None:
    """Let each worker that a loader starts from now on begin with :func:`stay_with_parent`."""
    init = getattr(loader, 'worker_init_fn', None)
    if isinstance(loader, DataLoader) and getattr(init, 'func', None) is _begin:
        return
    if isinstance(loader, DataLoader) and loader.num_workers > 0:
        loader.worker_init_fn = functools.partial(_begin, init)
        if os.name == 'posix' and hasattr(loader, '_get_iterator'):
            loader._get_iterator = functools.partial(_with_signals_held, loader._get_iterator)


def _with_signals_held(start: Callable) -> object:
    """Start workers that are born with both signals held back, since they are no sooner themselves
    than their processes are up; the training gets what came meanwhile afterwards."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, HELD)
    try:
        return start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin(init: Callable[[int], None] | None, worker_id: int) -> None:
    stay_with_parent()
    if init is not None:
        init(worker_id)


def stay_with_parent() -> None:
    """To be called in a worker: it ends with its parent, and only its parent ends it.

    - A worker whose parent was killed may wait for ever to hand over its batch, with all its
      memory. Here a thread looks each second for the parent, and ends the worker. (Linux can send
      a signal instead, but at the end of the parent's thread, which need not be that of the
      parent.)
    - A terminal sends Ctrl-C, and Slurm and others SIGTERM, to all processes of a job. A worker
      that ends by it tears the training down in the middle of a step. Here it goes on, and the
      training ends it, when it has written its checkpoint.

    Does nothing where the system cannot tell (Windows, whose workers torch ends; a fork server).
    """
    parent = multiprocessing.parent_process()
    if parent is None or os.name != 'posix' or os.getpid() in GUARDED:
        return
    if os.getppid() != parent.pid:
        try:
            os.kill(parent.pid, 0)
        except ProcessLookupError:  # ended since it started this worker
            os._exit(1)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, HELD)
        return
    GUARDED.add(os.getpid())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # not on macOS; threads started from here on hold it back as well
    hold = signal.SIG_BLOCK if hasattr(signal, 'sigtimedwait') else signal.SIG_UNBLOCK
    signal.pthread_sigmask(hold, {signal.SIGTERM})
    threading.Thread(target=_watch, args=(parent.pid,), daemon=True, name='mmfer_parent').start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        if not hasattr(signal, 'sigtimedwait'):
            time.sleep(SECONDS)
            continue
        got = signal.sigtimedwait({signal.SIGTERM}, SECONDS)
        if got is not None and got.si_pid == parent:
            os._exit(0)  # as torch's own handler
    os._exit(1)
