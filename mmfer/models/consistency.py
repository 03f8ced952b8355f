"""Attention consistency of two views, as EAC and CLEX have it."""

from torch import Tensor

from ..functional import align_maps, attention_consistency, class_activation_maps
from .views import View


def map_consistency(first: View, second: View, weight: Tensor) -> Tensor:
    """Mean squared difference of the views' class activation maps, the second brought into the
    frame of the first: mean over the batch.

    Args:
        first, second: views with feature maps; the second with its geometry.
        weight: (K, D) of the classifier; detach it to keep the consistency from moving the
            classifier.

    Raises:
        ValueError: where there are no maps, or nobody recorded what was done to the view.
    """
    if first.feat.dim() != 4:
        raise ValueError(
            'attention consistency compares feature maps (N, D, H, W), and the backbone gives '
            f"{tuple(first.feat.shape)}. Give a ViT model.backbone.out_type='featmap' and "
            "model.neck=dict(type='GlobalAveragePooling'), or set lambda_ac=0"
        )
    geometry = second.geometry
    if geometry is None:
        raise ValueError(
            'attention consistency needs to know what was done to each '
            "view, and the samples carry no 'view_matrix'. Make the views "
            'with MultiViewTransform and name view_matrix in the algorithm_keys of PackInputs, or '
            'set lambda_ac=0'
        )
    maps = [class_activation_maps(view.feat.to(weight.dtype), weight) for view in (first, second)]
    aligned, shown = align_maps(maps[1], geometry.mirrored, geometry.theta)
    return attention_consistency(maps[0], aligned, None if geometry.theta is None else shown).mean()
