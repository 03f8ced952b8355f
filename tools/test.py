"""Test a model."""

import argparse
from pathlib import Path

import mmengine
import torch
from mmengine.config import Config
from mmengine.dist import is_main_process
from mmengine.evaluator import DumpResults

import mmfer  # noqa: F401  repairs the host before a config is read
from mmfer.engine.benchmarks import load_config
from mmfer.engine.cli import build_runner, make_parser, merge_common
from mmfer.engine.mixed_precision import AMP_DTYPES
from mmfer.engine.processes import leave_processes
from mmfer.engine.testing import set_pictures, set_tta
from mmfer.visualization import draw_in_all_figures

ENDINGS = {'pred': ('.pkl', '.pickle'), 'metrics': ('.json', '.pkl')}


def parse_args() -> argparse.Namespace:
    parser = make_parser(__doc__, 'test')
    parser.add_argument('checkpoint', help='checkpoint file')
    parser.add_argument('--out', help='file for results, .json or .pkl')
    item = (
        'what goes into --out: metrics (.json, .pkl), or predictions of each image (.pkl); '
        'default: metrics for .json, pred for .pkl'
    )
    parser.add_argument('--out-item', choices=list(ENDINGS), help=item)
    tta = (
        "test-time augmentation: the config's tta_pipeline and tta_model; default: the mean of the "
        'scores of each picture and its mirror image'
    )
    parser.add_argument('--tta', action='store_true', help=tta)
    parser.add_argument('--show-dir', help='folder for pictures with label and prediction')
    parser.add_argument('--show', action='store_true', help='the same in a window')
    parser.add_argument('--interval', type=int, help='draw every how many-th picture; default: 1')
    parser.add_argument('--wait-time', type=float, help='seconds of a window; default: 2')
    args = parser.parse_args()
    check_out(parser, args)
    check_pictures(parser, args)
    return args


def check_out(parser: argparse.ArgumentParser, args: argparse.Namespace) -> None:
    """Complain about --out before the test, not after it."""
    if args.out is None:
        if args.out_item is not None:
            parser.error('--out-item needs --out FILE')
        return
    ending = Path(args.out).suffix
    if args.out_item is None:
        args.out_item = 'metrics' if ending == '.json' else 'pred'
    if ending not in ENDINGS[args.out_item]:
        endings = ' or '.join(ENDINGS[args.out_item])
        parser.error(f'--out {args.out}: {args.out_item} can be written to {endings}')


def check_pictures(parser: argparse.ArgumentParser, args: argparse.Namespace) -> None:
    """Complain about what would draw nothing, and fill in the defaults."""
    drawn = args.show or args.show_dir is not None
    if args.interval is not None and not drawn:
        parser.error('--interval needs --show-dir FOLDER or --show')
    if args.wait_time is not None and not args.show:
        parser.error('--wait-time needs --show')
    args.interval = 1 if args.interval is None else args.interval
    args.wait_time = 2.0 if args.wait_time is None else args.wait_time
    if args.interval < 1:
        parser.error(f'--interval {args.interval}: every 1st picture, or a larger number')
    if not 0 <= args.wait_time < float('inf'):
        parser.error(f'--wait-time {args.wait_time}: seconds, 0 waits for a key')


def merge_args(cfg: Config, args: argparse.Namespace) -> None:
    """Bring the arguments into the config."""
    merge_common(cfg, args)
    if '://' not in args.checkpoint and not Path(args.checkpoint).is_file():
        raise FileNotFoundError(f'checkpoint {args.checkpoint}: no such file')
    cfg.load_from = args.checkpoint
    cfg.resume = False
    if args.tta:
        set_tta(cfg)
    if args.show or args.show_dir is not None:
        set_pictures(cfg, args.show_dir, args.show, args.interval, args.wait_time)
    if args.amp or args.amp_dtype:
        cfg.test_cfg.fp16 = True  # bfloat16 where there is no GPU
    if args.amp_dtype:  # the loop knows no other way to be told
        torch.set_autocast_dtype('cuda', getattr(torch, AMP_DTYPES[args.amp_dtype]))


def main() -> None:
    args = parse_args()
    cfg, args.name = load_config(args.config)
    merge_args(cfg, args)
    runner = build_runner(cfg)
    if args.out_item == 'pred':
        runner.test_evaluator.metrics.append(DumpResults(args.out))
    names = runner.test_dataloader.dataset.metainfo.get('classes') or ()
    draw_in_all_figures(lambda: names)  # what a VisualizationHook draws
    metrics = runner.test()
    if is_main_process():
        for name, value in metrics.items():
            print(f'{name}: {value}')
        if args.out_item == 'metrics':
            mmengine.dump(metrics, args.out)
    leave_processes()


if __name__ == '__main__':
    main()
