"""Who hears a signal, and how a program ends by one."""

import atexit
import os
import signal
import time

import pytest

from mmfer.engine.resume.signals import Listener, StoppedBySignal, ending_as_signalled


class Loop:
    """Runs what it is given."""

    def run(self, step):
        step()


def send(signum=signal.SIGTERM):
    os.kill(os.getpid(), signum)


def ends(program) -> int:
    """How a process ends, as Popen tells it."""
    child = os.fork()
    if child == 0:
        try:
            program()
        except SystemExit as stop:
            os._exit(stop.code)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_notes_the_first_and_takes_an_echo_for_it(capfd):
    loop = Loop()
    listener = Listener(loop)
    listener.start()
    try:
        loop.run(lambda: [send(signal.SIGINT), send(signal.SIGTERM)])
    finally:
        listener.stop()
    assert listener.signum == signal.SIGINT
    assert capfd.readouterr().err == 'SIGINT: writing a checkpoint; once more ends at once\n'


@pytest.mark.parametrize('signum', [signal.SIGTERM, signal.SIGINT])
def test_the_second_ends_at_once(signum):
    def program():
        loop = Loop()
        listener = Listener(loop)
        listener.same = 0.05
        listener.start()
        loop.run(lambda: [send(), time.sleep(0.1), send(signum), time.sleep(60)])

    assert ends(program) == -signum


def test_a_loop_that_broke_off_hears_nothing():
    """Its listener is left; the signal comes to who listened before."""
    heard = []
    before = signal.signal(signal.SIGTERM, lambda *_: heard.append('before'))
    try:
        loop = Loop()
        listener = Listener(loop)
        listener.start()
        with pytest.raises(ZeroDivisionError):
            loop.run(lambda: 1 / 0)
        send()
        send()
        assert heard == ['before'] * 2 and not listener.signum
    finally:
        signal.signal(signal.SIGTERM, before)


def test_a_child_is_ended_as_ever():
    """What else a training starts (a pool) has nothing to save."""
    loop = Loop()
    listener = Listener(loop)
    listener.start()
    try:
        codes = []
        loop.run(lambda: codes.append(ends(lambda: [send(), time.sleep(60)])))
    finally:
        listener.stop()
    assert codes == [-signal.SIGTERM] and not listener.signum


def test_what_is_ignored_stays_so():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        listener = Listener(Loop())
        listener.start()
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
        listener.stop()
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize('signum, code', [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_program_ends_by_its_signal(signum, code, monkeypatch):
    # those of pytest are not this child's
    monkeypatch.setattr(atexit, '_run_exitfuncs', lambda: None)

    def program():
        raise StoppedBySignal(signum)

    def whole():
        with ending_as_signalled():
            program()

    assert ends(program) == code
    assert ends(whole) == -signum  # which a shell calls 143 and 130
