"""What the entry points do to a config before the runner is built."""

import os

from mmengine.config import Config
from mmengine.device import get_device

WORLD_SIZE_VARIABLES = {
    'pytorch': 'WORLD_SIZE',
    'slurm': 'SLURM_NTASKS',
    'mpi': 'OMPI_COMM_WORLD_SIZE',
}


def world_size_of(launcher: str) -> int:
    """Number of processes that the launcher started.

    Args:
        launcher: 'none', 'pytorch', 'slurm' or 'mpi'.
    """
    if launcher == 'none':
        return 1
    variable = WORLD_SIZE_VARIABLES[launcher]
    if variable not in os.environ:
        raise RuntimeError(
            f'launcher {launcher!r} sets {variable}, but it is not set. Start through '
            'tools/dist_train.sh or tools/slurm_train.sh, or take --launcher none.'
        )
    return int(os.environ[variable])


def set_dataloader_defaults(cfg: Config, pin_memory: bool = True) -> None:
    """Fill in what each of our data loaders needs unless the config says.

    Training workers live for one epoch and are seeded by torch, so that each epoch draws new
    augmentations and a resumed run equals a straight one.

    Args:
        cfg: Changed in place.
        pin_memory: Pin memory where there is a GPU to copy to. Defaults to True.
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


def set_batch_size(cfg: Config, world_size: int) -> str:
    """Divide ``total_batch_size``, the published batch, among the processes.

    Args:
        cfg: Changed in place; without ``total_batch_size`` the train data loader's own
            ``batch_size`` per process stays.
        world_size: Number of processes.

    Returns:
        A line for the log: batch and learning rate as they will be.
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


AMP_DTYPES = {'fp16': 'float16', 'bf16': 'bfloat16'}


def set_mixed_precision(cfg: Config, amp: bool, dtype: str | None = None) -> str | None:
    """Choose the optimizer wrapper for mixed precision that the device has.

    Args:
        cfg: Changed in place.
        amp: Whether ``--amp`` was given. A config that names ``AmpOptimWrapper`` by itself is
            adapted to a CPU too.
        dtype: Of ``--amp-dtype``, which implies ``--amp``: 'fp16' or 'bf16'. None leaves the
            config's, else float16 on a GPU. A CPU has bfloat16 alone.

    Returns:
        A line for the log, None in full precision.
    """
    wrapper = cfg.optim_wrapper
    if not (amp or dtype) and wrapper.get('type') != 'AmpOptimWrapper':
        return None
    # bfloat16 has float32's range: nothing to scale
    if get_device() == 'cpu':
        wrapper.type = 'CPUAmpOptimWrapper'
        for key in ('loss_scale', 'dtype', 'use_fsdp'):
            wrapper.pop(key, None)
        return 'mixed precision: no GPU here, so bfloat16 (CPUAmpOptimWrapper)'
    wrapper.type = 'AmpOptimWrapper'
    if dtype is not None:
        wrapper.dtype = AMP_DTYPES[dtype]
    if wrapper.setdefault('dtype', 'float16') == 'bfloat16':
        wrapper.loss_scale = dict(enabled=False)
    elif wrapper.get('loss_scale') in (None, dict(enabled=False)):
        wrapper.loss_scale = 'dynamic'
    return f'mixed precision: {wrapper.dtype} (AmpOptimWrapper)'
