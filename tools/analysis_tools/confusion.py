"""Draw confusion matrices from result files of tools/test.py, side by side.

::

    python tools/test.py CONFIG CHECKPOINT --out ce.pkl
    python tools/analysis_tools/confusion.py CONFIG ce.pkl clex.pkl --out confusion.png
"""

import argparse
from pathlib import Path

import mmfer  # noqa: F401  repairs the host before a config is read
from mmfer.apis import analysis
from mmfer.visualization import confusion_counts, confusion_panels, save_figure


def parse_args() -> argparse.Namespace:
    parser = analysis.results_parser(__doc__.splitlines()[0])
    parser.add_argument('--out', type=Path, required=True, help='the picture')
    args = parser.parse_args()
    for path in args.results:
        if not path.is_file():
            parser.error(f'{path}: no such file; write it with tools/test.py --out {path}')
    return args


def main() -> None:
    args = parse_args()
    classes = analysis.class_names(analysis.read_config(args.config))
    matrices = {}
    for path in args.results:
        with analysis.errors_in_one_line('confusion'):
            _, target, prediction = analysis.read_results(path, classes=classes)
        matrices[path.stem] = confusion_counts(target, prediction, len(classes))
    print(save_figure(confusion_panels(matrices, classes), args.out))


if __name__ == '__main__':
    main()
