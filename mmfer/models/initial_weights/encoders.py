"""Initial weights from a self-supervised run."""

from math import isqrt

import torch
import torch.nn.functional as F
from mmpretrain.models.selfsup import MAEHiViT, MAEViT, MixMIMPretrainTransformer, iTPNHiViT
from mmpretrain.registry import WEIGHT_INITIALIZERS
from torch import Tensor, nn

from ...weights.match import Report, load
from ...weights.read import read_tensors
from ..selfsup import VisiblePatchViT
from ..settings import check_choice
from .names import ANY, name_tensors

# Where the encoder stands in a checkpoint; momentum models are pairs (backbone, neck).
PREFIXES = {
    'trained': ('backbone.', ''),
    'momentum': ('momentum_encoder.module.0.', 'encoder_k.module.0.'),
}
# What a file may lack: last norms, class and mask tokens, which a ViT has for some kinds of output
# alone; counters.
OPTIONAL = ('ln1.', 'ln2.', 'cls_token', 'mask_token', 'num_batches_tracked')
# These draw weights after loading, whatever their settings say.
REDRAWN = (MAEViT, MAEHiViT, MixMIMPretrainTransformer, iTPNHiViT)


def resize_position(
    embedding: Tensor, length: int, grid: tuple[int, int] | None = None, mode: str = 'bicubic'
) -> Tensor:
    """A position embedding for another grid of patches.

    The class token's row, where there is one, stays; the patches' are interpolated. Its grid has to
    be square.

    Args:
        embedding: (1, L, D); L or L - 1 is a square number.
        length: L of the result, with or without a class token. Where the given one has no class
            token and the result has, that row is 0.
        grid: rows and columns of the result; None: square.
        mode: of ``torch.nn.functional.interpolate``.

    Raises:
        ValueError: on lengths that are no grid.

    >>> resize_position(torch.rand(1, 37, 8), length=197).shape
    torch.Size([1, 197, 8])
    """
    old_extra, old = _split_length(embedding.size(1))
    if grid is None:
        new_extra, new = _split_length(length)
    else:
        new_extra, new = length - grid[0] * grid[1], tuple(grid)
    if new_extra not in (0, 1):
        raise ValueError(f'{length} positions are no grid of {grid}, with or without a class token')
    first = embedding[:, :old_extra]
    if new_extra > old_extra:
        first = embedding.new_zeros(1, 1, embedding.size(2))
    patches = embedding[:, old_extra:]
    if new != old:
        maps = patches.transpose(1, 2).unflatten(2, old).float()
        maps = F.interpolate(maps, size=new, mode=mode, align_corners=False)
        patches = maps.flatten(2).transpose(1, 2).to(embedding.dtype)
    return torch.cat([first[:, :new_extra], patches], dim=1)


def _split_length(length: int) -> tuple[int, tuple[int, int]]:
    """Class tokens, and rows and columns, of a square grid."""
    for extra in (0, 1):
        side = isqrt(length - extra)
        if side and side * side == length - extra:
            return extra, (side, side)
    raise ValueError(
        f'{length} positions are neither a square of patches nor one more (class token); only '
        'square grids can be resized'
    )


def read_encoder(path: str, part: str = 'trained') -> dict[str, Tensor]:
    """The encoder's tensors in a checkpoint, by their bare names.

    Args:
        path: a checkpoint of MMEngine, or a file of tensors by name.
        part: ``'trained'``: ``backbone.*``, or bare names; ``'momentum'``: its moving average in
            MoCo and MoCo v3.

    Raises:
        FileNotFoundError, ValueError: as :func:`.read.read_tensors`.
        ValueError: on an unknown part, or a file without that part.
    """
    check_choice('part', part, PREFIXES)
    advice = 'Pre-train one (configs/pretrain), set the environment variable MMFER_VIT'
    tensors = read_tensors(path, 'encoder', advice)
    for prefix in PREFIXES[part]:
        found = {k[len(prefix) :]: v for k, v in tensors.items() if k.startswith(prefix)}
        if found:
            return found
    raise ValueError(
        f'{path!r} has no {part} encoder: its names begin with {list(tensors)[:3]}; looked for '
        f'{PREFIXES[part]}'
    )


def load_encoder(
    module: nn.Module, path: str, part: str = 'trained', deeper: str = 'refuse'
) -> Report:
    """Load a self-supervised run's encoder into a backbone, or a ViT's weights from timm, MAE, DINO
    v2 or torchvision.

    What only the backbone or only the encoder has of last norms, class and mask token stays as it
    was, or out.

    Raises:
        FileNotFoundError, ValueError: as :func:`read_encoder`, :func:`.names.name_tensors` and
            :func:`.match.load`.
    """
    given = name_tensors(module.state_dict(), read_encoder(path, part), ANY, path)
    resized = []
    old, new = given.get('pos_embed'), module.state_dict().get('pos_embed')
    if old is not None and new is not None and old.shape != new.shape:
        if old.size(-1) == new.size(-1):
            grid, mode = module.patch_embed.init_out_size, getattr(module, 'interpolate_mode', None)
            given['pos_embed'] = resize_position(old, new.size(1), grid, mode or 'bicubic')
            resized = [f'pos_embed {tuple(old.shape)} -> {tuple(new.shape)}']
    return load(module, path, given, OPTIONAL, resized, deeper)


@WEIGHT_INITIALIZERS.register_module()
class EncoderWeights:
    """``init_cfg=dict(type='EncoderWeights', checkpoint=PATH)`` of a backbone: the encoder of any
    of MMPretrain's and our self-supervised models.

    Differs from the host's ``Pretrained``: it finds the encoder in a self-supervised model's
    checkpoint, its average where told so, reports what matched, and fails where nothing or too
    little did.

    Args:
        checkpoint, part: of :func:`read_encoder`.
        deeper: ``'cut'`` takes the first blocks of a deeper network, which else is refused.

    Raises:
        ValueError: as :func:`load_encoder`, and in a backbone of MMPretrain that would draw a part
            of the weights anew afterwards (``MAEViT``).
    """

    def __init__(self, checkpoint: str, part: str = 'trained', deeper: str = 'refuse'):
        self.checkpoint = checkpoint
        self.part = part
        self.deeper = deeper

    def __call__(self, module: nn.Module) -> None:
        if isinstance(module, REDRAWN) and not isinstance(module, VisiblePatchViT):
            raise ValueError(
                f'{type(module).__name__} draws a part of its weights after {self.checkpoint} was '
                'loaded; give the weights to VisiblePatchViT, which MAE takes as well, or load the '
                'whole model by load_from'
            )
        load_encoder(module, self.checkpoint, self.part, self.deeper)
        # After an initialiser other than its own Pretrained, the host goes on: the parts draw their
        # weights (each layer of a ViT does), then the ViT its position embedding, a ResNet zeros
        # its last norms. Parts that count as initialised are passed over; so is the rest where the
        # backbone's settings name Pretrained.
        for child in module.modules():
            if child is not module and hasattr(child, 'init_weights'):
                child.is_init = True
        module.init_cfg = dict(type='Pretrained', checkpoint=self.checkpoint)
