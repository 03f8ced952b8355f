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
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

import mmfer  # noqa: F401  repairs the host before a config is read
from mmfer.apis import analysis
from mmfer.lists.tables import read_table
from mmfer.synthetic import LEVELS
from mmfer.visualization import (
    LevelAccuracy,
    breakdown_bars,
    level_accuracies,
    name_levels,
    save_figure,
)

Columns = dict[str, dict[str, list[LevelAccuracy]]]  # by column and run
ALL = '(all images)'


class Run(NamedTuple):
    """Class ids (N,) of a result file, and the table's row of each image, ascending."""

    target: np.ndarray
    prediction: np.ndarray
    row: np.ndarray


def parse_args() -> argparse.Namespace:
    parser = analysis.results_parser(__doc__.splitlines()[0])
    parser.add_argument('--meta', required=True, type=Path, help='CSV with a column "file"')
    by = 'columns of it; numbers are cut at their quartiles'
    parser.add_argument('--by', required=True, nargs='+', metavar='COLUMN', help=by)
    edges = 'inner edges to cut a column of numbers at instead; repeatable'
    names = ('COLUMN', 'EDGE')
    parser.add_argument('--bins', nargs='+', action='append', default=[], metavar=names, help=edges)
    files = 'folder for breakdown.csv and breakdown.png'
    parser.add_argument('--out-dir', type=Path, required=True, help=files)
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
    if not path.is_file():
        raise FileNotFoundError(f'no table at {str(path)!r}; give a CSV with a column "file"')
    _, columns, rows = read_table(str(path))
    for column in ('file', *by):
        if columns.count(column) != 1:
            number = 'no' if column not in columns else 'more than one'
            raise ValueError(f'{path} has {number} column {column!r}; it has {", ".join(columns)}')
    return [dict(zip(columns, row)) for _, row in rows]


def match(images: list[str], files: list[str], table: Path) -> np.ndarray:
    """The row of each image: its path ends as the row's does, or the other way round."""
    ends, by_name = [split(file) for file in files], {}
    for row, (name, *_) in enumerate(ends):
        by_name.setdefault(name, []).append(row)
    found, without = [], []
    for image in images:
        end = split(image)
        near = by_name.get(end[0], [])
        rows = [row for row in near if all(a == b for a, b in zip(end, ends[row]))]
        if len(rows) > 1:
            several = ', '.join(files[row] for row in rows[:3])
            raise ValueError(
                f'{image} fits {len(rows)} rows of {table}: {several}; name each image once, by '
                "its path below the data's folder"
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
    """Parts of a path of any system, the last first."""
    parts = [part for part in path.replace('\\', '/').split('/') if part not in ('', '.')]
    return parts[::-1] or ['']


def read_run(
    path: Path, files: list[str], table: Path, classes: Sequence[str] | None = None
) -> Run:
    """A result file, joined with the table."""
    samples, target, prediction = analysis.read_results(path, 'img_path', classes=classes)
    row = match([sample['img_path'] for sample in samples], files, table)
    order = np.argsort(row, kind='stable')
    return Run(target[order], prediction[order], row[order])


def read_runs(
    paths: list[Path], files: list[str], table: Path, classes: Sequence[str] | None = None
) -> dict[str, Run]:
    """Name to run; all on the same images.

    Raises:
        ValueError: where they are not.
    """
    stems = [path.stem for path in paths]
    names = [p.stem if stems.count(p.stem) == 1 else str(p.with_suffix('')) for p in paths]
    runs = {name: read_run(path, files, table, classes) for name, path in zip(names, paths)}
    first, *others = runs
    for name in others:
        one, other = runs[first], runs[name]
        if not np.array_equal([one.row, one.target], [other.row, other.target]):
            raise ValueError(
                f'{first} ({len(one.row)} images) and {name} ({len(other.row)} images) were not '
                'tested on the same images and labels; break them down apart'
            )
    return runs


def break_down(
    runs: dict[str, Run],
    meta: list[dict[str, str]],
    by: list[str],
    bins: dict[str, list[float]],
    num_classes: int,
) -> Columns:
    """The accuracies of each column's levels; the first column is all images."""
    rows = next(iter(runs.values())).row
    columns = {ALL: ([''] * len(rows), [''])}
    for column in by:
        order = [level for level, _ in LEVELS.get(column, ())]
        values = [meta[row][column] for row in rows]
        try:
            columns[column] = name_levels(values, bins.get(column), order)
        except ValueError as error:
            raise ValueError(f'{column}: {error}') from None
    return {
        column: {
            name: level_accuracies(levels, names, run.target, run.prediction, num_classes)
            for name, run in runs.items()
        }
        for column, (levels, names) in columns.items()
    }


def write_table(path: Path, columns: Columns) -> None:
    """A line a level; percent, with the bounds of the accuracy."""
    fields = ('accuracy', 'low', 'high', 'mean_class')
    runs = list(columns[ALL])
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, 'w', newline='', encoding='utf-8') as file:
        writer = csv.writer(file, lineterminator='\n')
        head = [f'{run} {field}' for run in runs for field in fields]
        writer.writerow(['column', 'level', 'images', *head])
        for column, found in columns.items():
            for levels in zip(*found.values()):
                cells = [f'{getattr(level, field):.2f}' for level in levels for field in fields]
                writer.writerow([column, levels[0].level, levels[0].images, *cells])


def section(column: str, runs: dict[str, list[LevelAccuracy]]) -> list[list[str]]:
    """The printed table's rows of a column."""
    rows = []
    for levels in zip(*runs.values()):
        cells = [f'{level.accuracy:.2f} / {level.mean_class:.2f}' for level in levels]
        rows.append(['' if rows else column, levels[0].level, str(levels[0].images), *cells])
    return rows


def main() -> None:
    args = parse_args()
    by = list(dict.fromkeys(args.by))
    with analysis.errors_in_one_line('breakdown'):
        bins, meta = read_bins(args.bins, by), read_meta(args.meta, by)
        classes = analysis.class_names(analysis.read_config(args.config))
        runs = read_runs(args.results, [row['file'] for row in meta], args.meta, classes)
        columns = break_down(runs, meta, by, bins, len(classes))
    head = ['column', 'level', 'images', *columns[ALL]]
    sections = [section(*item) for item in columns.items()]
    analysis.print_table(head, sections, 'accuracy / mean class accuracy (%)', left=2)
    write_table(args.out_dir / 'breakdown.csv', columns)
    overall = {name: levels[0].accuracy for name, levels in columns.pop(ALL).items()}
    print(save_figure(breakdown_bars(columns, overall), args.out_dir / 'breakdown.png'))


if __name__ == '__main__':
    main()
