"""Show how a model came to believe one of its candidate labels.

Reads disambiguation.json, which DisambiguationHook writes while training. The faces come from the
run's own config. Several work dirs compare their curves::

    python tools/analysis_tools/vis_disambiguation.py work_dirs/demo_pll/pll
    python tools/analysis_tools/vis_disambiguation.py work_dirs/pll_k2 work_dirs/pll_k3 --out k

Writes disambiguation.png, disambiguation.csv (all numbers, also by class) and, for each work dir,
candidates_NAME.png.
"""

import argparse
import csv
import sys
from pathlib import Path

import cv2
import numpy as np
from mmengine.config import Config
from mmengine.logging import MMLogger
from mmengine.registry import init_default_scope
from mmpretrain.registry import DATASETS
from rich import box
from rich.console import Console
from rich.table import Table

import mmfer  # noqa: F401  repairs the host before a config is read
from mmfer.visualization import (
    Disambiguation,
    Followed,
    candidate_courses,
    disambiguation_curves,
    read_disambiguation,
    save_figure,
)

NUMBERS = ('share_clean', 'confidence_clean', 'share_decided')


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('work_dirs', nargs='+', type=Path, metavar='WORK_DIR')
    parser.add_argument('--out', type=Path, help='folder; default: the first work dir')
    parser.add_argument(
        '--no-faces',
        action='store_true',
        help='no candidates_NAME.png; the data are not needed then',
    )
    return parser.parse_args()


def name_runs(work_dirs: list[Path]) -> dict[str, Path]:
    """Work dirs by as much of their path as tells them apart."""
    paths = [path.resolve() for path in dict.fromkeys(work_dirs)]
    parts = next(
        (n for n in range(1, 20) if len({path.parts[-n:] for path in paths}) == len(paths)), 1
    )
    return {'/'.join(path.parts[-parts:]): path for path in paths}


def training_faces(work_dir: Path):
    """The training set, as the run's last start had it, without a pipeline."""
    found = sorted(work_dir.glob('*/vis_data/config.py'), key=lambda p: p.stat().st_mtime)
    if not found:
        raise FileNotFoundError(
            f'{work_dir}: no */vis_data/config.py, in which a run keeps its config; --no-faces '
            'draws the curves alone'
        )
    cfg = Config.fromfile(found[-1])
    init_default_scope(cfg.get('default_scope', 'mmpretrain'))
    settings = cfg.train_dataloader.dataset
    while 'pipeline' not in settings and 'dataset' in settings:
        settings = settings.dataset
    # the faces are wanted alone
    kept = {k: v for k, v in settings.items() if k not in ('candidates', 'noise')}
    return DATASETS.build(dict(kept, pipeline=[]))


def follow(run: Disambiguation, dataset) -> list[Followed]:
    """One cell of the sheet an image."""
    rows = []
    for place, one in enumerate(run.chosen):
        info = dataset.get_data_info(one['sample_idx']) if one['sample_idx'] < len(dataset) else {}
        if Path(info.get('img_path', '')).name != one['name']:
            raise ValueError(
                f'the training set now has {info.get("img_path")!r} where it had {one["name"]!r} '
                f'(sample {one["sample_idx"]}); --no-faces draws the curves alone'
            )
        image = cv2.imread(info['img_path'])
        if image is None:
            raise ValueError(f'{info["img_path"]} cannot be read')
        course = np.array([entry['chosen'][place] for entry in run.by_epoch.values()])
        rows.append(
            Followed(
                image=image[..., ::-1],
                epochs=list(run.by_epoch),
                confidences=course[:, one['candidates']],
                candidates=[run.classes[c] for c in one['candidates']],
                given=run.classes[one['given']],
                clean=run.classes[one['clean']],
                name=one['name'],
            )
        )
    return rows


def print_table(name: str, run: Disambiguation) -> None:
    covered = run.covered / run.ambiguous
    console = Console(width=None if sys.stdout.isatty() else 120)
    console.print(
        f'{name}: % of {run.ambiguous} ambiguous images ({run.images} in all; {covered:.1%} have '
        'the clean label among their candidates)',
        highlight=False,
    )
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 2, 0, 0))
    for head in ('epoch', 'clean label\nlikeliest', 'mean confidence\nin it', 'decided'):
        table.add_column(head, justify='right')
    for epoch, entry in run.by_epoch.items():
        table.add_row(str(epoch), *(f'{100 * entry[key]:.1f}' for key in NUMBERS))
    console.print(table)


def write_csv(runs: dict[str, Disambiguation], path: Path) -> None:
    """A row a run, epoch and class; class 'all' first. Shares from 0 to 1."""
    with open(path, 'w', newline='', encoding='utf-8') as file:
        writer = csv.writer(file)
        writer.writerow(['run', 'epoch', 'class', 'ambiguous', *NUMBERS])
        for name, run in runs.items():
            for epoch, entry in run.by_epoch.items():
                writer.writerow([name, epoch, 'all', run.ambiguous, *(entry[k] for k in NUMBERS)])
                for label, count in enumerate(run.ambiguous_by_class):
                    values = (entry['by_class'][key][label] for key in NUMBERS)
                    writer.writerow([name, epoch, run.classes[label], count, *values])


def main() -> None:
    args = parse_args()
    MMLogger.get_current_instance().setLevel('WARNING')
    out = args.out or args.work_dirs[0]
    try:
        paths = name_runs(args.work_dirs)
        runs = {name: read_disambiguation(path) for name, path in paths.items()}
        sheets = (
            {}
            if args.no_faces
            else {
                name: follow(run, training_faces(paths[name]))
                for name, run in runs.items()
                if run.chosen
            }
        )
    except (FileNotFoundError, KeyError, ValueError) as error:
        raise SystemExit(f'vis_disambiguation: {error.args[0]}') from None
    out.mkdir(parents=True, exist_ok=True)
    for name, run in runs.items():
        print_table(name, run)
    write_csv(runs, out / 'disambiguation.csv')
    print(out / 'disambiguation.csv')
    print(save_figure(disambiguation_curves(runs), out / 'disambiguation.png'))
    for name, rows in sheets.items():
        file = f'candidates_{name.replace("/", "_")}.png'
        print(
            save_figure(
                candidate_courses(rows, f'{name}: confidence of each candidate'), out / file
            )
        )


if __name__ == '__main__':
    main()
