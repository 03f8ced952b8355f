"""Train a model."""

import argparse

from mmengine.config import Config

import mmfer  # noqa: F401  repairs the host before a config is read
from mmfer.engine.benchmarks import load_config
from mmfer.engine.cli import build_runner, make_parser, merge_common
from mmfer.engine.config import (
    TRACKERS,
    add_trackers,
    enable_lr_scaling,
    set_batch_size,
    settle_batch,
)
from mmfer.engine.mixed_precision import set_mixed_precision
from mmfer.engine.overrides import check_init, read_noise, set_init, set_noise
from mmfer.engine.processes import leave_processes, world_size_of
from mmfer.engine.resume.signals import ending_as_signalled
from mmfer.engine.work_dir import enter_work_dir
from mmfer.utils.lock import Lock


def parse_args() -> argparse.Namespace:
    parser = make_parser(__doc__, 'train')
    add = parser.add_argument
    where = 'go on from this checkpoint; without a value from the newest in the work dir'
    add('--resume', nargs='?', const='auto', metavar='CHECKPOINT', help=where)
    anew = (
        'begin anew in a work dir with an earlier run, which is moved into its folder earlier_1 '
        '(2, ...)'
    )
    add('--overwrite', action='store_true', help=anew)
    noise = (
        'label noise of the training set: symmetric, symmetric_inclusive, pair or asymmetric:.2, '
        'asymmetric:.2:1 (seed 1); file:PATH; none. It names the work dir, too'
    )
    add('--noise', metavar='KIND:RATE[:SEED]', help=noise)
    start = "the backbone's first weights: face:PATH, encoder:PATH, imagenet or none"
    add('--init', metavar='START', help=start)
    add('--no-validate', action='store_true', help='do not validate')
    scale = 'scale the lr with the batch, from auto_scale_lr of the config'
    add('--auto-scale-lr', action='store_true', help=scale)
    also = 'log to these trackers, too'
    add('--tracker', nargs='+', choices=list(TRACKERS), default=[], help=also)
    args = parser.parse_args()
    try:
        args.noise is None or read_noise(args.noise)
        args.init is None or check_init(args.init)
    except ValueError as error:
        parser.error(str(error))
    return args


def merge_args(cfg: Config, args: argparse.Namespace) -> list[str]:
    """Bring the arguments into the config; return what the log should say."""
    suffix = '' if args.noise is None else set_noise(cfg, args.noise)
    merge_common(cfg, args, suffix)
    started = [] if args.init is None else set_init(cfg, args.init, args.cfg_options)
    settle_batch(cfg, args.cfg_options)
    if args.no_validate:
        cfg.val_cfg = cfg.val_dataloader = cfg.val_evaluator = None
    if args.auto_scale_lr:
        enable_lr_scaling(cfg)
    add_trackers(cfg, args.tracker)
    lines = [
        set_batch_size(cfg, world_size_of(args.launcher)),
        set_mixed_precision(cfg, args.amp, args.amp_dtype),
        *started,
    ]
    return [line for line in lines if line is not None]


def enter(cfg: Config, args: argparse.Namespace) -> tuple[Lock | None, list[str]]:
    """Lock the work dir and find the checkpoint; return the lock and what the log should say."""
    held, lines = enter_work_dir(cfg, args.resume, args.overwrite)
    if cfg.get('resume') and cfg.get('load_from'):
        # the checkpoint holds all weights: the initial ones need not be there
        cfg.model.backbone.init_cfg = None
        if 'backbone' in (cfg.model.get('peer') or {}):
            cfg.model.peer.backbone.pop('init_cfg', None)
    return held, lines


def main() -> None:
    args = parse_args()
    cfg, args.name = load_config(args.config)
    lines = merge_args(cfg, args)
    held, entered = enter(cfg, args)
    runner = build_runner(cfg)
    for line in [*lines, *entered]:
        runner.logger.info(line)
    runner.train()
    del held  # the work dir's lock
    leave_processes()


if __name__ == '__main__':
    with ending_as_signalled():
        main()
