"""What a run leaves in its work dir, read without building anything."""

import json
from pathlib import Path
from typing import NamedTuple

ACCURACY_FILE = 'accuracy.json'


class Curve(NamedTuple):
    """A metric over the validated epochs of one run; the summaries are those that
    ``AccuracySummaryHook`` wrote."""

    by_epoch: dict[int, float]
    last: float
    last5: float
    best: float
    best_epoch: int


def read_curve(work_dir: str | Path, metric: str) -> Curve:
    """A metric of ``accuracy.json``.

    Raises:
        FileNotFoundError: where the work dir has no such file.
        KeyError: where the file has no such metric.
    """
    path = Path(work_dir) / ACCURACY_FILE
    if not path.is_file():
        raise FileNotFoundError(
            f'{path}: no such file. AccuracySummaryHook writes it after the first validated epoch; '
            'give the --work-dir of a training run that validates (not of a test), whose config '
            'has the hook in custom_hooks as configs/_base_/default_runtime.py does'
        )
    content = json.loads(path.read_text(encoding='utf-8'))
    if metric not in content:
        raise KeyError(f'{path} has no metric {metric!r}; it has {sorted(content)}')
    entry = dict(content[metric])
    by_epoch = {int(k): float(v) for k, v in entry.pop('by_epoch').items()}
    if set(entry) != set(Curve._fields) - {'by_epoch'}:
        raise KeyError(
            f'{path}: {metric} has {sorted(entry)}; expected last, last5, best and best_epoch, as '
            'AccuracySummaryHook(window=5) writes them'
        )
    return Curve(by_epoch=by_epoch, **entry)


def read_losses(work_dir: str | Path) -> dict[str, list[tuple[int, float]]]:
    """Training losses as logged: name to (step, value) pairs.

    Reads ``*/vis_data/scalars.json`` of every start of the run.
    Where a resumed run went over a step again, the later value counts.

    Returns:
        Empty where the run logged no losses.
    """
    steps: dict[int, dict] = {}
    for path in sorted(Path(work_dir).glob('*/vis_data/scalars.json')):
        for line in path.read_text(encoding='utf-8').splitlines():
            record = json.loads(line)
            if 'loss' in record:
                steps[record['step']] = record
    losses: dict[str, list[tuple[int, float]]] = {}
    for step in sorted(steps):
        for name, value in steps[step].items():
            if name.startswith('loss'):
                losses.setdefault(name, []).append((step, value))
    return losses
