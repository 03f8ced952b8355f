"""Models trained on all folds of a training set but one."""

import hashlib
import json
import time
from collections.abc import Sequence
from pathlib import Path

import torch
from mmengine.config import Config
from torch.utils.data import Dataset

from ..utils.files import write_whole
from .cli import build_runner
from .config import set_batch_size, set_dataloader_defaults
from .resume.checkpoints import find_checkpoint, set_resume

# What decides the weights.
SETTINGS = (
    *('model', 'train_dataloader', 'optim_wrapper', 'param_scheduler'),
    *('train_cfg', 'randomness', 'load_from', 'custom_hooks'),
)
# Hooks that look on, or stop a run; the others may shape the weights.
OBSERVERS = (
    *('AccuracySummaryHook', 'DataFingerprintHook', 'DataRecordHook'),
    *('InvalidLossHook', 'LockHook', 'ProgressHook', 'StopHook'),
)


def train_fold(
    cfg: Config,
    dataset: dict,
    fold_file: str | Path,
    fold: int,
    folder: str | Path,
    epochs: int | None = None,
) -> Path:
    """Train without one fold; nothing is validated or tested. Goes on where an earlier run stopped,
    and does nothing where it is done.

    Args:
        cfg: Model, pipeline and schedule; not changed.
        dataset: The whole training set.
        fold_file: Of ``FERFold``.
        folder: For the checkpoint, the log, and ``settings.json``, which tells what it was trained
            by. One that says nothing of ``custom_hooks``, of an earlier version, is taken to have
            had these.
        epochs: Instead of the config's. The schedule of the learning rate stays as it is.

    Returns:
        The last epoch's checkpoint.

    Raises:
        ValueError: The folder holds a training by other settings, or does not tell by which, or the
            config starts from a whole model (``load_from``).
    """
    if cfg.get('load_from'):
        raise ValueError(
            f'load_from={cfg.load_from!r}: it may have seen the fold that is left out. Set '
            "load_from=None; an encoder that saw none of this training set's labels goes into "
            'model.backbone.init_cfg'
        )
    cfg, folder = Config(cfg.to_dict()), Path(folder)
    folds = dict(dataset=dataset, fold_file=str(fold_file), fold=fold)
    cfg.train_dataloader.dataset = dict(type='FERFold', **folds)
    for phase in ('val', 'test'):
        for part in ('cfg', 'dataloader', 'evaluator'):
            cfg[f'{phase}_{part}'] = None
    if epochs is not None:
        cfg.train_cfg.max_epochs = epochs
    cfg.default_hooks.checkpoint.update(interval=1, max_keep_ckpts=1, save_best=None)
    set_dataloader_defaults(cfg)
    set_batch_size(cfg, 1)
    cfg.work_dir = str(folder)
    cfg.launcher = 'none'
    _settle(cfg, folder)
    last = folder / f'epoch_{cfg.train_cfg.max_epochs}.pth'
    if find_checkpoint(folder).path == last:
        return last
    lines = set_resume(cfg, 'auto')
    # Logger and message hub are found by name: each run needs its own.
    cfg.experiment_name = f'fold_{fold}_{time.time_ns()}'
    runner = build_runner(cfg)
    for line in [f'training without fold {fold}', *lines]:
        runner.logger.info(line)
    runner.train()
    return last


def check_unseen(checkpoint: str | Path, dataset: Dataset, shown: Sequence[int]) -> bool:
    """Whether a checkpoint says that it was trained on ``shown``, the indices of the images outside
    of its fold, of the whole ``dataset`` and nothing else, by the fingerprints of
    ``DataFingerprintHook``. False where it says nothing.

    Raises:
        ValueError: It was trained on other images, or other labels.
    """
    meta = torch.load(checkpoint, map_location='cpu', weights_only=True).get('meta', {})
    saw = [one['list_sha256'] for one in meta.get('data', {}).get('train', [])]
    if saw and saw != [dataset.fingerprint_of(shown)['list_sha256']]:
        raise ValueError(
            f'{checkpoint} was trained on other images or labels than those outside of its fold; '
            'the i-th checkpoint is that of the training without fold i, with the data, folds and '
            'seed of then'
        )
    return bool(saw)


def _settle(cfg: Config, folder: Path) -> None:
    """Write down what decides the weights, or compare it where there is a checkpoint by it."""
    chosen = {k: v for k, v in cfg.to_dict().items() if k in SETTINGS}
    loader = chosen['train_dataloader']
    loader.pop('num_workers', None)
    # What the file says decides, not where it lies.
    content = Path(loader['dataset']['fold_file']).read_bytes()
    loader['dataset']['fold_file'] = hashlib.sha256(content).hexdigest()
    chosen['custom_hooks'] = [
        hook
        for hook in chosen.get('custom_hooks') or ()
        if getattr(hook['type'], '__name__', hook['type']) not in OBSERVERS
    ]
    settings = json.dumps(chosen, indent=1, default=str)
    record = folder / 'settings.json'
    if not record.exists() or not any(folder.glob('*.pth')):
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(record, settings.encode())
        return
    then, now = _read_settings(record), json.loads(settings)
    then.setdefault('custom_hooks', now['custom_hooks'])  # not written down once
    if other := [k for k in SETTINGS if then.get(k) != now.get(k)]:
        raise ValueError(
            f'{folder} holds a training by other settings, see {other} in its {record.name}: take '
            'another folder, or delete it'
        )


def _read_settings(record: Path) -> dict:
    try:
        then = json.loads(record.read_bytes())
    except (ValueError, RecursionError):
        then = None
    if not isinstance(then, dict):
        raise ValueError(
            f'{record} was cut or edited (no JSON object), so that nothing tells by which settings '
            f'{record.parent} was trained: take another folder, or delete it'
        )
    return then
