import torch
from mmpretrain.evaluation.metrics import Accuracy
from mmpretrain.models.heads import ClsHead, LinearClsHead
from mmpretrain.registry import MODELS
from torch import Tensor

from ...functional import Progress, at_least_float32
from ..settings import check_number, whole_numbers
from ..views import Targets, View


class _Untold:
    """The progress that nobody told. The property itself raises nothing: ``torch.jit.trace`` looks
    at every attribute."""

    def __init__(self, head: str):
        self.head = head

    def __getattr__(self, name: str):
        if name not in Progress._fields:
            raise AttributeError(name)
        raise RuntimeError(
            f'{self.head} asks how far training is, and nobody told it: MethodHook does. Take it '
            'up into custom_hooks (configs/_base_/default_runtime.py has it), or set head.progress '
            '= Progress(epoch, epochs, step, steps)'
        )


class ViewHead(ClsHead):
    """What a ``MultiViewClassifier`` asks of a head; base of them all.

    A subclass gives ``fc``, the last layer (or its own ``classify``: ``forward`` is
    ``classify(pre_logits(feats))``, in training and prediction alike), and :meth:`view_loss` unless
    :attr:`loss_module` on each view is the method.

    Of its signature, what follows ``views`` and ``targets`` names companions: ``peer``, ``ema``. In
    ``__init__``, ``self.project`` may become a module: embedding to code, for contrastive terms. A
    method may remember things in :mod:`mmfer.models.memories`, ask for :attr:`progress`, and define
    ``prepare(num_samples, class_counts)``, ``start_epoch()`` and ``after_step(views, targets)``, as
    any of its modules may: ``MethodHook`` calls them.

    Args:
        loss: of :attr:`loss_module`; refused where the head has its own loss (:attr:`own_loss`).
        cal_acc: log the accuracy of the given labels, mean over the views, in each training step.
        topk: of ``cal_acc``.
        init_cfg: of the layers; None leaves them as PyTorch makes them.
    """

    own_loss = ''  # in words, where view_loss does not use loss_module
    extra: tuple[str, ...] = ()  # fields of the samples that it learns from
    mixable = True  # batch_augments: it learns from the soft labels of mixed images
    _progress: Progress | None = None

    def __init__(self, loss: dict | None = None, init_cfg: dict | None = None, **kwargs):
        if loss is not None and self.own_loss:
            raise ValueError(
                f'{type(self).__name__} does not use loss={loss}: its loss is {self.own_loss}; '
                'leave it out'
            )
        loss = dict(type='CrossEntropyLoss') if loss is None else loss
        super().__init__(loss=loss, init_cfg=init_cfg, **kwargs)
        topk = self.topk if isinstance(self.topk, (tuple, list)) else (self.topk,)
        self.topk = tuple(check_number(f'topk={topk}: k', k, least=1, whole=True) for k in topk)
        self.project = None

    @property
    def progress(self) -> Progress:
        """Where training stands; what changes while training is computed from it, never counted.
        Where nobody set it, each of its numbers is a RuntimeError."""
        return self._progress or _Untold(type(self).__name__)

    @progress.setter
    def progress(self, progress: Progress) -> None:
        self._progress = progress

    def forward(self, feats: tuple[Tensor]) -> Tensor:
        """Features of the stages to logits (N, K)."""
        return self.classify(self.pre_logits(feats))

    def classify(self, embed: Tensor) -> Tensor:
        """What :meth:`pre_logits` gives, to logits (N, K)."""
        return self.fc(embed)

    def view_loss(self, views: list[View], targets: Targets) -> dict[str, Tensor]:
        """Weighed losses by name; those named ``loss*`` are summed.

        Here: :attr:`loss_module` on each of the V views, the mean over the views. Of a batch with
        soft labels (``gt_score``: votes, mixed images) it gets these, as the host's heads do.
        """
        target = targets.given
        losses = [
            self.loss_module(at_least_float32(view.logits), target, avg_factor=len(target))
            for view in views
        ]
        return {getattr(self.loss_module, 'loss_name', 'loss_ce'): sum(losses) / len(losses)}

    def accuracy(self, views: list[View], targets: Targets) -> dict[str, Tensor]:
        """``accuracy_top-k`` in % on the given labels, mean over the views."""
        # of probabilities: the metric does not count a score below 0
        scores = [view.logits.softmax(1) for view in views]
        found = [Accuracy.calculate(score, targets.label, topk=self.topk) for score in scores]
        return {
            f'accuracy_top-{k}': torch.stack([one[i][0].mean() for one in found]).mean()
            for i, k in enumerate(self.topk)
        }

    def loss(self, feats, data_samples, **kwargs):
        """Refused: samples of an ``ImageClassifier`` carry no :class:`View`."""
        raise NotImplementedError(
            f'{type(self).__name__} computes its loss in view_loss(); use it in a '
            'MultiViewClassifier, not in an ImageClassifier. For tests alone, an ImageClassifier '
            'with LinearClsHead loads its weights.'
        )


@MODELS.register_module()
class MultiViewHead(ViewHead, LinearClsHead):
    """A linear classifier trained by any loss on every view: cross-entropy, one of the host's, or
    ``dict(type='SampleLoss', fn=...)``.

    A method is a subclass with its own :meth:`view_loss`; prediction stays ``LinearClsHead``'s.

    Args:
        num_classes, in_channels: of the classifier.
        init_cfg: of the classifier. None leaves it as PyTorch makes it, as the field's public code
            does; ``LinearClsHead``'s own default (std .01) gives logits so small that losses on
            normalised logits, whose gradient grows as 1 / norm, drown the cross-entropy.
        **kwargs: of :class:`ViewHead`.
    """

    def __init__(self, num_classes: int, in_channels: int, **kwargs):
        sizes = dict(num_classes=num_classes, in_channels=in_channels)
        num_classes, in_channels = whole_numbers(**sizes)
        super().__init__(num_classes=num_classes, in_channels=in_channels, **kwargs)
