"""A run with everything on, and all that it leaves."""

import json

import torch
from mmengine.config import Config
from mmengine.hooks import EMAHook

from mmfer.engine import AccuracySummaryHook, EpochSeedHook, ResumedScheduleHook, ResumeHook
from mmfer.engine.resume.checkpoints import set_resume

VALUES = [5.0, 9.0, 6.0, 8.0]  # epoch 2 is the best one
SCHEDULE = [
    dict(type='LinearLR', start_factor=0.1, by_epoch=False, end=6),
    dict(type='ExponentialLR', gamma=0.9),
]


def run(toy, work_dir, *more_hooks, epochs=4, values=VALUES, **settings):
    """Everything on: noise, mixed precision, EMA, two schedulers, the best one."""
    cfg = Config(dict(work_dir=str(work_dir), resume=True))
    set_resume(cfg, None)
    runner = toy(
        work_dir,
        epochs,
        values=values,
        resume=cfg.resume and cfg.load_from or None,
        hooks=[
            EpochSeedHook(),
            ResumedScheduleHook(),
            EMAHook(),
            AccuracySummaryHook(metrics=['rank/value']),
            ResumeHook(),
            *more_hooks,
        ],
        wrapper='CPUAmpOptimWrapper',
        param_scheduler=SCHEDULE,
        **{
            'checkpoint': dict(save_best='rank/value', rule='greater', max_keep_ckpts=2),
            **settings,
        },
    )
    runner.train()
    return runner, runner.told.text


def state(work_dir, epoch=4):
    """All of the last checkpoint but times and paths, and the other files."""
    saved = torch.load(work_dir / f'epoch_{epoch}.pth', weights_only=True)
    hub = saved.pop('message_hub')
    scalars = {
        name: [list(map(float, part)) for part in buffer.data]
        for name, buffer in hub['log_scalars'].items()
        if 'time' not in name
    }
    assert 'val/rank/value' in scalars and 'train/loss' in scalars
    info = {
        name: hub['runtime_info'][name] for name in ('best_score', 'keep_ckpt_ids', 'epoch', 'iter')
    }
    info['best_ckpt'] = hub['runtime_info']['best_ckpt'].split('/')[-1]
    meta = {name: saved['meta'][name] for name in ('epoch', 'iter', 'seed', 'validated_iter')}
    del saved['meta']
    return dict(
        saved,
        scalars=scalars,
        info=info,
        meta=meta,
        accuracy=json.loads((work_dir / 'accuracy.json').read_text()),
        files=sorted(p.name for p in work_dir.iterdir() if p.is_file() and p.suffix != '.py'),
    )
