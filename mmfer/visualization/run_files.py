"""What a run leaves in its work dir, read without building anything."""

import json
from pathlib import Path
from typing import NamedTuple

import numpy as np

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
        ValueError: where it is no JSON.
        KeyError: where the file has no such metric.
    """
    path, content = _read(
        Path(work_dir) / ACCURACY_FILE,
        'AccuracySummaryHook writes it after the first validated epoch; give the --work-dir of a '
        'training run that validates (not of a test), whose config has the hook in custom_hooks as '
        'configs/_base_/default_runtime.py does',
    )
    if metric not in content:
        raise KeyError(f'{path} has no metric {metric!r}; it has {sorted(content)}')
    entry = dict(content[metric])
    by_epoch = {int(epoch): float(value) for epoch, value in entry.pop('by_epoch').items()}
    if set(entry) != set(Curve._fields) - {'by_epoch'}:
        fit = 'last, last5, best and best_epoch, as AccuracySummaryHook(window=5) writes them'
        raise KeyError(f'{path}: {metric} has {sorted(entry)}; expected {fit}')
    return Curve(by_epoch=by_epoch, **entry)


def read_disambiguation(work_dir: str | Path) -> Disambiguation:
    """``disambiguation.json`` of a work dir.

    Raises:
        FileNotFoundError: where there is none.
        ValueError: where it is no JSON.
        KeyError: where it holds something else.
    """
    path, content = _read(
        Path(work_dir) / DISAMBIGUATION_FILE,
        'DisambiguationHook in custom_hooks writes it while a model revises confidences: with '
        "candidates, and fn='revise' or 'proden'",
    )
    if set(content) != set(Disambiguation._fields):
        fit = f'{sorted(Disambiguation._fields)}, as DisambiguationHook writes them'
        raise KeyError(f'{path} has {sorted(content)}; expected {fit}')
    by_epoch = sorted((int(epoch), entry) for epoch, entry in content.pop('by_epoch').items())
    classes = tuple(content.pop('classes'))
    return Disambiguation(classes=classes, by_epoch=dict(by_epoch), **content)


def read_losses(work_dir: str | Path) -> dict[str, list[tuple[int, float]]]:
    """Training losses as logged in ``*/vis_data/scalars.json`` by every start of the run: name to
    (step, value) pairs. Where a resumed run went over a step again, the later value counts.
    """
    steps: dict[int, dict] = {}
    for path in sorted(Path(work_dir).glob('*/vis_data/scalars.json')):
        logged = map(json.loads, path.read_text(encoding='utf-8').splitlines())
        steps.update((line['step'], line) for line in logged if 'loss' in line)
    losses: dict[str, list[tuple[int, float]]] = {}
    for step, line in sorted(steps.items()):
        for name, value in line.items():
            if name.startswith('loss'):
                losses.setdefault(name, []).append((step, value))
    return losses


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
    try:
        return path, json.loads(path.read_text(encoding='utf-8'))
    except json.JSONDecodeError as error:
        raise ValueError(f'{path} is no JSON ({error}): it was cut or edited') from error
