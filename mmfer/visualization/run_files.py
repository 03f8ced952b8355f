"""What a run leaves in its work dir, read without building anything."""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from mmengine.logging import MMLogger

from ..utils.files import read_json

ACCURACY_FILE = 'accuracy.json'
DISAMBIGUATION_FILE = 'disambiguation.json'


class Curve(NamedTuple):
    """A metric over the validated epochs of one run; the summaries are those that
    ``AccuracySummaryHook`` wrote."""

    by_epoch: dict[int, float]
    last: float
    last5: float
    best: float
    best_epoch: int


class Disambiguation(NamedTuple):
    """What ``DisambiguationHook`` wrote: ``classes``; the numbers of ``images``, of ``ambiguous``
    ones, of those ``by_class``, and of ``covered`` ones, whose candidates hold the clean label;
    ``chosen`` images; ``by_epoch``, epoch to its entry, in order."""

    classes: tuple[str, ...]
    images: int
    ambiguous: int
    ambiguous_by_class: list[int]
    covered: int
    chosen: list[dict]
    by_epoch: dict[int, dict]

    def series(self, number: str) -> tuple[list[int], np.ndarray]:
        """Epochs and one of their numbers, in percent."""
        values = [100 * entry[number] for entry in self.by_epoch.values()]
        return list(self.by_epoch), np.array(values)


def read_curve(work_dir: str | Path, metric: str) -> Curve:
    """A metric of ``accuracy.json``.

    Raises:
        FileNotFoundError: where the work dir has no such file.
        ValueError: where it is no JSON, the file has no such metric, or holds something else than
            was written.
    """
    path, content = _read(
        Path(work_dir) / ACCURACY_FILE,
        'AccuracySummaryHook writes it after the first validated epoch; give the --work-dir of a '
        'training run that validates (not of a test), whose config has the hook in custom_hooks as '
        'configs/_base_/default_runtime.py does',
    )
    if metric not in content:
        raise ValueError(f'{path} has no metric {metric!r}; it has {sorted(content)}')
    entry = content[metric]
    if not isinstance(entry, dict) or set(entry) != set(Curve._fields):
        fit = 'last, last5, best, best_epoch and by_epoch, as AccuracySummaryHook(window=5) writes'
        has = sorted(entry) if isinstance(entry, dict) else repr(entry)[:80]
        raise ValueError(f'{path}: {metric} has {has}; expected {fit}')
    curve = Curve(**dict(entry, by_epoch=_by_epoch(path, entry['by_epoch'], float)))
    values = list(curve.by_epoch.values())
    made = dict(last=values[-1], last5=sum(values[-5:]) / len(values[-5:]), best=max(values))
    for name, value in made.items():
        said = getattr(curve, name)
        if not isinstance(said, (int, float)) or not (math.isnan(value) or _near(said, value)):
            raise ValueError(
                f'{path}: {name} of {metric} is {said!r}, but by its epochs {value}: the file was '
                'edited or damaged; take that of the run again'
            )
    if not isinstance(curve.best_epoch, int) or curve.best_epoch not in curve.by_epoch:
        raise ValueError(f'{path}: best_epoch of {metric} is no epoch of it: {curve.best_epoch!r}')
    return curve


def _near(a: float, b: float) -> bool:
    return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-9)


def _by_epoch(path: Path, given: object, kind: type) -> dict:
    """Epoch to entry, in order; ValueError on anything but entries of a kind by whole numbers."""
    wrong, found = given, {}
    if isinstance(given, dict) and given:
        try:
            found = {int(epoch): entry for epoch, entry in given.items()}
        except ValueError:
            found = {}
        kinds = (int, float) if kind is float else kind
        wrong = next((e for e in found.values() if not isinstance(e, kinds)), None)
    if not found or wrong is not None:
        raise ValueError(
            f'{path}: by_epoch does not hold a {kind.__name__} for each epoch, but '
            f'{repr(wrong if wrong is not None else given)[:80]}; the file was edited or damaged'
        )
    return dict(sorted(found.items()))


def read_disambiguation(work_dir: str | Path) -> Disambiguation:
    """``disambiguation.json`` of a work dir.

    Raises:
        FileNotFoundError: where there is none.
        ValueError: where it is no JSON, or holds something else.
    """
    path, content = _read(
        Path(work_dir) / DISAMBIGUATION_FILE,
        'DisambiguationHook in custom_hooks writes it while a model revises confidences: with '
        "candidates, and fn='revise' or 'proden'",
    )
    if set(content) != set(Disambiguation._fields):
        fit = f'{sorted(Disambiguation._fields)}, as DisambiguationHook writes them'
        raise ValueError(f'{path} has {sorted(content)}; expected {fit}')
    run = Disambiguation(**dict(content, by_epoch=_by_epoch(path, content['by_epoch'], dict)))
    _check(path, run)
    return run._replace(classes=tuple(run.classes))


