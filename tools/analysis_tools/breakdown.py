"""Break the accuracy of result files of tools/test.py down by conditions of the faces.

A table names the conditions: a CSV with a ``file`` column, the image's path below the data's
folder, such as the ``meta.csv`` of synthetic faces::

    python tools/test.py CONFIG CHECKPOINT --out ce.pkl
    python tools/analysis_tools/breakdown.py CONFIG ce.pkl clex.pkl \\
        --meta data/synthetic_rafdb/meta.csv --by pose_level blur_level yaw \\
        --bins yaw -10 0 10 --out-dir DIR
"""

import argparse
import csv
from pathlib import Path
from typing import NamedTuple

import mmengine
import numpy as np
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmpretrain.registry import DATASETS
from rich import box
from rich.console import Console
from rich.table import Table

import mmfer  # noqa: F401  repairs the host before a config is read
from mmfer.synthetic import LEVELS
from mmfer.visualization import (
    LevelAccuracy,
    breakdown_bars,
    level_accuracies,
    name_levels,
    save_figure,
)

ALL = '(all images)'


class Run(NamedTuple):
    """Class ids (N,) of a result file, and the table's row of each image, ascending."""

    target: np.ndarray
    prediction: np.ndarray
    row: np.ndarray


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('config', help='names the classes; one of the tested configs')
    parser.add_argument(
        'results',
        nargs='+',
        type=Path,
        metavar='RESULT.pkl',
        help='predictions on the same images; the file name becomes the title',
    )
    parser.add_argument('--meta', required=True, type=Path, help='CSV with a column "file"')
    parser.add_argument(
        '--by',
        required=True,
        nargs='+',
        metavar='COLUMN',
        help='columns of it; numbers are cut at their quartiles',
    )
    parser.add_argument(
        '--bins',
        nargs='+',
        action='append',
        default=[],
        metavar=('COLUMN', 'EDGE'),
        help='inner edges to cut a column of numbers at instead; repeatable',
    )
    parser.add_argument(
        '--out-dir', type=Path, required=True, help='folder for breakdown.csv and breakdown.png'
    )
    return parser.parse_args()


def read_bins(given: list[list[str]], by: list[str]) -> dict[str, list[float]]:
    """Column to its edges."""
    bins = {}
    for column, *edges in given:
        if column not in by:
            raise ValueError(f'--bins {column}: no column of --by {" ".join(by)}')
        try:
            bins[column] = [float(edge) for edge in edges]
        except ValueError:
            raise ValueError(
                f'--bins {column} {" ".join(edges)}: after the column come numbers, the inner edges'
            ) from None
    return bins


def read_meta(path: Path, by: list[str]) -> list[dict[str, str]]:
    """The table's rows, which have the columns ``by``."""
    with open(path, newline='', encoding='utf-8-sig') as file:
        reader = csv.DictReader(file, restval='')
        rows, columns = list(reader), reader.fieldnames or []
    for column in ('file', *by):
        if column not in columns:
            raise ValueError(f'{path} has no column {column!r}; it has {", ".join(columns)}')
    return rows


def match(images: list[str], files: list[str], table: Path) -> np.ndarray:
    """The row of each image: its path ends as the row's does, or the other way round."""
    by_name: dict[str, list[tuple[int, list[str]]]] = {}
    for row, file in enumerate(files):
        parts = split(file)
        by_name.setdefault(parts[-1], []).append((row, parts))
    found, without = [], []
    for image in images:
        parts = split(image)
        rows = [
            row
            for row, other in by_name.get(parts[-1], [])
            if all(a == b for a, b in zip(parts[::-1], other[::-1]))
        ]
        if len(rows) > 1:
            raise ValueError(
                f'{image} fits {len(rows)} rows of {table}: '
                f'{", ".join(files[row] for row in rows[:3])}; name each image once, '
                "by its path below the data's folder"
            )
        found += rows
        if not rows:
            without.append(image)
    if without:
        raise ValueError(
            f'{len(without)} of {len(images)} images have no row in {table}, the first are '
            f'{", ".join(without[:3])}; its files look like {", ".join(files[:2])}. Is it the '
            'table of the tested data?'
        )
    return np.array(found)


def split(path: str) -> list[str]:
    """Parts of a path of any system."""
    return [part for part in path.replace('\\', '/').split('/') if part not in ('', '.')] or ['']


