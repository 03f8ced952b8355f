from typing import NamedTuple

from mmpretrain.models.selfsup import MaskFeat
from mmpretrain.models.selfsup.base import BaseSelfSupervisor
from mmpretrain.registry import MODELS
from torch import Tensor, nn

from ...functional import at_least_float32
from ..preprocessors import read_draws
from .hog_target import build_target
from .masking import draw_masks, masked_count

HEAD = dict(type='MIMHead', loss=dict(type='PixelReconstructionLoss', criterion='L2'))


class Prediction(NamedTuple):
    """``predicted`` and ``target`` (N, L, dims), ``mask`` (N, L), 1 where the encoder did not see
    the patch."""

    predicted: Tensor
    target: Tensor
    mask: Tensor


class MaskFeatBase:
    """What both forms share. A subclass gives ``_neck`` and ``_predict``.

    Args:
        head: the mean square over masked patches and their values, unless given.
        target_generator: ``HOGTarget`` unless given; its patch is the encoder's.
    """

    def __init__(
        self,
        backbone: dict | nn.Module,
        neck: dict | nn.Module | None = None,
        head: dict | None = None,
        target_generator: dict | nn.Module | None = None,
        **kwargs,
    ):
        if isinstance(backbone, dict):
            backbone = MODELS.build(backbone)
        target = build_target(target_generator, backbone)
        if not isinstance(neck, nn.Module):
            neck = self._neck(neck, backbone, target.dims)
        super().__init__(backbone, neck=neck, head=head or HEAD, target_generator=target, **kwargs)

    def predict(self, inputs: Tensor, draw: Tensor | None = None) -> Prediction:
        """HOG of all patches, as predicted from the visible ones and as it is; ``draw`` (N,) is of
        :func:`~mmfer.models.selfsup.masking.draw_masks`."""
        predicted, mask = self._predict(inputs, draw)
        # In one type: mixed ones have no gradient in torch 2.6.
        predicted = at_least_float32(predicted)
        target = self.target_generator(inputs).to(predicted)
        return Prediction(predicted, target, mask.to(predicted))

    def loss(self, inputs: Tensor, data_samples: list | None = None, **kwargs) -> dict[str, Tensor]:
        """The mean over masked patches and their values, of normalised images (N, 3, H, W)."""
        draw = read_draws(data_samples, inputs.device)
        return dict(loss=self.head.loss(*self.predict(inputs, draw)))


@MODELS.register_module()
class MaskFeatMAE(MaskFeatBase, BaseSelfSupervisor):
    """MaskFeat's target (CVPR 2022) under MAE's architecture (CVPR 2022), as PLL-FER (arXiv
    2209.15402) describes its pre-training.

    The encoder sees the visible patches only; a light decoder, which is thrown away afterwards,
    predicts the HOG of the masked ones. ``L = 1 / |M| sum_{m in M} mean_d (h_md - HOG_md)^2``.

    Args:
        backbone: ``VisiblePatchViT``.
        neck: ``MAEPretrainDecoder`` unless a type is given, of ``decoder_depth=2`` (the text's
            'transformer blocks' in a decoder; MAE has 8). Number of patches and widths come from
            the encoder and the target.
        head, target_generator: of :class:`MaskFeatBase`.
        **kwargs: of MMPretrain's ``BaseSelfSupervisor``.
    """

    def _neck(self, given: dict | None, backbone: nn.Module, dims: int) -> dict:
        sizes = dict(embed_dim=backbone.embed_dims, num_patches=backbone.num_patches)
        neck = dict(type='MAEPretrainDecoder', decoder_depth=2, predict_feature_dim=dims, **sizes)
        return {**neck, **(given or {})}

    def _predict(self, inputs: Tensor, draw: Tensor | None) -> tuple[Tensor, Tensor]:
        latent, mask, restore = self.backbone(inputs, draw=draw)
        return self.neck(latent, restore), mask

    def extract_feat(self, inputs: Tensor):
        """The encoder's features of whole images."""
        return self.backbone(inputs, mask=None)


@MODELS.register_module()
class MaskFeatTokens(MaskFeatBase, MaskFeat):
    """MMPretrain's MaskFeat, the mask token in the encoder, at any size.

    All positions go through the encoder, the masked ones as one learnt token; a linear layer
    predicts. The alternative to :class:`MaskFeatMAE` on the same target.

    Differs from ``MaskFeat``: masks are drawn here, not in the data pipeline, so that both forms
    can have the same ones. MMPretrain's ``BEiTMaskGenerator`` never masks the last row and the last
    column.

    Args:
        backbone: ``MaskFeatViT``.
        neck: a linear layer to the target's width, unless given.
        mask_ratio, masking: of :func:`~mmfer.models.selfsup.masking.draw_masks`.
        head, target_generator: of :class:`MaskFeatBase`.
        **kwargs: of MMPretrain's ``MaskFeat``.
    """

    def __init__(self, *args, mask_ratio: float = 0.4, masking: str = 'blocks', **kwargs):
        super().__init__(*args, **kwargs)
        masked_count(self.backbone.patch_resolution, mask_ratio, masking)  # wrong ones fail here
        self.mask_ratio, self.masking = mask_ratio, masking

    def _neck(self, given: dict | None, backbone: nn.Module, dims: int) -> dict:
        init = dict(type='TruncNormal', layer='Linear', std=0.02, bias=0)
        sizes = dict(in_channels=backbone.embed_dims, out_channels=dims)
        return given or dict(type='LinearNeck', norm_cfg=None, init_cfg=init, **sizes)

    def _predict(self, inputs: Tensor, draw: Tensor | None) -> tuple[Tensor, Tensor]:
        grid = self.backbone.patch_resolution
        masked = draw_masks(len(inputs), grid, self.mask_ratio, self.masking, inputs.device, draw)
        tokens = self.backbone(inputs, masked.mask)[:, 1:]
        predicted = self.neck((tokens.flatten(0, 1),))[0].unflatten(0, tokens.shape[:2])
        return predicted, masked.mask
