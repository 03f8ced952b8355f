"""Look at a data set as the network gets it: views side by side, labels above.

The title tells the given label and the clean one, in red where they differ.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
from mmengine.config import DictAction
from mmengine.dataset import Compose
from mmpretrain.registry import DATASETS

import mmfer  # noqa: F401  repairs the host before a config is read
from mmfer.apis.analysis import read_config
from mmfer.engine.hooks.parts import data_sets
from mmfer.visualization import save_figure
from mmfer.visualization.browse import Labels, Step, step_figure


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add('config', help='config file')
    add('--output-dir', '-o', type=Path, help='folder for the pictures')
    add('--not-show', action='store_true', help='open no window')
    add('--phase', '-p', default='train', choices=('train', 'val', 'test'))
    number = 'number of images, from the first; default: all'
    add('--show-number', '-n', type=int, default=sys.maxsize, help=number)
    add('--show-interval', '-i', type=float, default=2, help='seconds')
    modes = ('original', 'transformed', 'concat', 'pipeline')
    shown = 'the image as loaded, as the network gets it, both, or after each step'
    add('--mode', '-m', default='transformed', choices=modes, help=shown)
    add('--rescale-factor', '-r', type=float, default=1.0, help='of the pictures')
    order = 'order of the channels in the pipeline'
    add('--channel-order', '-c', default='BGR', choices=('BGR', 'RGB'), help=order)
    override = 'override settings of the config: key=value'
    add('--cfg-options', nargs='+', action=DictAction, default={}, help=override)
    args = parser.parse_args()
    if args.not_show and args.output_dir is None:
        parser.error('--not-show without --output-dir: nothing would come of it')
    if args.show_number < 1:
        parser.error(f'--show-number {args.show_number}: at least 1 image is needed')
    return args


class Recorder(Compose):
    """A pipeline that keeps what it started from and each step's images."""

    def __init__(self, transforms: list, channel_order: str):
        super().__init__(transforms)
        self.bgr = channel_order == 'BGR'

    def __call__(self, data: dict):
        self.start, self.steps = dict(data), []
        if 'img' in data:
            self._keep('original', data)
        for transform in self.transforms:
            data = transform(data)
            if data is None:
                return None
            if 'img' in data:
                self._keep(type(transform).__name__, data)
        return data

    def _keep(self, name: str, data: dict) -> None:
        views = data['img'] if isinstance(data['img'], list) else [data['img']]
        self.steps.append(Step(name, [self._picture(view) for view in views]))

    def _picture(self, image) -> np.ndarray:
        image = np.array(image)
        if image.dtype != np.uint8:
            image = image.clip(0, 255).astype(np.uint8)
        return image[..., ::-1] if self.bgr and image.ndim == 3 else image


def choose_steps(steps: list[Step], mode: str) -> list[Step]:
    """The steps that a mode shows."""
    first, last = steps[0]._replace(name='original'), steps[-1]._replace(name='transformed')
    return dict(original=[first], transformed=[last], concat=[first, last], pipeline=steps)[mode]


def read_labels(start: dict, classes: tuple) -> Labels:
    """The labels of a sample, in words."""

    def words(label) -> str:
        return ', '.join(classes[int(i)] for i in np.atleast_1d(label))

    return Labels(
        given=words(start['gt_label']) if 'gt_label' in start else 'none',
        clean=words(start['clean_label']) if 'clean_label' in start else None,
        soft=start.get('gt_score'),
        classes=classes,
    )


def show(picture: np.ndarray, seconds: float) -> None:
    """A window for some seconds."""
    from matplotlib import pyplot

    pyplot.figure('browse_dataset', figsize=(picture.shape[1] / 100, picture.shape[0] / 100))
    pyplot.clf()
    pyplot.figimage(picture)
    pyplot.pause(seconds)


def main() -> None:
    args = parse_args()
    cfg = read_config(args.config, args.cfg_options)
    dataset = DATASETS.build(cfg[f'{args.phase}_dataloader'].dataset)
    classes = dataset.metainfo['classes']
    recorders = []
    for one, _ in data_sets(dataset):
        one.pipeline = Recorder(one.pipeline.transforms, args.channel_order)
        recorders.append(one.pipeline)

    number = min(args.show_number, len(dataset))
    for i in range(number):
        for recorder in recorders:
            recorder.steps = []
        dataset[i]
        recorder = next(r for r in recorders if r.steps)
        name = Path(recorder.start.get('img_path', str(i))).name
        steps = choose_steps(recorder.steps, args.mode)
        labels = read_labels(recorder.start, classes)
        figure = step_figure(steps, labels, name, scale=args.rescale_factor)
        if args.output_dir is not None:
            save_figure(figure, args.output_dir / f'{i:05d}_{Path(name).stem}.png')
        if not args.not_show:
            figure.canvas.draw()
            show(np.asarray(figure.canvas.buffer_rgba()), args.show_interval)
    if args.output_dir is not None:
        print(f'{number} pictures in {args.output_dir}')


if __name__ == '__main__':
    main()
