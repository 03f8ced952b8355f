"""Compare training runs: a table, the accuracy curves and the losses.

Work dirs ``.../seed*/NAME`` are seeds of one configuration: they become one row, mean +- standard
deviation::

    python tools/analysis_tools/compare_runs.py work_dirs/demo/*_noise30
    python tools/analysis_tools/compare_runs.py work_dirs/seed*/* --markdown
"""

import argparse
import re
from pathlib import Path
from typing import NamedTuple

import numpy as np
from mmengine.config import Config

import mmfer  # noqa: F401  repairs the host before a config is read
from mmfer.apis.analysis import errors_in_one_line, print_table
from mmfer.visualization import (
    Curve,
    accuracy_curves,
    last_config,
    loss_curves,
    read_curve,
    read_losses,
    save_figure,
)

MEAN_CLASS = 'accuracy/mean_class'
SUMMARIES = ('last', 'last5', 'best')


class Run(NamedTuple):
    """One work dir: curves of the metric and of the mean class accuracy, and its settings."""

    work_dir: Path
    metric: Curve
    mean_class: Curve
    epochs: str
    images: str
    noise: str


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('work_dirs', nargs='+', type=Path, metavar='WORK_DIR')
    parser.add_argument('--metric', default='accuracy/top1', help='the first three columns')
    pictures = 'folder for accuracy.png and losses.png; without it only the table'
    parser.add_argument('--out-dir', type=Path, help=pictures)
    parser.add_argument('--markdown', action='store_true', help='print the table as markdown')
    return parser.parse_args()


def read_run(work_dir: Path, metric: str) -> Run:
    """Read a work dir; nothing of the run is built."""
    curve, mean_class = (read_curve(work_dir, name) for name in (metric, MEAN_CLASS))
    path = last_config(work_dir, 'was the work dir copied whole?')
    cfg = Config.fromfile(path, import_custom_modules=False)
    dataset = cfg.train_dataloader.dataset
    epochs = f'{max(curve.by_epoch)}/{cfg.train_cfg.max_epochs}'
    images, noise = count_images(work_dir, dataset), describe_noise(dataset.get('noise'))
    return Run(work_dir, curve, mean_class, epochs, images, noise)


def count_images(work_dir: Path, dataset: dict) -> str:
    """From the line that FERDataset logs, else the config's ``indices``."""
    pattern = rf'{dataset["type"]} {re.escape(dataset.get("split", "train"))}: (\d+) images'
    for log in sorted(work_dir.glob('*/*.log'), reverse=True):
        if match := re.search(pattern, log.read_text(encoding='utf-8', errors='replace')):
            return match[1]
    indices = dataset.get('indices')
    return '?' if indices is None else str(indices if isinstance(indices, int) else len(indices))


def describe_noise(noise: dict | None) -> str:
    """``dict(kind='symmetric', rate=.3, ...)`` as 'symmetric 30 %'."""
    if not noise:
        return 'none'
    if 'rate' in noise:
        return f'{noise["kind"]} {noise["rate"]:.0%}'
    return f'{noise["kind"]} {Path(noise.get("path", "")).name}'.strip()


def group(runs: list[Run]) -> dict[str, list[Run]]:
    """Runs by name; seeds of one name together.

    Raises:
        ValueError: where one name stands for runs on different data.
    """
    groups: dict[str, list[Run]] = {}
    for run in runs:
        path = run.work_dir.resolve()
        seeded = path.parent.name.startswith('seed')
        name = path.name
        if not seeded and name in groups:
            name = f'{path.parent.name}/{name}'
        groups.setdefault(name, []).append(run)
    for name, members in groups.items():
        facts = {(run.images, run.noise) for run in members}
        if len(facts) > 1:
            raise ValueError(
                f'the seeds of {name} differ in (images, noise): {sorted(facts)}; compare them '
                'without the seed folders, or leave some out'
            )
    return groups


def make_rows(groups: dict[str, list[Run]], metric: str) -> tuple[list[str], list[list[str]]]:
    """The table's head and cells. Accuracies are percent."""
    short = metric.rsplit('/', 1)[-1]
    head = ['run', 'seeds', 'images', 'noise', 'epochs']
    head += [f'{prefix} {key}' for prefix in (short, 'mean class') for key in SUMMARIES]
    rows = []
    for name, members in groups.items():
        epochs = ', '.join(dict.fromkeys(run.epochs for run in members))
        row = [name, str(len(members)), members[0].images, members[0].noise, epochs]
        for field in ('metric', 'mean_class'):
            for key in SUMMARIES:
                values = [getattr(getattr(run, field), key) for run in members]
                # the deviation of a sample: seeds are few
                spread = f' ± {np.std(values, ddof=1):.2f}' if len(values) > 1 else ''
                row.append(f'{np.mean(values):.2f}{spread}')
        rows.append(row)
    if all(len(members) == 1 for members in groups.values()):
        for row in (head, *rows):
            del row[1]
    return head, rows


def to_markdown(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ['---'] + ['---:'] * (len(head) - 1), *rows]
    return '\n'.join('| ' + ' | '.join(line) + ' |' for line in lines)


def main() -> None:
    args = parse_args()
    with errors_in_one_line('compare_runs'):
        groups = group([read_run(path, args.metric) for path in args.work_dirs])
    head, rows = make_rows(groups, args.metric)
    if args.markdown:
        print(to_markdown(head, rows))
    else:
        # words below each other keep the columns narrow
        head = [name.replace(' ', '\n') for name in head]
        title = 'accuracy (%); best is the epoch that suits the tested images: it flatters'
        print_table(head, [rows], title)
    if args.out_dir is None:
        return
    curves = {name: [run.metric for run in runs] for name, runs in groups.items()}
    save_figure(accuracy_curves(curves, args.metric), args.out_dir / 'accuracy.png')
    losses = {name: read_losses(runs[0].work_dir) for name, runs in groups.items()}
    if any(losses.values()):
        save_figure(loss_curves(losses), args.out_dir / 'losses.png')


if __name__ == '__main__':
    main()
