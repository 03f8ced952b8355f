"""Initial weights from the face checkpoints that the field passes around."""

import re

from mmpretrain.registry import WEIGHT_INITIALIZERS
from torch import Tensor, nn

from ...weights.match import Report, load
from ...weights.read import read_tensors
from ..settings import check_choice
from .names import MOBILEFACENET, RESNET, name_tensors

ADVICE = 'Put the checkpoint there'
KEYS = dict(torchvision=RESNET, mobilefacenet=MOBILEFACENET)


def read_state_dict(path: str) -> dict[str, Tensor]:
    """The tensors of a checkpoint, without wrappers' prefixes; raises as
    :func:`.read.read_tensors`."""
    tensors = read_tensors(path, 'face', ADVICE)
    return {re.sub(r'^(module\.|backbone\.|features\.)+', '', k): v for k, v in tensors.items()}


COUNTER = 'num_batches_tracked'


def load_face_weights(module: nn.Module, path: str, keys: str, deeper: str = 'refuse') -> Report:
    """Load a checkpoint into a backbone. Its classifier or embedding has no place there.

    Args:
        keys: naming of its keys: ``'torchvision'`` (ResNets, as ``resnet18_msceleb.pth``, also as
            the children of one in a row, ``features.0`` ...) or ``'mobilefacenet'``; behind any
            prefix.
        deeper: of :func:`.match.load`.

    Raises:
        FileNotFoundError, ValueError: as :func:`.read.read_tensors`, :func:`.names.name_tensors`
            and :func:`.match.load`; on an unknown naming.
    """
    check_choice('keys', keys, KEYS)
    tensors = read_tensors(path, 'face', ADVICE)
    given = name_tensors(module.state_dict(), tensors, KEYS[keys], path)
    # Checkpoints from before torch 0.4.1 lack the counters, and 0 serves them; some have (1,).
    for k in [k for k in given if k.endswith(COUNTER) and given[k].numel() == 1]:
        given[k] = given[k].reshape(())
    hint = f'; {list(tensors)[:3]} were read with keys={keys!r}, allowed: {tuple(KEYS)}'
    return load(module, path, given, optional=(COUNTER,), deeper=deeper, hint=hint)


@WEIGHT_INITIALIZERS.register_module()
class FaceWeights:
    """``init_cfg=dict(type='FaceWeights', checkpoint=PATH, keys=..., deeper='refuse')``.

    Differs from the host's ``Pretrained``: it renames the keys, reports what matched, and fails
    where nothing did. With mmpretrain's ResNet set ``zero_init_residual=False``: the host zeroes
    those weights after any initialiser but its own.
    """

    def __init__(self, checkpoint: str, keys: str = 'torchvision', deeper: str = 'refuse'):
        self.checkpoint = checkpoint
        self.keys = keys
        self.deeper = deeper

    def __call__(self, module: nn.Module) -> None:
        if getattr(module, 'zero_init_residual', False):
            raise ValueError(
                f'{type(module).__name__}(zero_init_residual=True) would zero weights that '
                f'{self.checkpoint!r} brings; set model.backbone.zero_init_residual=False'
            )
        load_face_weights(module, self.checkpoint, self.keys, self.deeper)
