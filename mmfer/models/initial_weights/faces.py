"""Initial weights from the face checkpoints that the field passes around."""

import os.path as osp
import re
from collections.abc import Callable

import torch
from mmengine.logging import MMLogger
from mmpretrain.registry import WEIGHT_INITIALIZERS
from torch import Tensor, nn

_BLOCKS = (5, 1, 6, 1, 2)  # bottlenecks of MobileFaceNet's five stages
_SLOTS = {
    0: 'expand.conv',
    1: 'expand.bn',
    2: 'expand.act',
    3: 'depthwise.conv',
    4: 'depthwise.bn',
    5: 'depthwise.act',
    6: 'project.conv',
    7: 'project.bn',
}
# Module names of the InsightFace port of MobileFaceNet: stage, first block.
_PORT = {
    'conv_23': (0, 0),
    'conv_3': (0, 1),
    'conv_34': (1, 0),
    'conv_4': (2, 0),
    'conv_45': (3, 0),
    'conv_5': (4, 0),
}


def torchvision_key(key: str) -> str:
    """A torchvision-style ResNet key as mmpretrain's ResNet names it: they agree, and the
    classifier (``fc``) is dropped.

    >>> torchvision_key('layer1.0.bn2.weight'), torchvision_key('fc.weight')
    ('layer1.0.bn2.weight', '')
    """
    return '' if key.startswith('fc.') else key


def mobilefacenet_key(key: str) -> str:
    """A published MobileFaceNet key as :class:`MobileFaceNet` names it.

    Two families circulate: ``conv1, dw_conv1, blocks.{0..14}.conv.{0..7}, conv2, linear7, linear1``
    and the InsightFace port's ``conv1, conv2_dw, conv_23, conv_3.model.0, ..., conv_6_sep,
    conv_6_dw, linear, bn``. The embedding layers have no place here and give ''.

    >>> mobilefacenet_key('blocks.5.conv.4.weight')
    'stages.1.0.depthwise.bn.weight'
    >>> mobilefacenet_key('conv_4.model.2.project.bn.bias')
    'stages.2.2.project.bn.bias'
    """
    key = key.replace('prelu.', 'act.')
    for old, new in (
        ('conv1.', 'stem.0.'),
        ('dw_conv1.', 'stem.1.'),
        ('conv2_dw.', 'stem.1.'),
        ('conv2.', 'last.'),
        ('conv_6_sep.', 'last.'),
    ):
        if key.startswith(old):
            return new + key[len(old) :]
    if match := re.fullmatch(r'blocks\.(\d+)\.conv\.(\d)\.(\w+)', key):
        block, slot = int(match[1]), int(match[2])
        for stage, count in enumerate(_BLOCKS):
            if block < count:
                return f'stages.{stage}.{block}.{_SLOTS[slot]}.{match[3]}'
            block -= count
    if match := re.fullmatch(r'(conv_\d+)\.(?:model\.(\d+)\.)?(conv_dw|conv|project)\.(.+)', key):
        if match[1] in _PORT:
            stage, first = _PORT[match[1]]
            part = dict(conv='expand', conv_dw='depthwise', project='project')[match[3]]
            block = first + int(match[2] or 0)
            return f'stages.{stage}.{block}.{part}.{match[4]}'
    return key if key.startswith(('stem.', 'stages.', 'last.')) else ''


KEYS: dict[str, Callable[[str], str]] = {
    'torchvision': torchvision_key,
    'mobilefacenet': mobilefacenet_key,
}


def read_state_dict(path: str) -> dict[str, Tensor]:
    """The tensors of a checkpoint, without wrappers' prefixes.

    Raises:
        FileNotFoundError: names the path and how to give another.
        ValueError: where the file holds no tensors.
    """
    if not osp.isfile(path):
        raise FileNotFoundError(
            f'no initial weights at {path!r}. Put the checkpoint there, name another with '
            'tools/train.py --init face:PATH, or take another start: --init imagenet, --init none'
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
        re.sub(r'^(module\.|backbone\.|features\.)+', '', str(key)): value
        for key, value in content.items()
        if isinstance(value, Tensor)
    }
    if not tensors:
        raise ValueError(f'{path!r} holds no tensors; its entries are {list(content)[:5]}')
    return tensors


def load_face_weights(module: nn.Module, path: str, keys: str) -> str:
    """Load a checkpoint into a backbone and say what matched.

    Args:
        module: a backbone.
        path: a checkpoint file; loaded with ``weights_only=True``.
        keys: naming of its keys: ``'torchvision'`` (ResNets, as ``resnet18_msceleb.pth``) or
            ``'mobilefacenet'``.

    Returns:
        The report.

    Raises:
        ValueError: on an unknown naming; where nothing matched; or where a part of the backbone
            stayed without weights.
    """
    if keys not in KEYS:
        raise ValueError(f'keys={keys!r} is unknown; allowed: {tuple(KEYS)}')
    given = read_state_dict(path)
    found = {KEYS[keys](k): v for k, v in given.items()}
    found.pop('', None)
    own = module.state_dict()
    matched = {k: v for k, v in found.items() if k in own and v.shape == own[k].shape}
    wrong = [k for k in found if k in own and k not in matched]
    # Checkpoints from before torch 0.4.1 lack the counters; 0 serves them.
    missing = [k for k in own if k not in matched and not k.endswith('num_batches_tracked')]
    report = (
        f'{path}: {len(matched)} of {len(own)} tensors of {type(module).__name__} matched; without '
        f'a place: {len(found) - len(matched) - len(wrong)}; classifier or embedding, dropped: '
        f'{len(given) - len(found)}; of another shape: {wrong[:3]}; missing: {len(missing)} '
        f'{missing[:3]}'
    )
    if not matched or missing:
        raise ValueError(
            report + f'. Is this a checkpoint of a {type(module).__name__} '
            f'with {keys} keys? Its keys begin with '
            f"{list(given)[:3]}, the backbone's with "
            f'{list(own)[:3]}'
        )
    module.load_state_dict(matched, strict=False)
    return report


@WEIGHT_INITIALIZERS.register_module()
class FaceWeights:
    """``init_cfg=dict(type='FaceWeights', checkpoint=PATH, keys=...)``.

    Differs from the host's ``Pretrained``: it renames the keys, reports what matched, and fails
    where nothing did. With mmpretrain's ResNet set ``zero_init_residual=False``: the host zeroes
    those weights after any initialiser but its own.
    """

    def __init__(self, checkpoint: str, keys: str = 'torchvision'):
        self.checkpoint = checkpoint
        self.keys = keys

    def __call__(self, module: nn.Module) -> None:
        if getattr(module, 'zero_init_residual', False):
            raise ValueError(
                f'{type(module).__name__}(zero_init_residual=True) would zero weights that '
                f'{self.checkpoint!r} brings; set model.backbone.zero_init_residual=False'
            )
        MMLogger.get_current_instance().info(load_face_weights(module, self.checkpoint, self.keys))
