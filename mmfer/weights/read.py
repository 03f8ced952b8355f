"""Tensors by name from a file of elsewhere."""

import argparse
import os.path as osp
import re

import torch
from torch import Tensor

from .files import what_instead

# Where the tensors lie in what was saved, the likeliest first.
WRAPPERS = (
    *('state_dict', 'model_state_dict', 'net_state_dict', 'model', 'net', 'network'),
    *('backbone', 'encoder', 'module', 'weights', 'params', 'teacher', 'student', 'model_ema'),
)


def read_tensors(path: str, kind: str, advice: str) -> dict[str, Tensor]:
    """The tensors of a checkpoint by name, loaded with ``weights_only=True``.

    Args:
        kind: ``face`` or ``encoder``, as ``tools/train.py --init`` has it.
        advice: what to do where there is no such file.

    Raises:
        FileNotFoundError: names the path and how to give another.
        ValueError: where the file holds no tensors; tells what it is.
    """
    other = f'name another with tools/train.py --init {kind}:PATH, or take another start: '
    other += (
        '--init imagenet, --init none (of other tools: --cfg-options model.backbone.init_cfg=None)'
    )
    if not osp.isfile(path):
        raise FileNotFoundError(f'no initial weights at {path!r}. {advice}, {other}')
    if found := what_instead(path):
        raise ValueError(f'{path!r} holds no weights; it is {found}; or {other}')
    content = _load(path)
    if not isinstance(content, dict):
        raise ValueError(
            f'{path!r} holds a {type(content).__name__}, not the named tensors of a network'
        )
    return {str(k).removeprefix('module.'): v for k, v in _unwrap(path, content).items()}


def _load(path: str) -> object:
    try:
        # MAE, DeiT and others save their command line, a bare namespace, beside the weights
        with torch.serialization.safe_globals([argparse.Namespace]):
            return torch.load(path, map_location='cpu', weights_only=True)
    except Exception as error:  # torch raises whatever a damaged file leads to
        name = re.search(r'global: GLOBAL (\S+\w) was not', str(error))
        if name is not None:
            raise ValueError(
                f'{path!r} holds an object of {name[1]}, which only running what the file asks for '
                'could read. Where you trust it, load it where it was made, and save the tensors '
                "alone: torch.save(model.state_dict(), 'weights.pth')"
            ) from error
        size = osp.getsize(path)
        raise ValueError(
            f'{path!r}, {size} bytes, is damaged or cut off, or no file of torch.save '
            f'({type(error).__name__}: {_first(error)}). Copy or download it again'
        ) from error


def _first(error: Exception) -> str:
    return (str(error).strip().splitlines() or [''])[0][:120]


def _unwrap(path: str, content: dict) -> dict[str, Tensor]:
    """The tensors of a dict, or of the entry that has them.

    Raises:
        ValueError: nothing has, or several entries that nobody knows.
    """
    for _ in range(3):
        within = {k: v for k, v in content.items() if _has_tensors(v)}
        name = next((name for name in WRAPPERS if name in within), None)
        own = {k: v for k, v in content.items() if isinstance(v, Tensor)}
        if name is None and own:
            return own
        if name is None and len(within) > 1:
            raise ValueError(
                f'{path!r} holds tensors in several entries, {list(within)[:5]}; save one of them '
                'by itself with torch.save'
            )
        if not within:
            break
        content = within[name] if name is not None else next(iter(within.values()))
    raise ValueError(f'{path!r} holds no tensors; its entries are {list(content)[:5]}')


def _has_tensors(value: object) -> bool:
    if not isinstance(value, dict):
        return False
    if any(isinstance(one, Tensor) for one in value.values()):
        return True
    return any(name in value and _has_tensors(value[name]) for name in WRAPPERS)
