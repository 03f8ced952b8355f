from typing import List, Optional, Union

import torch
from mmpretrain.models.classifiers import ImageClassifier
from mmpretrain.registry import MODELS
from torch import Tensor

from .batch_norm import take_single_values
from .views import Geometry, Targets, View

PASSES = ('joint', 'separate')


@MODELS.register_module()
class MultiViewClassifier(ImageClassifier):
    """An image classifier that is trained on several views of each image.

    Training passes every view through one backbone, neck and classifier and
    hands ``View(feat, logits, geometry)`` to the head's
    ``view_loss(views, targets)``. Testing, feature extraction and the state
    dict are the plain ``ImageClassifier``'s: weights trained here load there.
    A last batch of one image trains, too (:mod:`mmfer.models.batch_norm`).

    Args:
        view_pass: ``'separate'`` makes one pass through the backbone a view,
            as EAC's public code does, so that batch norm sees one view at a
            time; ``'joint'`` sends all views through as one batch.
        data_preprocessor: ``MultiViewPreprocessor`` unless a type is given.
        **kwargs: of ``ImageClassifier``.

    Raises:
        ValueError: on an unknown ``view_pass``.
    """

    def __init__(self,
                 *args,
                 view_pass: str = 'separate',
                 data_preprocessor: Optional[dict] = None,
                 **kwargs):
        if view_pass not in PASSES:
            raise ValueError(
                f'view_pass={view_pass!r} is unknown; allowed: {PASSES}')
        if data_preprocessor is None or isinstance(data_preprocessor, dict):
            data_preprocessor = dict(data_preprocessor or {})
            data_preprocessor.setdefault('type', 'MultiViewPreprocessor')
        super().__init__(*args, data_preprocessor=data_preprocessor, **kwargs)
        self.view_pass = view_pass
        take_single_values(self)

    def forward(self,
                inputs: Union[Tensor, List[Tensor]],
                data_samples: Optional[list] = None,
                mode: str = 'tensor',
                targets: Optional[Targets] = None,
                geometry: Optional[List[Geometry]] = None):
        """As ``ImageClassifier.forward``; ``mode='loss'`` also takes a list
        of V views (N, 3, H, W) with what ``MultiViewPreprocessor`` adds."""
        if mode == 'loss':
            return self.loss(inputs, data_samples, targets, geometry)
        return super().forward(inputs, data_samples, mode)

    def loss(self,
             inputs: Union[Tensor, List[Tensor]],
             data_samples: Optional[list] = None,
             targets: Optional[Targets] = None,
             geometry: Optional[List[Geometry]] = None) -> dict:
        """The head's losses on the views.

        Args:
            inputs: V views (N, 3, H, W), or one view as a tensor.
            data_samples: give the targets where ``targets`` is None.
        """
        if isinstance(inputs, Tensor):
            inputs = [inputs]
        if targets is None:
            targets = Targets(torch.cat([s.gt_label for s in data_samples]))
        views = self.extract_views(inputs, geometry)
        return self.head.view_loss(views, targets)

    def extract_views(
            self,
            inputs: List[Tensor],
            geometry: Optional[List[Geometry]] = None) -> List[View]:
        """Feature maps and logits of each view."""
        num_images = inputs[0].size(0)
        batches = ([torch.cat(inputs)] if self.view_pass == 'joint' else inputs)
        feats, logits = [], []
        for batch in batches:
            stages = self.extract_feat(batch, stage='backbone')
            feats.extend(stages[-1].split(num_images))
            pooled = self.neck(stages) if self.with_neck else stages
            logits.extend(self.head(pooled).split(num_images))
        geometry = geometry or [None] * len(inputs)
        return [View(*view) for view in zip(feats, logits, geometry)]
