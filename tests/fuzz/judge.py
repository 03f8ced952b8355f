"""What became of a damaged file: read right, refused in our own words, or a fault of ours."""

import contextlib
import logging
import pickle
import resource
import signal
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from fuzz.mutations import FORMAT, MEANING
from mmengine.logging import MMLogger

SECONDS = 10  # for one file; all of them are small
MEGABYTES = 400  # that one file may take

# Good ends: the same content; other content, which the changed lines say; the same with a warning;
# an error of ours that names the file.
EQUAL, FOLLOWS, WARNED, REFUSED = 'equal', 'follows', 'warned', 'refused'
# Faults: an error of somebody else; one of ours that does not tell which file; no end; too much
# memory; other content than the file says, without a word.
FOREIGN, UNNAMED, HANG, MEMORY, SILENT = 'foreign', 'unnamed', 'hang', 'memory', 'silent'
GOOD, FAULTS = (EQUAL, FOLLOWS, WARNED, REFUSED), (FOREIGN, UNNAMED, HANG, MEMORY, SILENT)
OWN = (ValueError, FileNotFoundError, FileExistsError, RuntimeError, pickle.UnpicklingError)


class Verdict(NamedTuple):
    """One of ``GOOD`` or ``FAULTS``, and in words what happened."""

    outcome: str
    told: str = ''


class Hang(BaseException):
    """The time of one file is over."""


@contextlib.contextmanager
def _limited(seconds: float) -> Iterator[None]:
    def stop(number, frame):
        raise Hang

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextlib.contextmanager
def _heard() -> Iterator[list[str]]:
    """Warnings of the log and of Python meanwhile."""
    told: list[str] = []

    def keep(record: logging.LogRecord) -> bool:
        if record.levelno >= logging.WARNING:
            told.append(record.getMessage())
        return False  # nothing is printed

    logger = MMLogger.get_current_instance()
    logger.addFilter(keep)
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter('always')
            yield told
        told += [str(one.message) for one in caught]
    finally:
        logger.removeFilter(keep)


def touched_lines(before: bytes, after: bytes) -> int:
    """Lines that only one of the two has; their order does not count."""
    old, new = (Counter(data.replace(b'\r\n', b'\n').split(b'\n')) for data in (before, after))
    return sum(((old - new) + (new - old)).values())


def differing(truth: Mapping, found: Mapping) -> int:
    """Keys that only one of the two has, or to which they say something else."""
    return sum(truth.get(key) != found.get(key) for key in {*truth, *found})


def judge(
    read: Callable[[], Mapping],
    truth: Mapping,
    kind: str,
    allowed: float,
    names: tuple[str, ...],
    seconds: float = SECONDS,
) -> Verdict:
    """Read a changed file.

    Args:
        read: gives what the file says, key to value, as ``truth`` is of the unchanged file.
        kind: of the mutation.
        allowed: keys that may differ without a word after local damage: the touched lines.
        names: any of which an error has to name.
    """
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        with _limited(seconds), _heard() as told:
            found = read()
    except Hang:
        return Verdict(HANG, f'more than {seconds} s')
    except Exception as error:
        return _judge_error(error, names)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak) / 1024
    if grown > MEGABYTES:
        return Verdict(MEMORY, f'{grown:.0f} MB')
    number = differing(truth, found)
    said = f'{number} of {len(truth)} differ, {allowed} may'
    if number == 0:
        return Verdict(EQUAL)
    if kind == FORMAT:
        return Verdict(SILENT, said)  # a warning makes nothing right that should be equal
    if kind == MEANING:
        half = number > len(truth) / 2
        return Verdict(WARNED if told else SILENT if half else FOLLOWS, said)
    if number <= allowed:
        return Verdict(FOLLOWS, said)
    return Verdict(WARNED if told else SILENT, said)


def _judge_error(error: Exception, names: tuple[str, ...]) -> Verdict:
    said = f'{type(error).__name__}: {str(error)[:300]}'
    frames = traceback.extract_tb(error.__traceback__)
    place = next((f for f in reversed(frames) if 'fuzz' not in Path(f.filename).parts), frames[-1])
    said += f' [{Path(place.filename).name}:{place.lineno}]'
    ours = {'mmfer', 'tools'} & set(Path(frames[-1].filename).parts)
    if type(error) not in OWN or not ours:
        return Verdict(FOREIGN, said)
    if not any(name in str(error) for name in names):
        return Verdict(UNNAMED, said)
    return Verdict(REFUSED, said)
