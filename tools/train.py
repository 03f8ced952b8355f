"""Train a model."""
import argparse
from pathlib import Path

import mmfer  # noqa: F401  repairs the host before a config is read
from mmengine.config import Config
from mmfer.engine.arguments import (build_runner, leave_processes, make_parser,
                                    merge_common)
from mmfer.engine.entry import (enable_lr_scaling, find_checkpoint,
                                set_batch_size, set_mixed_precision,
                                world_size_of)


def parse_args() -> argparse.Namespace:
    parser = make_parser(__doc__, 'train')
    parser.add_argument(
        '--resume',
        nargs='?',
        const='auto',
        metavar='CHECKPOINT',
        help='go on from this checkpoint; without a value from the newest in '
        'the work dir')
    parser.add_argument(
        '--no-validate', action='store_true', help='do not validate')
    parser.add_argument(
        '--auto-scale-lr',
        action='store_true',
        help='scale the lr with the batch, from auto_scale_lr of the config')
    return parser.parse_args()


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
    merge_common(cfg, args)
    if 'train_dataloader.batch_size' in args.cfg_options:
        # the user's own batch per process, not the published total
        cfg.pop('total_batch_size', None)
    elif 'total_batch_size' in args.cfg_options:
        cfg.train_dataloader.batch_size = cfg.total_batch_size
    if args.no_validate:
        cfg.val_cfg = cfg.val_dataloader = cfg.val_evaluator = None
    if args.auto_scale_lr:
        enable_lr_scaling(cfg)
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
    runner = build_runner(cfg)
    for line in lines:
        runner.logger.info(line)
    runner.train()
    leave_processes()


if __name__ == '__main__':
    main()
