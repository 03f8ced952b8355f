"""Test a model."""
import argparse
import os
from pathlib import Path

import mmfer  # noqa: F401  repairs the host before a config is read
import mmengine
from mmengine.config import Config, DictAction
from mmengine.dist import is_main_process
from mmengine.evaluator import DumpResults
from mmengine.registry import RUNNERS
from mmengine.runner import Runner
from mmfer.engine.entry import set_dataloader_defaults

ENDINGS = {'pred': ('.pkl', '.pickle'), 'metrics': ('.json', '.pkl')}


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('config', help='test config file')
    parser.add_argument('checkpoint', help='checkpoint file')
    parser.add_argument(
        '--work-dir',
        help='folder for the log; default: the config\'s, else '
        './work_dirs/<name of the config>')
    parser.add_argument('--out', help='file for results, .json or .pkl')
    parser.add_argument(
        '--out-item',
        choices=list(ENDINGS),
        help='what goes into --out: metrics (.json, .pkl), or predictions of '
        'each image (.pkl); default: metrics for .json, pred for .pkl')
    parser.add_argument(
        '--amp', action='store_true', help='mixed precision testing')
    parser.add_argument(
        '--no-pin-memory', action='store_true', help='do not pin memory')
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=DictAction,
        default={},
        help='override settings of the config: key=value, nested keys with '
        'dots, lists as key="[a,b]" or key=a,b, without white space')
    parser.add_argument(
        '--launcher',
        choices=['none', 'pytorch', 'slurm', 'mpi'],
        default='none',
        help='job launcher')
    # given by old launchers; torchrun sets LOCAL_RANK instead
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0)
    args = parser.parse_args()
    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
    check_out(parser, args)
    return args


def check_out(parser: argparse.ArgumentParser,
              args: argparse.Namespace) -> None:
    """Complain about --out before the test, not after it."""
    if args.out is None:
        if args.out_item is not None:
            parser.error('--out-item needs --out FILE')
        return
    ending = Path(args.out).suffix
    if args.out_item is None:
        args.out_item = 'metrics' if ending == '.json' else 'pred'
    if ending not in ENDINGS[args.out_item]:
        parser.error(f'--out {args.out}: {args.out_item} can be written to '
                     f'{" or ".join(ENDINGS[args.out_item])}')


def merge_args(cfg: Config, args: argparse.Namespace) -> None:
    """Bring the arguments into the config."""
    cfg.merge_from_dict(args.cfg_options)
    cfg.launcher = args.launcher
    if args.work_dir is not None:
        cfg.work_dir = args.work_dir
    elif cfg.get('work_dir') is None:
        cfg.work_dir = f'./work_dirs/{Path(args.config).stem}'
    if '://' not in args.checkpoint and not Path(args.checkpoint).is_file():
        raise FileNotFoundError(f'checkpoint {args.checkpoint}: no such file')
    cfg.load_from = args.checkpoint
    cfg.resume = False
    if args.amp:
        cfg.test_cfg.fp16 = True  # bfloat16 where there is no GPU
    set_dataloader_defaults(cfg, pin_memory=not args.no_pin_memory)


def main() -> None:
    args = parse_args()
    cfg = Config.fromfile(args.config)
    merge_args(cfg, args)
    runner = RUNNERS.build(cfg) if 'runner_type' in cfg else \
        Runner.from_cfg(cfg)
    if args.out_item == 'pred':
        runner.test_evaluator.metrics.append(DumpResults(args.out))
    metrics = runner.test()
    if is_main_process():
        for name, value in metrics.items():
            print(f'{name}: {value}')
        if args.out_item == 'metrics':
            mmengine.dump(metrics, args.out)


if __name__ == '__main__':
    main()
