import torch.nn.functional as F
from mmpretrain.registry import MODELS
from torch import Tensor, nn

from ...functional import cross_entropy
from ..confidence import ConfidenceRevision
from ..settings import check_choice, check_number, whole_numbers
from ..views import Targets, View
from .multi_view_head import ViewHead


class CandidateHead(ViewHead):
    """Base of the heads that learn from candidate labels, on one view or on several: the mean over
    the views.

    Args:
        num_classes: K, at least 2.
        learn_from: ``'candidates'``: the confidences in the candidates, eq. 1 of PLL-FER;
            ``'label'``: the given label, cross-entropy, the rows called softmax in its tables.
        confidence: arguments of :class:`~mmfer.models.confidence.ConfidenceRevision`.
        **kwargs: of :class:`~mmfer.models.heads.multi_view_head.ViewHead`.

    Raises:
        ValueError: on an unknown name, fewer than 2 classes, ``confidence`` where the label is
            learnt from, or a ``loss`` (that is eq. 1).
    """

    mixable = False  # a mixed image has the candidates of neither
    own_loss = (
        "the cross-entropy with the confidences, or with learn_from='label' that with the label"
    )

    def __init__(
        self,
        num_classes: int,
        learn_from: str = 'candidates',
        confidence: dict | None = None,
        **kwargs,
    ):
        num_classes = check_number('num_classes', num_classes, least=2, whole=True)
        super().__init__(**kwargs)
        check_choice('learn_from', learn_from, ('candidates', 'label'))
        if learn_from == 'label' and confidence is not None:
            raise ValueError(
                f"learn_from='label' does not use confidence={confidence}; set confidence=None"
            )
        self.num_classes, self.learn_from = num_classes, learn_from
        if learn_from == 'candidates':
            self.confidence = ConfidenceRevision(num_classes, **(confidence or {}))

    def view_loss(self, views: list[View], targets: Targets) -> dict[str, Tensor]:
        """``loss_pll`` or, from the label, ``loss_ce``.

        Raises:
            ValueError: where the samples have no candidates, or those of another number of classes.
        """
        logits = [view.logits for view in views]
        if self.learn_from == 'label':
            losses = [F.cross_entropy(one.float(), targets.label) for one in logits]
            return dict(loss_ce=sum(losses) / len(losses))
        if targets.soft is None:
            raise ValueError(
                'the samples have no candidates (gt_score). Give the training set candidates='
                "dict(kind=...); with learn_from='label' the head learns from the given label alone"
            )
        if targets.soft.shape[1:] != (self.num_classes,):
            raise ValueError(
                f'the samples have candidates among {targets.soft.size(1)} classes (gt_score), '
                f'but the head has num_classes={self.num_classes}; set model.head.num_classes='
                f'{targets.soft.size(1)}, or train on a data set of {self.num_classes} classes'
            )
        confidence = self.confidence(logits, targets)
        losses = [cross_entropy(one, confidence).mean() for one in logits]
        return dict(loss_pll=sum(losses) / len(losses))


@MODELS.register_module()
class PartialLabelHead(CandidateHead):
    """A linear classifier that learns from candidate labels: PLL on any backbone (PLL-FER's rows
    without a decoder; PRODEN).

    Weights are named as ``LinearClsHead``'s, which loads them.

    Args:
        in_channels: of the pooled features.
        num_classes, **kwargs: of :class:`CandidateHead`.
    """

    def __init__(self, num_classes: int, in_channels: int, **kwargs):
        super().__init__(num_classes, **kwargs)
        (self.in_channels,) = whole_numbers(in_channels=in_channels)
        self.fc = nn.Linear(self.in_channels, self.num_classes)