def read_run(path: Path, files: list[str], table: Path) -> Run:
    """A result file, joined with the table."""
    samples = mmengine.load(path)
    if (
        not isinstance(samples, list)
        or not samples
        or not {'pred_label', 'gt_label', 'img_path'} <= set(samples[0])
    ):
        raise ValueError(
            f'{path} holds no predictions of images; write it with tools/test.py --out-item pred, '
            'the default for .pkl'
        )
    row = match([sample['img_path'] for sample in samples], files, table)
    order = np.argsort(row, kind='stable')
    target, prediction = (
        np.array([int(sample[key]) for sample in samples])[order]
        for key in ('gt_label', 'pred_label')
    )
    return Run(target, prediction, row[order])


def read_runs(paths: list[Path], files: list[str], table: Path) -> dict[str, Run]:
    """Name to run; all on the same images.

    Raises:
        ValueError: where they are not.
    """
    stems = [path.stem for path in paths]
    names = [
        path.stem if stems.count(path.stem) == 1 else str(path.with_suffix('')) for path in paths
    ]
    runs = {name: read_run(path, files, table) for name, path in zip(names, paths)}
    first, *others = runs
    for name in others:
        if not (
            np.array_equal(runs[first].row, runs[name].row)
            and np.array_equal(runs[first].target, runs[name].target)
        ):
            raise ValueError(
                f'{first} ({len(runs[first].row)} images) and {name} ({len(runs[name].row)} '
                'images) were not tested on the same images and labels; break them down apart'
            )
    return runs


def class_names(config: str) -> list[str]:
    cfg = Config.fromfile(config)
    init_default_scope(cfg.get('default_scope', 'mmpretrain'))
    # lazy: the names are wanted, not the images
    dataset = DATASETS.build(dict(cfg.test_dataloader.dataset, lazy_init=True))
    return dataset.metainfo['classes']


def break_down(
    runs: dict[str, Run],
    meta: list[dict[str, str]],
    by: list[str],
    bins: dict[str, list[float]],
    num_classes: int,
) -> dict[str, dict[str, list[LevelAccuracy]]]:
    """Column to run to the accuracies of its levels; the first column is all images."""
    rows = next(iter(runs.values())).row
    columns = {ALL: ([''] * len(rows), [''])}
    for column in by:
        order = [level for level, _ in LEVELS.get(column, ())]
        try:
            columns[column] = name_levels(
                [meta[row][column] for row in rows], bins.get(column), order
            )
        except ValueError as error:
            raise ValueError(f'{column}: {error}') from None
    return {
        column: {
            name: level_accuracies(levels, names, run.target, run.prediction, num_classes)
            for name, run in runs.items()
        }
        for column, (levels, names) in columns.items()
    }


def write_table(path: Path, columns: dict[str, dict[str, list[LevelAccuracy]]]) -> None:
    """A line a level; percent, with the bounds of the accuracy."""
    fields = ('accuracy', 'low', 'high', 'mean_class')
    runs = list(columns[ALL])
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, 'w', newline='', encoding='utf-8') as file:
        writer = csv.writer(file, lineterminator='\n')
        writer.writerow(
            ['column', 'level', 'images'] + [f'{run} {field}' for run in runs for field in fields]
        )
        for column, found in columns.items():
            for levels in zip(*found.values()):
                writer.writerow(
                    [column, levels[0].level, levels[0].images]
                    + [f'{getattr(level, field):.2f}' for level in levels for field in fields]
                )


def print_table(columns: dict[str, dict[str, list[LevelAccuracy]]]) -> None:
    # not a terminal: as wide as the table needs, so that no cell is folded
    console = Console()
    if not console.is_terminal:
        console = Console(width=240)
    table = Table(
        title='accuracy / mean class accuracy (%)',
        title_justify='left',
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
    )
    for name in ('column', 'level'):
        table.add_column(name)
    for name in ('images', *columns[ALL]):
        table.add_column(name, justify='right', overflow='fold')
    for column, runs in columns.items():
        for number, levels in enumerate(zip(*runs.values())):
            table.add_row(
                '' if number else column,
                levels[0].level,
                str(levels[0].images),
                *(f'{level.accuracy:.2f} / {level.mean_class:.2f}' for level in levels),
            )
        table.add_section()
    console.print(table)


def main() -> None:
    args = parse_args()
    by = list(dict.fromkeys(args.by))
    try:
        bins, meta = read_bins(args.bins, by), read_meta(args.meta, by)
        runs = read_runs(args.results, [row['file'] for row in meta], args.meta)
        columns = break_down(runs, meta, by, bins, len(class_names(args.config)))
    except (FileNotFoundError, ValueError) as error:
        raise SystemExit(f'breakdown: {error}') from None
    print_table(columns)
    write_table(args.out_dir / 'breakdown.csv', columns)
    overall = {name: levels[0].accuracy for name, levels in columns.pop(ALL).items()}
    print(save_figure(breakdown_bars(columns, overall), args.out_dir / 'breakdown.png'))


if __name__ == '__main__':
    main()
