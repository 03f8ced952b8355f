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
from pathlib import Path

import cv2
import numpy as np
from mmengine.logging import MMLogger
from mmpretrain.registry import DATASETS
from torch.utils.data import Dataset

import mmfer  # noqa: F401  repairs the host before a config is read
from mmfer.apis.analysis import errors_in_one_line, print_table, read_config, without
from mmfer.apis.inference import innermost
from mmfer.visualization import (
    NUMBERS,
    Disambiguation,
    Followed,
    candidate_courses,
    disambiguation_curves,
    last_config,
    read_disambiguation,
    save_figure,
)

HEAD = ('epoch', 'clean label\nlikeliest', 'mean confidence\nin it', 'decided')
WITHOUT = '--no-faces draws the curves alone'


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('work_dirs', nargs='+', type=Path, metavar='WORK_DIR')
    parser.add_argument('--out', type=Path, help='folder; default: the first work dir')
    alone = 'no candidates_NAME.png; the data are not needed then'
    parser.add_argument('--no-faces', action='store_true', help=alone)
    return parser.parse_args()


def name_runs(work_dirs: list[Path]) -> dict[str, Path]:
    """Work dirs by as much of their path as tells them apart."""
    paths = [path.resolve() for path in dict.fromkeys(work_dirs)]
    parts = next(
        (n for n in range(1, 20) if len({path.parts[-n:] for path in paths}) == len(paths)), 1
    )
    return {'/'.join(path.parts[-parts:]): path for path in paths}


def training_faces(work_dir: Path) -> Dataset:
    """The training set, as the run's last start had it, without a pipeline."""
    cfg = read_config(last_config(work_dir, WITHOUT))
    settings = innermost(cfg.train_dataloader.dataset)  # the faces are wanted alone
    return DATASETS.build(without(settings, 'candidates', 'noise', pipeline=[]))


def follow(run: Disambiguation, dataset: Dataset) -> list[Followed]:
    """One cell of the sheet an image."""
    rows = []
    for place, one in enumerate(run.chosen):
        info = dataset.get_data_info(one['sample_idx']) if one['sample_idx'] < len(dataset) else {}
        if Path(info.get('img_path', '')).name != one['name']:
            raise ValueError(
                f'the training set now has {info.get("img_path")!r} where it had {one["name"]!r} '
                f'(sample {one["sample_idx"]}); {WITHOUT}'
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


def show(name: str, run: Disambiguation) -> None:
    """The table of a run."""
    print(
        f'{name}: % of {run.ambiguous} ambiguous images ({run.images} in all; '
        f'{run.covered / run.ambiguous:.1%} have the clean label among their candidates)'
    )
    rows = [
        [str(epoch), *(f'{100 * entry[key]:.1f}' for key in NUMBERS)]
        for epoch, entry in run.by_epoch.items()
    ]
    print_table(HEAD, [rows], left=0, gap=2)


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
    with errors_in_one_line('vis_disambiguation'):
        paths = name_runs(args.work_dirs)
        runs = {name: read_disambiguation(path) for name, path in paths.items()}
        drawn = [] if args.no_faces else [name for name in runs if runs[name].chosen]
        sheets = {name: follow(runs[name], training_faces(paths[name])) for name in drawn}
    out.mkdir(parents=True, exist_ok=True)
    for name, run in runs.items():
        show(name, run)
    write_csv(runs, out / 'disambiguation.csv')
    print(out / 'disambiguation.csv')
    print(save_figure(disambiguation_curves(runs), out / 'disambiguation.png'))
    for name, rows in sheets.items():
        figure = candidate_courses(rows, f'{name}: confidence of each candidate')
        path = out / f'candidates_{name.replace("/", "_")}.png'
        print(save_figure(figure, path, classes=runs[name].classes))


if __name__ == '__main__':
    main()
