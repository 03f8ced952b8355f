"""ViTs for masked image modelling that MMPretrain lacks."""

import torch.nn as nn
from mmpretrain.models.selfsup import MAEViT, MaskFeatViT
from mmpretrain.models.utils import build_2d_sincos_position_embedding
from mmpretrain.registry import MODELS
from torch import Tensor

from ..settings import check_choice
from .masking import MASKINGS, draw_masks, masked_count


@MODELS.register_module()
class VisiblePatchViT(MAEViT):
    """MMPretrain's ``MAEViT``, which sees the visible patches only, with the masking named.

    Differs from ``MAEViT``: blocks as well; ``round(ratio L)`` patches are masked where it keeps
    ``int((1 - ratio) L)``; ``mask=False`` masks nothing, where ``MAEViT`` masks all the same;
    weights that ``init_cfg`` loaded stay, where ``MAEViT`` draws three of them anew.

    Args:
        mask_ratio, masking: of :func:`~mmfer.models.selfsup.masking.draw_masks`.
        **kwargs: of ``MAEViT``. The position embedding is fixed (2-D sine and cosine), so images
            are square.

    Raises:
        ValueError: on an unknown masking, or images that are not square.
    """

    def __init__(self, *args, mask_ratio: float = 0.4, masking: str = 'uniform', **kwargs):
        check_choice('masking', masking, MASKINGS)
        super().__init__(*args, mask_ratio=mask_ratio, **kwargs)
        self.masking, self._draw = masking, None
        rows, columns = self.patch_resolution
        if rows != columns:
            raise ValueError(
                f'img_size={self.img_size} gives {rows} x {columns} patches; the position '
                'embedding is made for square images'
            )
        masked_count(self.patch_resolution, mask_ratio, masking)  # a wrong ratio fails here

    def init_weights(self) -> None:
        """As ``MAEViT``'s, unless weights were loaded: fixed positions, the patches' projection and
        the class token."""
        super(MAEViT, self).init_weights()
        if isinstance(self.init_cfg, dict) and self.init_cfg['type'] == 'Pretrained':
            return
        positions = build_2d_sincos_position_embedding(
            self.patch_resolution, self.embed_dims, cls_token=True
        )
        self.pos_embed.data.copy_(positions)
        nn.init.xavier_uniform_(self.patch_embed.projection.weight.data.flatten(1))
        nn.init.normal_(self.cls_token, std=0.02)

    def random_masking(self, x: Tensor, mask_ratio: float) -> tuple[Tensor, Tensor, Tensor]:
        """(N, L, D) to the visible patches (N, V, D), the mask (N, L), 1 where masked, and where
        each patch stands."""
        masked = draw_masks(
            len(x), self.patch_resolution, mask_ratio, self.masking, x.device, self._draw
        )
        visible = x.gather(1, masked.visible[:, :, None].expand(-1, -1, x.size(2)))
        return visible, masked.mask.to(x.dtype), masked.restore

    def forward(self, x: Tensor, mask: bool | None = True, draw: Tensor | None = None):
        """As ``MAEViT``'s; None or False is the plain ViT. ``draw`` is that of ``draw_masks``."""
        self._draw = draw  # past MAEViT's forward
        return super().forward(x, mask=mask or None)


@MODELS.register_module()
class SimMIMViT(MaskFeatViT):
    """A ViT for SimMIM (CVPR 2022), of which MMPretrain has Swin alone.

    Masked patches are replaced by a learnt token before the position embedding; the tokens of all
    patches come out as a map.
    """

    def forward(self, x: Tensor, mask: Tensor | None) -> tuple[Tensor]:
        """A map (N, D, rows, columns) of images and masks (N, rows, columns), in a tuple; without a
        mask, the plain ViT's output."""
        if mask is None:
            return super().forward(x, None)
        tokens = super().forward(x, mask.flatten(1))[:, self.num_extra_tokens :]
        return (tokens.transpose(1, 2).unflatten(2, self.patch_resolution),)
