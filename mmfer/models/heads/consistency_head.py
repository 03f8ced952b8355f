import torch
from torch import Tensor

from ...functional import align_maps, attention_consistency, class_activation_maps
from ..settings import check_weights
from ..views import Targets, View
from .multi_view_head import MultiViewHead


class ConsistencyHead(MultiViewHead):
    """Base of the heads that compare the class activation maps of two views.

    A subclass gives ``pair_loss(first, second, targets)``.

    Args:
        lambda_ac: weight of the consistency, from 0, which is off.
        detach_cam: keep the consistency from moving the classifier, as EAC's public code does.
        **kwargs: of :class:`~mmfer.models.heads.multi_view_head.MultiViewHead`.
    """

    def __init__(self, *args, lambda_ac: float, detach_cam: bool = True, **kwargs):
        super().__init__(*args, **kwargs)
        check_weights(lambda_ac=lambda_ac)
        self.lambda_ac, self.detach_cam = lambda_ac, detach_cam

    def view_loss(self, views: list[View], targets: Targets) -> dict[str, Tensor]:
        """Weighed losses by name; a term of weight 0 is neither computed nor listed.

        Raises:
            ValueError: on a number of views other than 2, or as :meth:`consistency`.
        """
        if len(views) != 2:
            raise ValueError(
                f'{type(self).__name__} needs 2 views of each image, got {len(views)}; use a '
                'two-view training pipeline (MultiViewTransform)'
            )
        # Mixed precision ends here: the maps' convolution would run in half.
        with torch.autocast(views[0].logits.device.type, enabled=False):
            return self.pair_loss(*views, targets)

    def consistency(self, first: View, second: View) -> Tensor:
        """Mean squared difference of the views' class activation maps, the second brought into the
        frame of the first: mean over the batch, unweighed.

        Raises:
            ValueError: where there are no maps, or nobody recorded what was done to the view.
        """
        if first.feat.dim() != 4:
            raise ValueError(
                'attention consistency compares feature maps (N, D, H, W), and the backbone gives '
                f"{tuple(first.feat.shape)}. Give a ViT model.backbone.out_type='featmap' and "
                "model.neck=dict(type='GlobalAveragePooling'), or set lambda_ac=0"
            )
        if second.geometry is None:
            raise ValueError(
                'attention consistency needs to know what was done to each view, and the samples '
                "carry no 'view_matrix'. Make the views with MultiViewTransform and name "
                'view_matrix in the algorithm_keys of PackInputs, or set lambda_ac=0'
            )
        weight = self.fc.weight.detach() if self.detach_cam else self.fc.weight
        feats = (view.feat.to(weight.dtype) for view in (first, second))
        one, other = (class_activation_maps(feat, weight) for feat in feats)
        mirrored, theta, _ = second.geometry
        other, shown = align_maps(other, mirrored, theta)
        return attention_consistency(one, other, None if theta is None else shown).mean()
