"""Initial weights from the face checkpoints that the field passes around."""

import re
from collections.abc import Callable

from mmpretrain.registry import WEIGHT_INITIALIZERS
from torch import Tensor, nn

from ..backbones.mobilefacenet import STAGES
from ..settings import check_choice
from .match import Report, load, read_tensors

# (stage, number in it) of the bottlenecks, which published files count through
_BLOCKS = [(stage, i) for stage, (_, _, count, _) in enumerate(STAGES) for i in range(count)]
_SLOTS = [f'{a}.{b}' for a in ('expand', 'depthwise', 'project') for b in ('conv', 'bn', 'act')]
# Module names of the InsightFace port of MobileFaceNet: stage, first block; parts of a block.
_PORT = dict(
    conv_23=(0, 0), conv_3=(0, 1), conv_34=(1, 0), conv_4=(2, 0), conv_45=(3, 0), conv_5=(4, 0)
)
_PARTS = dict(conv='expand', conv_dw='depthwise', project='project')
_BEGINNINGS = {
    'conv1.': 'stem.0.',
    'dw_conv1.': 'stem.1.',
    'conv2_dw.': 'stem.1.',
    'conv2.': 'last.',
    'conv_6_sep.': 'last.',
}


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
    for old, new in _BEGINNINGS.items():
        if key.startswith(old):
            return new + key[len(old) :]
    if match := re.fullmatch(r'blocks\.(\d|1[0-4])\.conv\.([0-7])\.(\w+)', key):
        stage, block = _BLOCKS[int(match[1])]
        return f'stages.{stage}.{block}.{_SLOTS[int(match[2])]}.{match[3]}'
    if match := re.fullmatch(r'(conv_\d+)\.(?:model\.(\d+)\.)?(conv_dw|conv|project)\.(.+)', key):
        if match[1] in _PORT:
            stage, first = _PORT[match[1]]
            return f'stages.{stage}.{first + int(match[2] or 0)}.{_PARTS[match[3]]}.{match[4]}'
    return key if key.startswith(('stem.', 'stages.', 'last.')) else ''


COUNTER = 'num_batches_tracked'
# mmpretrain's ResNet has torchvision's names
KEYS: dict[str, Callable[[str], str]] = dict(torchvision=str, mobilefacenet=mobilefacenet_key)


def read_state_dict(path: str) -> dict[str, Tensor]:
    """The tensors of a checkpoint, without wrappers' prefixes; raises as
    :func:`.match.read_tensors`."""
    tensors = read_tensors(path, 'face', 'Put the checkpoint there')
    return {re.sub(r'^(module\.|backbone\.|features\.)+', '', k): v for k, v in tensors.items()}


def load_face_weights(module: nn.Module, path: str, keys: str) -> Report:
    """Load a checkpoint into a backbone. Its classifier or embedding has no place there.

    Args:
        keys: naming of its keys: ``'torchvision'`` (ResNets, as ``resnet18_msceleb.pth``) or
            ``'mobilefacenet'``.

    Raises:
        FileNotFoundError, ValueError: as :func:`.match.read_tensors` and :func:`.match.load`; on an
            unknown naming.
    """
    check_choice('keys', keys, KEYS)
    tensors = read_state_dict(path)
    given = {KEYS[keys](k) or k: v for k, v in tensors.items()}
    # Checkpoints from before torch 0.4.1 lack the counters, and 0 serves them; some have (1,).
    for k in [k for k in given if k.endswith(COUNTER) and given[k].numel() == 1]:
        given[k] = given[k].reshape(())
    hint = f'; {list(tensors)[:3]} were read with keys={keys!r}, allowed: {tuple(KEYS)}'
    return load(module, path, given, optional=(COUNTER,), hint=hint)


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
        load_face_weights(module, self.checkpoint, self.keys)
