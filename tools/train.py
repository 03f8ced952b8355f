"""Train a model."""
import argparse
import os
from pathlib import Path

import mmfer  # noqa: F401  repairs the host before a config is read
from mmengine.config import Config, DictAction
from mmengine.registry import RUNNERS
from mmengine.runner import Runner
from mmfer.engine.entry import (enable_lr_scaling, find_checkpoint,
                                set_batch_size, set_dataloader_defaults,
                                set_mixed_precision, world_size_of)


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('config', help='train config file')
    parser.add_argument(
        '--work-dir',
        help='folder for logs and checkpoints; default: the config\'s, else '
        './work_dirs/<name of the config>')
    parser.add_argument(
        '--resume',
        nargs='?',
        const='auto',
        metavar='CHECKPOINT',
        help='go on from this checkpoint; without a value from the newest in '
        'the work dir')
    parser.add_argument(
        '--amp', action='store_true', help='mixed precision training')
    parser.add_argument(
        '--no-validate', action='store_true', help='do not validate')
    parser.add_argument(
        '--auto-scale-lr',
        action='store_true',
        help='scale the lr with the batch, from auto_scale_lr of the config')
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
    return args


def set_resume(cfg: Config, resume: str | None) -> str | None:
    """Name the checkpoint to go on from; never start anew in silence."""
    if resume is None:
        return None
    cfg.resume = True
    if resume != 'auto':
        if not Path(resume).is_file():
            raise FileNotFoundError(
                f'--resume {resume}: no such file. Give a checkpoint, or '
                '--resume alone for the newest in the work dir.')
        cfg.load_from = resume
        return None
    checkpoint = find_checkpoint(cfg.work_dir)
    if checkpoint is None:
        cfg.resume = False
        return (f'--resume: {cfg.work_dir} holds no checkpoint, so training '
                'starts at epoch 1')
    cfg.load_from = str(checkpoint)
    return None


def merge_args(cfg: Config, args: argparse.Namespace) -> list[str]:
    """Bring the arguments into the config; return what the log should say."""
    cfg.merge_from_dict(args.cfg_options)
    if 'train_dataloader.batch_size' in args.cfg_options:
        # the user's own batch per process, not the published total
        cfg.pop('total_batch_size', None)
    elif 'total_batch_size' in args.cfg_options:
        cfg.train_dataloader.batch_size = cfg.total_batch_size
    cfg.launcher = args.launcher
    if args.work_dir is not None:
        cfg.work_dir = args.work_dir
    elif cfg.get('work_dir') is None:
        cfg.work_dir = f'./work_dirs/{Path(args.config).stem}'
    if args.no_validate:
        cfg.val_cfg = cfg.val_dataloader = cfg.val_evaluator = None
    if args.auto_scale_lr:
        enable_lr_scaling(cfg)
    set_dataloader_defaults(cfg, pin_memory=not args.no_pin_memory)
    lines = [
        set_batch_size(cfg, world_size_of(args.launcher)),
        set_mixed_precision(cfg, args.amp),
        set_resume(cfg, args.resume)
    ]
    if cfg.get('resume') and cfg.get('load_from'):
        # the checkpoint holds all weights: the initial ones need not be there
        cfg.model.backbone.init_cfg = None
    return [line for line in lines if line is not None]


def main() -> None:
    args = parse_args()
    cfg = Config.fromfile(args.config)
    lines = merge_args(cfg, args)
    runner = RUNNERS.build(cfg) if 'runner_type' in cfg else \
        Runner.from_cfg(cfg)
    for line in lines:
        runner.logger.info(line)
    runner.train()


if __name__ == '__main__':
    main()
