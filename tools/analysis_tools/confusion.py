"""Draw confusion matrices from result files of tools/test.py, side by side.

::

    python tools/test.py CONFIG CHECKPOINT --out ce.pkl
    python tools/analysis_tools/confusion.py CONFIG ce.pkl clex.pkl --out confusion.png
"""

import argparse
from pathlib import Path

import mmengine
import numpy as np
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmpretrain.registry import DATASETS

import mmfer  # noqa: F401  repairs the host before a config is read
from mmfer.visualization import confusion_counts, confusion_panels, save_figure


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('config', help='names the classes; one of the tested configs')
    parser.add_argument(
        'results',
        nargs='+',
        type=Path,
        metavar='RESULT.pkl',
        help='predictions; the file name becomes the title',
    )
    parser.add_argument('--out', type=Path, required=True, help='the picture')
    args = parser.parse_args()
    for path in args.results:
        if not path.is_file():
            parser.error(f'{path}: no such file; write it with tools/test.py --out {path}')
    return args


def read_counts(path: Path, num_classes: int) -> np.ndarray:
    """The confusion matrix of a result file."""
    samples = mmengine.load(path)
    if not isinstance(samples, list) or not samples or 'pred_label' not in samples[0]:
        raise SystemExit(
            f'{path} holds no predictions; write it with tools/test.py --out-item pred, the '
            'default for .pkl'
        )
    target, prediction = (
        np.array([int(s[key]) for s in samples]) for key in ('gt_label', 'pred_label')
    )
    return confusion_counts(target, prediction, num_classes)


def main() -> None:
    args = parse_args()
    cfg = Config.fromfile(args.config)
    init_default_scope(cfg.get('default_scope', 'mmpretrain'))
    # lazy: the names are wanted, not the images
    dataset = DATASETS.build(dict(cfg.test_dataloader.dataset, lazy_init=True))
    classes = dataset.metainfo['classes']
    counts = {path.stem: read_counts(path, len(classes)) for path in args.results}
    print(save_figure(confusion_panels(counts, classes), args.out))


if __name__ == '__main__':
    main()
