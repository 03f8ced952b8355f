"""What tools that look into configs, trained models and results share."""

import argparse
import copy
import pickle
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import mmengine
import numpy as np
from mmengine.config import Config, DictAction
from mmengine.device import get_device
from mmengine.model import BaseModel
from mmengine.registry import init_default_scope
from mmengine.runner import Runner
from mmpretrain.registry import DATASETS, MODELS
from rich import box
from rich.console import Console
from rich.progress import track
from rich.table import Table
from torch.utils.data import Dataset

from mmfer.weights.classes import cross

from ..engine.hooks.held_out import name_held_out

NEEDED = ('gt_label', 'pred_label')  # of a sample that was tested


def results_parser(description: str) -> argparse.ArgumentParser:
    """A parser with a config and result files."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument('config', help='names the classes; one of the tested configs')
    same = 'predictions on the same images; the file name becomes the title'
    parser.add_argument('results', nargs='+', type=Path, metavar='RESULT.pkl', help=same)
    return parser


def picture_parser(description: str, config: str, num: int) -> argparse.ArgumentParser:
    """A parser with a config (of what, tells ``config``), its checkpoint, the picture to write, and
    images by chance, ``num`` by default."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument('config', help=config)
    parser.add_argument('checkpoint', type=Path)
    parser.add_argument('--out', type=Path, required=True, help='the picture')
    parser.add_argument('--num', type=int, default=num, help=f'of images; default: {num}')
    parser.add_argument('--seed', type=int, default=0, help='chooses them, and all that is random')
    return parser


def parse_picture(parser: argparse.ArgumentParser) -> argparse.Namespace:
    """The arguments of :func:`picture_parser` and, perhaps, picture files in ``images``; the
    program ends where files are missing or ``--num`` is below 1."""
    args = parser.parse_args()
    for path in [args.checkpoint, *(getattr(args, 'images', None) or ())]:
        if not path.is_file():
            parser.error(f'{path}: no such file')
    if args.num is not None and args.num < 1:
        parser.error(f'--num {args.num}: at least 1 image is needed')
    return args


def label_parser(description: str, config: str) -> argparse.ArgumentParser:
    """A parser with a config, what it is taken for, and the file of labels to write."""
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=description, formatter_class=raw)
    parser.add_argument('config', help=config)
    parser.add_argument('--out', type=Path, required=True, help='a new text file')
    parser.add_argument('--seed', type=int, default=0, help='of all that is drawn')
    parser.add_argument('--cfg-options', nargs='+', action=DictAction, default={})
    return parser


def parse_labels(parser: argparse.ArgumentParser) -> argparse.Namespace:
    """The arguments of :func:`label_parser`, and ``stem``, to which the ending of another file
    beside ``out`` is added; the program ends where ``out`` is a folder."""
    args = parser.parse_args()
    if args.out.is_dir():
        parser.error(f'--out {args.out} is a folder; name a file')
    args.stem = str(args.out).removesuffix('.txt')
    return args


def check_reads_back(path: Path, read: Callable[[], np.ndarray], expected: np.ndarray) -> None:
    """Remove a file just written that does not read back as ``expected``.

    Raises:
        RuntimeError: on another content; what ``read`` raises goes through.
    """
    try:
        if not np.array_equal(read(), expected):
            raise RuntimeError(f'{path} would not read back; please report the command')
    except Exception:
        path.unlink()
        raise


@contextmanager
def errors_in_one_line(tool: str, *others: type[Exception]) -> Iterator[None]:
    """Errors of files and values, and ``others``, end the program with their words alone."""
    try:
        yield
    except (OSError, ValueError, *others) as error:
        told = error.args[0] if isinstance(error, KeyError) else error
        raise SystemExit(f'{tool}: {told}') from error


def read_config(path: str | Path, options: dict | None = None) -> Config:
    """A config whose data sets and models can be built next."""
    cfg = Config.fromfile(path)
    cfg.merge_from_dict(options or {})
    name_held_out(cfg)
    init_default_scope(cfg.get('default_scope', 'mmpretrain'))
    return cfg


def class_names(cfg: Config) -> Sequence[str]:
    """Of the data set that is tested on, which is not read."""
    dataset = DATASETS.build(dict(cfg.test_dataloader.dataset, lazy_init=True))
    return dataset.metainfo['classes']


