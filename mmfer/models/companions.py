"""Networks beside the trained one: a peer, and a moving average."""

from collections.abc import Sequence
from copy import deepcopy

import torch
from mmengine.model import BaseModule, ExponentialMovingAverage
from mmpretrain.registry import MODELS
from torch import nn

from .settings import check_number

# settings of the trained network (own) and of those beside it
TAKEN = dict(own=('views',), peer=('views', 'backbone'), ema=('views', 'momentum'))


def check_companion(name: str, settings: dict) -> None:
    """Raises ValueError where the settings of a network do not fit."""
    if not isinstance(settings, dict):
        raise ValueError(
            f'{name}={settings!r}; give its settings, {name}=dict() for the defaults, or None'
        )
    if unknown := sorted(set(settings) - set(TAKEN[name])):
        raise ValueError(f'{name} does not take {unknown}; allowed: {sorted(TAKEN[name])}')
    places = settings.get('views')
    if places is None:
        return
    listed = isinstance(places, Sequence) and not isinstance(places, str)
    places = tuple(places) if listed else places
    if not listed or not places:
        raise ValueError(
            f'views={places!r} of {name}; allowed: places counted from 0, at least one; None is all'
        )
    for place in places:
        check_number(f'views={places} of {name}: place', place, least=0, whole=True)


class Peer(BaseModule):
    """A second trained network of the same make (Co-teaching, NeurIPS 2018).

    Args:
        backbone, neck, head: configs of the first network.
        changed: what differs of the backbone, for instance its ``init_cfg``.
    """

    def __init__(self, backbone: dict, neck: dict | None, head: dict, changed: dict | None = None):
        super().__init__()
        self.backbone = MODELS.build(dict(deepcopy(backbone), **(changed or {})))
        self.neck = MODELS.build(deepcopy(neck)) if neck is not None else None
        self.head = MODELS.build(deepcopy(head))


class EncoderAverage(ExponentialMovingAverage):
    """The moving average of backbone, neck and projection (MoCo, CVPR 2020).

    Parameters are averaged; buffers, batch norm's statistics among them, are copied.

    Differs from: MMEngine's counts the momentum the other way round, and asks in each step, waiting
    for the device, whether it is the first.

    Args:
        network: with ``backbone``, ``neck`` and ``head.project``.
        momentum: what is kept of the average in a step, in (0, 1): .999.
    """

    def __init__(self, network: nn.Module, momentum: float = 0.999):
        what = 'of ema is what the average keeps in a step'
        check_number('momentum', momentum, above=0, below=1, what=what, hint='e.g. .999')
        super().__init__(_encoder(network), momentum=1 - momentum)

    @torch.no_grad()
    def restart(self, network: nn.Module) -> None:
        """Become a copy of the network with its initial weights."""
        self.module.load_state_dict(_encoder(network).state_dict())
        self.steps.zero_()

    @torch.no_grad()
    def update(self, network: nn.Module) -> None:
        """One step of the average."""
        source = _encoder(network)
        own, theirs = (list(one.parameters()) for one in (self.module, source))
        torch._foreach_lerp_(own, theirs, self.momentum)
        for own, theirs in zip(self.module.buffers(), source.buffers()):
            own.copy_(theirs)
        self.steps += 1


def _encoder(network: nn.Module) -> nn.ModuleDict:
    parts = dict(backbone=network.backbone, neck=network.neck, project=network.head.project)
    return nn.ModuleDict({name: part for name, part in parts.items() if part is not None})
