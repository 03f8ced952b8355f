"""Experiment trackers beside the log in the work dir."""

from collections.abc import Sequence
from importlib.util import find_spec

from mmengine.config import Config

# name: (visualisation backend, package it needs)
TRACKERS = {
    'tensorboard': ('TensorboardVisBackend', 'tensorboard'),
    'wandb': ('WandbVisBackend', 'wandb'),
    'mlflow': ('MLflowVisBackend', 'mlflow'),
}


def add_trackers(cfg: Config, names: Sequence[str]) -> None:
    """Let the run also write to these trackers.

    Args:
        cfg: Changed in place: its visualizer gets a backend a name, unless it has that already.
        names: Keys of ``TRACKERS``.

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
            raise ModuleNotFoundError(
                f'--tracker {name} needs the package {package}: pip install {package}'
            )
        if backend not in [known['type'] for known in backends]:
            backends.append(dict(type=backend))
    cfg.visualizer.vis_backends = backends
