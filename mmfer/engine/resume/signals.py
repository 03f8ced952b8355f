"""SIGTERM and SIGINT while training: heard, and answered where it suits."""

import atexit
import contextlib
import inspect
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator

from mmengine.dist import is_distributed, is_main_process
from mmengine.runner import BaseLoop

SIGNALS = (signal.SIGTERM, signal.SIGINT)
# A signal that comes again so soon (s) is the same one: `timeout` sends it to its child and to the
# group, torchrun passes on what Slurm has sent to all.
SAME = 1.0
SAME_BELOW_A_LAUNCHER = 5.0


class StoppedBySignal(SystemExit):
    """The training has ended in good order, as a signal wanted; 143 or 130 if nobody catches it."""

    def __init__(self, signum: int) -> None:
        super().__init__(128 + signum)
        self.signum = signum


class Listener:
    """Notes the first SIGTERM or SIGINT; a second one ends the process at once.

    Only while the loop runs: a signal that comes after a training that broke off with an error is
    left to who listened before. A signal that the process ignores (``nohup``, a shell's background
    job) stays ignored.
    """

    def __init__(self, loop: BaseLoop) -> None:
        self.signum, self.heard_at = 0, 0.0
        self.code = inspect.unwrap(type(loop).run).__code__
        self.process, self.before = os.getpid(), {}
        self.same = SAME_BELOW_A_LAUNCHER if is_distributed() else SAME

    def start(self) -> None:
        """Listen; in a thread other than the first, Python lets nobody."""
        if threading.current_thread() is not threading.main_thread():
            return
        for signum in SIGNALS:
            if signal.getsignal(signum) not in (signal.SIG_IGN, None):
                self.before[signum] = signal.signal(signum, self._hear)

    def stop(self) -> None:
        """Leave signals to who listened before."""
        for signum, handler in self.before.items():
            if signal.getsignal(signum) == self._hear:
                signal.signal(signum, handler)
        self.before = {}

    def _hear(self, signum: int, frame) -> None:
        if os.getpid() != self.process or not self._runs(frame):
            self.stop()
            os.kill(os.getpid(), signum)
        elif not self.signum:
            self.signum, self.heard_at = signum, time.monotonic()
            if is_main_process():  # not by the logger, which may be at work right now
                name = signal.Signals(signum).name
                os.write(2, f'{name}: writing a checkpoint; once more ends at once\n'.encode())
        elif time.monotonic() - self.heard_at > self.same:
            signal.signal(signum, signal.SIG_DFL)
            os.kill(os.getpid(), signum)

    def _runs(self, frame) -> bool:
        """Whether the loop is what was interrupted."""
        while frame is not None and frame.f_code is not self.code:
            frame = frame.f_back
        return frame is not None


@contextlib.contextmanager
def ending_as_signalled() -> Iterator[None]:
    """Around a whole program: one that was stopped ends by the signal that stopped it, after all
    output is written. A shell then sees 143 or 130, and leaves a loop over trainings at Ctrl-C."""
    try:
        yield
    except StoppedBySignal as stop:
        if os.name != 'posix':
            raise
        atexit._run_exitfuncs()  # trackers, loggers, workers
        sys.stdout.flush()
        sys.stderr.flush()
        signal.signal(stop.signum, signal.SIG_DFL)
        os.kill(os.getpid(), stop.signum)
