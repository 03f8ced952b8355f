"""What a run leaves in its work dir, read without building anything."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

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
        ValueError: where it is torn, or holds something else.
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
    entry = content[metric]
    by_epoch = _by_epoch(path, entry, (int, float))
    if set(entry) != set(Curve._fields):
        fit = 'last, last5, best and best_epoch, as AccuracySummaryHook(window=5) writes them'
        raise KeyError(f'{path}: {metric} has {sorted({*entry} - {"by_epoch"})}; expected {fit}')
    return Curve(**{**entry, 'by_epoch': by_epoch})


def read_disambiguation(work_dir: str | Path) -> Disambiguation:
    """``disambiguation.json`` of a work dir.

    Raises:
        FileNotFoundError: where there is none.
        ValueError: where it is torn.
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
    by_epoch = dict(sorted(_by_epoch(path, content, dict).items()))
    classes = content['classes']
    if not isinstance(classes, list):
        raise ValueError(f'{path}: classes are {classes!r}, not a list: it was edited')
    return Disambiguation(**{**content, 'classes': tuple(classes), 'by_epoch': by_epoch})


def read_losses(work_dir: str | Path) -> dict[str, list[tuple[int, float]]]:
    """Training losses as logged in ``*/vis_data/scalars.json`` by every start of the run: name to
    (step, value) pairs. Where a resumed run went over a step again, the later value counts. The
    last line of a file is passed over where it was cut: the run was killed as it wrote it.

    Raises:
        ValueError: on any other line that is none of a log; names file and line.
    """
    steps: dict[int, dict] = {}
    for path in sorted(Path(work_dir).glob('*/vis_data/scalars.json')):
        steps.update((line['step'], line) for line in _read_scalars(path) if 'loss' in line)
    losses: dict[str, list[tuple[int, float]]] = {}
    for step, line in sorted(steps.items()):
        for name, value in line.items():
            if name.startswith('loss'):
                losses.setdefault(name, []).append((step, value))
    return losses


def _read_scalars(path: Path) -> Iterator[dict]:
    lines = path.read_bytes().split(b'\n')
    whole = len(lines) - 1  # each line ends with a line feed, the last one, too
    for number, text in enumerate(lines, 1):
        content = _parse(text)
        if isinstance(content, dict) and _is_log(content):
            yield content
        elif text.strip() and (number <= whole or content is not None):
            raise ValueError(
                f'{path}, line {number}: {text[:60]!r} is no line of a log, a JSON object with '
                'numbers for step and loss: it was cut or edited; take the line out'
            )


def _is_log(content: dict) -> bool:
    losses = [value for name, value in content.items() if name.startswith('loss')]
    numbers = [content.get('step'), *losses] if losses else []
    return all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in numbers)


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
    content = _parse(path.read_bytes())
    if not isinstance(content, dict):
        raise ValueError(f'{path} is no JSON object: it was cut or edited. {writer}')
    return path, content


def _parse(text: bytes) -> object:
    """What a text in JSON says; None for what is none."""
    try:
        return json.loads(text.decode())
    except (ValueError, RecursionError):
        return None


def _by_epoch(path: Path, entry: object, kind: type | tuple[type, ...]) -> dict[int, Any]:
    """The part of an entry that maps each epoch to a number or a dict."""
    found = entry.get('by_epoch') if isinstance(entry, dict) else None
    known = isinstance(found, dict) and all(isinstance(value, kind) for value in found.values())
    if not known or not all(map(str.isdecimal, found)):
        raise ValueError(
            f'{path}: {str(entry)[:60]!r}... does not map epochs to values in by_epoch: it was '
            'edited, or another program wrote it'
        )
    return {int(epoch): value for epoch, value in found.items()}
