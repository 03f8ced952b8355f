import torch
from mmpretrain.registry import MODELS
from torch import Tensor, nn

from ...functional import hog, hog_patches
from ..settings import check_number, shown, whole_numbers


@MODELS.register_module()
class HOGTarget(nn.Module):
    """MaskFeat's target: the HOG of each patch, in float32 in mixed precision, too.

    Stands where MMPretrain has ``HOGGenerator``, which knows a grid of 14 x 14 patches alone; the
    same numbers at 224 px.

    Args:
        patch: side of a patch, pixels.
        bins, cell, window: of :func:`~mmfer.functional.hog.hog`. MMPretrain's config has
            ``window=16``; MaskFeat's public code has none.
        channels: of the images.

    Raises:
        ValueError: where a patch does not hold whole cells, or on a size below 1.
    """

    def __init__(
        self, patch: int = 16, bins: int = 9, cell: int = 8, window: int = 0, channels: int = 3
    ):
        super().__init__()
        sizes = dict(patch=patch, bins=bins, cell=cell, channels=channels)
        patch, bins, cell, channels = whole_numbers(**sizes)
        window = check_number('window', window, least=0, whole=True, hint='0 is none')
        if patch % cell:
            raise ValueError(
                f'patches of {patch} px do not hold whole cells of {cell} px; set '
                f'target_generator.cell to a divisor of {patch}'
            )
        self.patch, self.bins, self.cell, self.window = patch, bins, cell, window
        # values a patch: 108 for RGB, 9 bins, patches of 16 and cells of 8
        self.dims = channels * bins * (patch // cell) ** 2

    @torch.no_grad()
    def forward(self, images: Tensor) -> Tensor:
        """(N, L, dims) of images (N, C, H, W)."""
        with torch.autocast(images.device.type, enabled=False):
            cells = hog(images, self.bins, self.cell, self.window)
        return hog_patches(cells, self.patch, self.cell)

    def extra_repr(self) -> str:
        settings = ('patch', 'bins', 'cell', 'window', 'dims')
        return shown(**{name: getattr(self, name) for name in settings})


def build_target(settings: dict | nn.Module | None, backbone: nn.Module) -> nn.Module:
    """The target for an encoder's patches.

    Raises:
        ValueError: where its patches are not the encoder's.
    """
    side = tuple(backbone.patch_embed.projection.kernel_size)
    target = settings
    if not isinstance(settings, nn.Module):
        target = MODELS.build(dict(dict(type='HOGTarget', patch=side[0]), **settings or {}))
    if side != (target.patch, target.patch):
        raise ValueError(
            f"target_generator.patch={target.patch}, but the encoder's patches are {side}; leave "
            'it out, and it follows the encoder'
        )
    return target
