"""Tensors of a file from elsewhere in a module: read, matched by name and shape, loaded, told."""

import os.path as osp
from typing import NamedTuple

import torch
from mmengine.logging import MMLogger
from torch import Tensor, nn


class Report(NamedTuple):
    """Names: ``matched``, of both; ``missing``, the module's that keep their first values;
    ``unexpected``, the file's without a place; with both shapes, ``wrong``, of another shape, and
    ``resized``, brought to it."""

    matched: list[str]
    missing: list[str]
    unexpected: list[str]
    wrong: list[str]
    resized: list[str] = []

    def __str__(self) -> str:
        total = len(self.matched) + len(self.missing) + len(self.wrong)
        return (
            f'{len(self.matched)} of {total} tensors matched; resized: {_some(self.resized)}; '
            f'missing, as they were: {_some(self.missing)}; of another shape: '
            f'{_some(self.wrong)}; without a place: {_some(self.unexpected)}'
        )


def _some(names: list[str]) -> str:
    more = f' and {len(names) - 5} more' if len(names) > 5 else ''
    return f'{names[:5]}{more}' if names else 'none'


def match(own: dict[str, Tensor], given: dict[str, Tensor]) -> Report:
    """What of a file's tensors fits a module's.

    >>> own = dict(weight=torch.ones(2), bias=torch.ones(2))
    >>> print(match(own, dict(weight=torch.ones(3), fc=torch.ones(2))))
    0 of 2 tensors matched; resized: none; missing, as they were: ['bias']; of another shape: \
['weight (3,) for (2,)']; without a place: ['fc']
    """
    both = [k for k in own if k in given]
    return Report(
        matched=[k for k in both if given[k].shape == own[k].shape],
        missing=[k for k in own if k not in given],
        unexpected=[k for k in given if k not in own],
        wrong=[
            f'{k} {tuple(given[k].shape)} for {tuple(own[k].shape)}'
            for k in both
            if given[k].shape != own[k].shape
        ],
    )


def load(
    module: nn.Module,
    path: str,
    given: dict[str, Tensor],
    optional: tuple[str, ...] = (),
    resized: list[str] | None = None,
    hint: str = '',
) -> Report:
    """Load what fits of the file ``path``, and log the report.

    Args:
        given: tensors by the module's names.
        optional: beginnings and ends of names that the file may lack.
        resized: for the report.
        hint: for the error.

    Raises:
        ValueError: where nothing matched, a tensor has another shape, or one that is not optional
            is missing.
    """
    own = module.state_dict()
    report = match(own, given)._replace(resized=resized or [])
    lacking = [k for k in report.missing if not k.startswith(optional) and not k.endswith(optional)]
    if not report.matched or report.wrong or lacking:
        kind = type(module).__name__
        raise ValueError(
            f'{path}: {report}; needed of the missing: {_some(lacking)}. Is this a network of the '
            f'same kind and the same size as the {kind}? Its names begin with {list(given)[:3]}, '
            f"the {kind}'s with {list(own)[:3]}{hint}"
        )
    module.load_state_dict({k: given[k] for k in report.matched}, strict=False)
    MMLogger.get_current_instance().info(f'{path}: {report}')
    return report


def read_tensors(path: str, kind: str, advice: str) -> dict[str, Tensor]:
    """The tensors of a checkpoint by name, loaded with ``weights_only=True``.

    Args:
        kind: ``face`` or ``encoder``, as ``tools/train.py --init`` has it.
        advice: what to do where there is no such file.

    Raises:
        FileNotFoundError: names the path and how to give another.
        ValueError: where the file holds no tensors.
    """
    if not osp.isfile(path):
        raise FileNotFoundError(
            f'no initial weights at {path!r}. {advice}, name another with tools/train.py --init '
            f'{kind}:PATH, or take another start: --init imagenet, --init none'
        )
    content = torch.load(path, map_location='cpu', weights_only=True)
    if not isinstance(content, dict):
        raise ValueError(
            f'{path!r} holds a {type(content).__name__}, not the named tensors of a network'
        )
    for name in ('state_dict', 'net_state_dict', 'model', 'backbone'):
        if isinstance(content.get(name), dict):
            content = content[name]
            break
    tensors = {
        str(k).removeprefix('module.'): v for k, v in content.items() if isinstance(v, Tensor)
    }
    if not tensors:
        raise ValueError(f'{path!r} holds no tensors; its entries are {list(content)[:5]}')
    return tensors
