from typing import NamedTuple

from mmpretrain.models.selfsup import MaskFeat
from mmpretrain.models.selfsup.base import BaseSelfSupervisor
from mmpretrain.registry import MODELS
from torch import Tensor, nn

from ...functional import at_least_float32
from .masking import draw_masks

HEAD = dict(type='MIMHead', loss=dict(type='PixelReconstructionLoss', criterion='L2'))


class Prediction(NamedTuple):
    """``predicted`` and ``target`` (N, L, dims), ``mask`` (N, L), 1 where the encoder did not see
    the patch."""

    predicted: Tensor
    target: Tensor
    mask: Tensor


@MODELS.register_module()
class MaskFeatMAE(BaseSelfSupervisor):
    """MaskFeat's target (CVPR 2022) under MAE's architecture (CVPR 2022), as PLL-FER (arXiv
    2209.15402) describes its pre-training.

    The encoder sees the visible patches only; a light decoder, which is thrown away afterwards,
    predicts the HOG of the masked ones. ``L = 1 / |M| sum_{m in M} mean_d (h_md - HOG_md)^2``.

    Args:
        backbone: ``VisiblePatchViT``.
        neck: ``MAEPretrainDecoder`` unless a type is given, of ``decoder_depth=2`` (the text's
            'transformer blocks' in a decoder; MAE has 8). Number of patches and widths come from
            the encoder and the target.
        head: the mean square over masked patches and their values, unless given.
        target_generator: ``HOGTarget`` unless given; its patch is the encoder's.
        **kwargs: of MMPretrain's ``BaseSelfSupervisor``.
    """

    def __init__(
        self,
        backbone: dict | nn.Module,
        neck: dict | None = None,
        head: dict | None = None,
        target_generator: dict | None = None,
        **kwargs,
    ):
        if isinstance(backbone, dict):
            backbone = MODELS.build(backbone)
        target = build_target(target_generator, backbone)
        neck = neck or {}
        if isinstance(neck, dict):
            neck = dict(
                dict(
                    type='MAEPretrainDecoder',
                    decoder_depth=2,
                    embed_dim=backbone.embed_dims,
                    num_patches=backbone.num_patches,
                    predict_feature_dim=target.dims,
                ),
                **neck,
            )
        super().__init__(backbone, neck=neck, head=head or HEAD, target_generator=target, **kwargs)

    def extract_feat(self, inputs: Tensor):
        """The encoder's features of whole images."""
        return self.backbone(inputs, mask=None)

    def predict(self, inputs: Tensor) -> Prediction:
        """HOG of all patches, as predicted from the visible ones and as it is."""
        latent, mask, restore = self.backbone(inputs)
        predicted = self.neck(latent, restore)
        return _compared(predicted, self.target_generator(inputs), mask)

    def loss(self, inputs: Tensor, data_samples: list | None = None, **kwargs) -> dict[str, Tensor]:
        """The mean over masked patches and their values.

        Args:
            inputs: (N, 3, H, W), normalised.
            data_samples: not used.
        """
        return dict(loss=self.head.loss(*self.predict(inputs)))


@MODELS.register_module()
class MaskFeatTokens(MaskFeat):
    """MMPretrain's MaskFeat, the mask token in the encoder, at any size.

    All positions go through the encoder, the masked ones as one learnt token; a linear layer
    predicts. The alternative to :class:`MaskFeatMAE` on the same target.

    Differs from ``MaskFeat``: masks are drawn here, not in the data pipeline, so that both forms
    can have the same ones. MMPretrain's ``BEiTMaskGenerator`` never masks the last row and the last
    column.

    Args:
        mask_ratio, masking: of :func:`~mmfer.models.selfsup.masking.draw_masks`.
        backbone: ``MaskFeatViT``.
        neck: a linear layer to the target's width, unless given.
        head, target_generator: as :class:`MaskFeatMAE`'s.
        **kwargs: of MMPretrain's ``MaskFeat``.
    """

    def __init__(
        self,
        backbone: dict | nn.Module,
        neck: dict | None = None,
        head: dict | None = None,
        target_generator: dict | None = None,
        mask_ratio: float = 0.4,
        masking: str = 'blocks',
        **kwargs,
    ):
        if isinstance(backbone, dict):
            backbone = MODELS.build(backbone)
        target = build_target(target_generator, backbone)
        init = dict(type='TruncNormal', layer='Linear', std=0.02, bias=0)
        neck = neck or dict(
            type='LinearNeck',
            in_channels=backbone.embed_dims,
            out_channels=target.dims,
            norm_cfg=None,
            init_cfg=init,
        )
        super().__init__(backbone, neck=neck, head=head or HEAD, target_generator=target, **kwargs)
        self.mask_ratio, self.masking = mask_ratio, masking

    def predict(self, inputs: Tensor) -> Prediction:
        """As :meth:`MaskFeatMAE.predict`."""
        mask = draw_masks(
            len(inputs),
            self.backbone.patch_resolution,
            self.mask_ratio,
            self.masking,
            inputs.device,
        ).mask
        tokens = self.backbone(inputs, mask)[:, 1:]
        predicted = self.neck((tokens.flatten(0, 1),))[0].unflatten(0, tokens.shape[:2])
        return _compared(predicted, self.target_generator(inputs), mask)

    def loss(self, inputs: Tensor, data_samples: list | None = None, **kwargs) -> dict[str, Tensor]:
        """The mean over masked patches and their values."""
        return dict(loss=self.head.loss(*self.predict(inputs)))


def _compared(predicted: Tensor, target: Tensor, mask: Tensor) -> Prediction:
    """In one type: mixed ones have no gradient in torch 2.6."""
    predicted = at_least_float32(predicted)
    return Prediction(predicted, target.to(predicted), mask.to(predicted))


def build_target(settings: dict | nn.Module | None, backbone: nn.Module) -> nn.Module:
    """The target for an encoder's patches.

    Raises:
        ValueError: where its patches are not the encoder's.
    """
    if isinstance(settings, nn.Module):
        target = settings
    else:
        size = side_of_patch(backbone)
        target = MODELS.build(dict(dict(type='HOGTarget', patch=size[0]), **settings or {}))
    if side_of_patch(backbone) != (target.patch, target.patch):
        raise ValueError(
            f"target_generator.patch={target.patch}, but the encoder's patches are "
            f'{side_of_patch(backbone)}; leave it out, and it follows the encoder'
        )
    return target


def side_of_patch(backbone: nn.Module) -> tuple[int, int]:
    """Height and width of an encoder's patches."""
    return tuple(backbone.patch_embed.projection.kernel_size)
