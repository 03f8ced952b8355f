"""What the entry points do to a config, and read of it, before the runner is built."""

from collections.abc import Iterable, Sequence
from importlib.util import find_spec

import numpy as np
from mmengine.config import Config
from mmengine.dataset import Compose
from mmengine.device import get_device
from mmengine.registry import DefaultScope
from mmpretrain.datasets import remove_transform
from mmpretrain.registry import TRANSFORMS

# Experiment trackers by name: (visualisation backend, package it needs).
TRACKERS = {
    'tensorboard': ('TensorboardVisBackend', 'tensorboard'),
    'wandb': ('WandbVisBackend', 'wandb'),
    'mlflow': ('MLflowVisBackend', 'mlflow'),
}


def set_dataloader_defaults(cfg: Config, pin_memory: bool = True) -> None:
    """Fill in, in place, what each of our data loaders needs unless the config says.

    Training workers live for one epoch; where samples have no random numbers of their own (see
    ``EpochSeedHook``), torch seeds them anew. Memory is pinned only for a GPU.
    """
    for name in ('train_dataloader', 'val_dataloader', 'test_dataloader'):
        loader = cfg.get(name)
        if loader is None:
            continue
        loader.setdefault('pin_memory', get_device() == 'cuda')
        loader.setdefault('collate_fn', dict(type='default_collate'))
        loader.setdefault('persistent_workers', name != 'train_dataloader')
        if not pin_memory:
            loader.pin_memory = False
        if loader.get('num_workers', 0) == 0:
            loader.persistent_workers = False
        if name == 'train_dataloader':
            loader.setdefault('worker_init_fn', dict(type='rng_worker_init'))


def settle_batch(cfg: Config, changed: Iterable[str]) -> None:
    """Let the user's batch, of a process or in all, go before the config's; ``changed`` are the
    options that the user set."""
    if 'train_dataloader.batch_size' in changed:
        cfg.pop('total_batch_size', None)
    elif 'total_batch_size' in changed:
        cfg.train_dataloader.batch_size = cfg.total_batch_size or cfg.train_dataloader.batch_size


def set_batch_size(cfg: Config, world_size: int) -> str:
    """Divide ``total_batch_size``, the published batch, among the processes, in place; without it
    the train data loader's own ``batch_size`` per process stays. Returns a line for the log: batch
    and learning rate as they will be.

    Raises:
        ValueError: ``total_batch_size`` cannot be divided, or differs from the loader's.
    """
    loader = cfg.train_dataloader
    total = cfg.get('total_batch_size')
    if total is not None:
        if loader.batch_size != total:
            raise ValueError(
                f'the config says train_dataloader.batch_size={loader.batch_size} and '
                f'total_batch_size={total}, the batch of all processes together. Set both to the '
                'same, or total_batch_size=None for batch_size images a process'
            )
        if total % world_size:
            fits = [n for n in range(1, total + 1) if total % n == 0]
            raise ValueError(
                f'total_batch_size {total} cannot be divided among {world_size} processes. Start '
                f'{fits} processes, or set another with --cfg-options '
                f'total_batch_size={(total // world_size + 1) * world_size} --auto-scale-lr'
            )
        loader.batch_size = total // world_size
    batch = loader.batch_size * world_size
    processes = 'process' if world_size == 1 else 'processes'
    line = f'{world_size} {processes} x {loader.batch_size} images = batch {batch}'

    lr = cfg.optim_wrapper.get('optimizer', {}).get('lr')
    scaling = cfg.get('auto_scale_lr') or {}
    if lr is None:
        return line
    if not scaling.get('enable', False):
        return f'{line}, lr {lr:g} as in the config'
    base = scaling['base_batch_size']
    return f'{line}, lr {lr:g} x {batch}/{base} = {lr * batch / base:g} (auto_scale_lr)'


def enable_lr_scaling(cfg: Config) -> None:
    """``--auto-scale-lr``: lr grows with the batch, from the config's base."""
    if not (cfg.get('auto_scale_lr') or {}).get('base_batch_size'):
        raise ValueError(
            '--auto-scale-lr: the config does not say for which batch its lr is. Add auto_scale_lr '
            '= dict(base_batch_size=...), the batch over all GPUs.'
        )
    cfg.auto_scale_lr.enable = True


def add_trackers(cfg: Config, names: Sequence[str]) -> None:
    """Let the run also write to these of ``TRACKERS``: the config's visualizer gets the backend of
    each, unless it has that already.

    Raises:
        ModuleNotFoundError: A tracker's package is not installed; said here, before the data are
            read.
    """
    if not names:
        return
    if not cfg.get('visualizer'):
        cfg.visualizer = dict(type='UniversalVisualizer')
    backends = list(cfg.visualizer.get('vis_backends') or [])
    for name in names:
        backend, package = TRACKERS[name]
        if find_spec(package) is None:
            fix = f'the package {package}: pip install {package}'
            raise ModuleNotFoundError(f'--tracker {name} needs {fix}')
        if backend not in [known['type'] for known in backends]:
            backends.append(dict(type=backend))
    cfg.visualizer.vis_backends = backends


def input_shape(cfg: Config) -> tuple[int, int, int]:
    """(C, H, W) of what the test pipeline of a config makes of a picture."""
    steps = remove_transform(cfg.test_dataloader.dataset.pipeline, 'LoadImageFromFile')
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        pipeline = Compose([TRANSFORMS.build(step) for step in steps])
    picture = np.zeros((100, 100, 3), np.uint8)
    return tuple(pipeline(dict(img=picture, img_shape=(100, 100)))['inputs'].shape)