def output_names(
    network: BaseModel, saved: Mapping, classes: Sequence[str]
) -> tuple[tuple[str, ...], list[int]]:
    """The names of a loaded network's outputs, as a data set calls them where it has them, and
    which output each of its ``classes`` is, -1 where there is none.

    Args:
        saved: what the checkpoint says of its data set. Where it names no classes, they are the
            data set's.

    Raises:
        ValueError: where nobody can tell which class is which.
    """
    count = getattr(network.head, 'num_classes', len(classes))
    names = tuple(map(str, saved.get('classes') or ()))
    if len(names) == count:
        fix = 'take the config of the data set that it was trained on'
        places = cross(classes, names, fix=fix).places
        own = {place: name for name, place in zip(classes, places)}
        return tuple(own.get(i, name) for i, name in enumerate(names)), places
    if count != len(classes):
        raise ValueError(
            f'the network has {count} outputs and does not tell its classes; the data set has '
            f'{len(classes)}, {tuple(classes)}: take the config that it was trained by'
        )
    return tuple(classes), list(range(count))


def check_same_classes(network: BaseModel, saved: Mapping, classes: Sequence[str]) -> None:
    """Outputs of a loaded network are the classes of a data set whose labels are made by it.

    Raises:
        ValueError: where they are others, or stand in another order.
    """
    names, places = output_names(network, saved, classes)
    if places != list(range(len(names))):
        raise ValueError(
            f'the checkpoint was trained on the classes {names}, the data set has '
            f'{tuple(classes)}: labels made by it would be wrong; take one that was trained on '
            'this data set'
        )


def build_network(cfg: Config) -> BaseModel:
    """The config's model without initial weights (a checkpoint holds all), on the GPU where there
    is one, for use."""
    network = copy.deepcopy(cfg.model)  # building one writes defaults into its config
    network.backbone.pop('init_cfg', None)
    return MODELS.build(network).to(get_device()).eval()


def without(settings: Mapping, *names: str, **changes) -> dict:
    """Settings but for some, and with changes."""
    return {k: v for k, v in dict(settings, **changes).items() if k not in names}


def batches(cfg: Config, dataset: Dataset | dict, title: str) -> Iterable[dict]:
    """A data set in its order, in batches as the config validates; with a progress bar."""
    loader = dict(
        dataset=dataset,
        batch_size=cfg.val_dataloader.batch_size,
        num_workers=cfg.val_dataloader.get('num_workers', 0),
        sampler=dict(type='DefaultSampler', shuffle=False),
        collate_fn=dict(type='default_collate'),
    )
    return track(Runner.build_dataloader(loader), title)


def run_name(checkpoint: Path) -> str:
    """Folder and stem of a checkpoint, for titles."""
    checkpoint = checkpoint.resolve()
    return f'{checkpoint.parent.name}, {checkpoint.stem}'


def read_results(
    path: Path, *needed: str, classes: Sequence[str] | None = None
) -> tuple[list[dict], np.ndarray, np.ndarray]:
    """What ``tools/test.py --out`` wrote: the samples, their classes and predictions (N,).

    Raises:
        ValueError: on anything else, where samples lack what is ``needed``, or have scores of
            another number of classes than ``classes``.
    """
    fix = 'write it with tools/test.py --out-item pred, the default for .pkl'
    try:
        samples = mmengine.load(path)
    except pickle.UnpicklingError as error:
        raise ValueError(f'{path} cannot be read: {error}; {fix}') from error
    samples = samples if isinstance(samples, list) else []
    whole = all(isinstance(sample, dict) and {*NEEDED, *needed} <= {*sample} for sample in samples)
    if not samples or not whole:
        raise ValueError(f'{path} holds no predictions of images; {fix}')
    scores = samples[0].get('pred_score')
    if None not in (classes, scores) and len(scores) != len(classes):
        raise ValueError(
            f'{path} has scores of {len(scores)} classes, the config has {len(classes)}, '
            f'{tuple(classes)}; take the config that it was tested by'
        )
    try:
        target, prediction = (np.array([int(s[key]) for s in samples]) for key in NEEDED)
    except (TypeError, ValueError, RuntimeError, OverflowError) as error:
        raise ValueError(f'{path} holds labels that are no class ids ({error}); {fix}') from error
    return samples, target, prediction


def print_table(
    head: Sequence[str],
    sections: Iterable[Iterable[Sequence[str]]],
    title: str | None = None,
    left: int = 1,
    gap: int = 1,
) -> None:
    """Rows under a head, a line between sections. The first ``left`` columns hold words; numbers
    lie to the right. ``gap`` spaces are between columns."""
    # not a terminal: as wide as the table needs, so that no cell is folded
    console = Console(width=None if sys.stdout.isatty() else 240)
    table = Table(title=title, title_justify='left', box=box.SIMPLE_HEAD, padding=(0, gap, 0, 0))
    for number, name in enumerate(head):
        justify = 'left' if number < left else 'right'
        table.add_column(name, justify=justify, vertical='bottom', overflow='fold')
    for rows in sections:
        for row in rows:
            table.add_row(*row)
        table.add_section()
    console.print(table)