def _check(path: Path, run: Disambiguation) -> None:
    """ValueError on what DisambiguationHook does not write."""
    names = ('share_clean', 'confidence_clean', 'share_decided')
    try:
        count = len(run.classes)
        ids = range(count)
        chosen = all(
            one['given'] in ids
            and one['clean'] in ids
            and {*one['candidates']} <= {*ids}
            and isinstance(one['name'], str)
            and one['sample_idx'] >= 0
            for one in run.chosen
        )
        entries = all(
            not (entry[name] < 0 or entry[name] > 1)
            and len(entry['by_class'][name]) == count
            and np.shape(np.array(entry['chosen'], float)) in ((len(run.chosen), count), (0,))
            for entry in run.by_epoch.values()
            for name in names
        )
        fits = dict(
            classes=count > 0 and all(isinstance(name, str) for name in run.classes),
            images=run.images > 0,
            ambiguous=0 < run.ambiguous <= run.images,
            covered=0 <= run.covered <= run.ambiguous,
            ambiguous_by_class=len(run.ambiguous_by_class) == count
            and sum(run.ambiguous_by_class) == run.ambiguous,
            chosen=chosen,
            by_epoch=entries,
        )
        wrong = next((name for name, fit in fits.items() if not fit), '')
    except (KeyError, TypeError, ValueError) as error:
        wrong = f'a value ({type(error).__name__}: {error})'
    if wrong:
        raise ValueError(
            f'{path}: {wrong} is not as DisambiguationHook writes it: the file was edited or '
            'damaged; take that of the run again'
        )


def read_losses(work_dir: str | Path) -> dict[str, list[tuple[int, float]]]:
    """Training losses as logged in ``*/vis_data/scalars.json`` by every start of the run: name to
    (step, value) pairs. Where a resumed run went over a step again, the later value counts. A last
    line that a killed run left in its middle is left out, with a warning.

    Raises:
        ValueError: on another line that is not one of the log; names file and line.
    """
    steps: dict[int, dict] = {}
    for path in sorted(Path(work_dir).glob('*/vis_data/scalars.json')):
        steps.update((line['step'], line) for line in _logged(path) if 'loss' in line)
    losses: dict[str, list[tuple[int, float]]] = {}
    for step, line in sorted(steps.items()):
        for name, value in line.items():
            if name.startswith('loss'):
                losses.setdefault(name, []).append((step, value))
    return losses


def _logged(path: Path) -> Iterator[dict]:
    """The lines of ``scalars.json``."""
    data = path.read_bytes()
    lines = data.split(b'\n')
    for number, text in enumerate(lines, 1):
        if not text.strip():
            continue
        try:
            line = json.loads(text.decode())
            wrong = not isinstance(line, dict) or not isinstance(line.get('step'), int)
            wrong = wrong or any(
                not isinstance(value, (int, float))
                for name, value in line.items()
                if name.startswith('loss')
            )
        except (ValueError, RecursionError):
            wrong = True
        if not wrong:
            yield line
        elif number == len(lines):  # written line by line, each with its end
            MMLogger.get_current_instance().warning(
                f'{path}, line {number}: is cut in its middle, as of a killed run, and left out'
            )
        else:
            raise ValueError(
                f'{path}, line {number}: {text[:60]!r} is no line of numbers with their step: the '
                'file was edited or damaged; take it out, or that line'
            )


def last_config(work_dir: Path, otherwise: str) -> Path:
    """The config's file as the run's last start had it.

    Raises:
        FileNotFoundError: where there is none; ``otherwise`` tells what to do.
    """
    found = sorted(work_dir.glob('*/vis_data/config.py'), key=lambda path: path.stat().st_mtime)
    if not found:
        lost = 'no */vis_data/config.py, in which a run keeps its config'
        raise FileNotFoundError(f'{work_dir}: {lost}; {otherwise}')
    return found[-1]


def _read(path: Path, writer: str) -> tuple[Path, dict]:
    if not path.is_file():
        raise FileNotFoundError(f'{path}: no such file. {writer}')
    content = read_json(path)
    if not isinstance(content, dict):
        raise ValueError(f'{path} holds {repr(content)[:80]}, no names and values. {writer}')
    return path, content
