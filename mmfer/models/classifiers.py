import inspect
from collections.abc import Sequence

import torch
from mmpretrain.models.classifiers import ImageClassifier
from mmpretrain.registry import MODELS
from torch import Tensor, nn

from ..functional import Progress
from .batch_norm import take_single_values
from .channels import check_channels, check_normalisation, input_channels
from .companions import EncoderAverage, Peer, check_companion
from .preprocessors import read_targets
from .settings import check_choice
from .views import Geometry, Targets, View


@MODELS.register_module()
class MultiViewClassifier(ImageClassifier):
    """The classifier of every method: trained on one or several views of each image, if need be
    beside a peer or a moving average.

    Training passes each view through backbone, neck and classifier and hands the
    :class:`~mmfer.models.views.View` to the head's ``view_loss(views, targets, **companions)``.
    Testing, feature extraction and the trained network's names are the plain ``ImageClassifier``'s:
    weights trained here load there. A last batch of one image trains, too
    (:mod:`mmfer.models.batch_norm`). A companion is handed over as the keyword of its name, a list
    of its views, and a head's signature says which it needs:

    - ``peer``: a second trained network of the same make, keys ``peer.*``;
    - ``ema``: the moving average of backbone, neck and ``head.project``, keys ``ema.*``; its views
      have no logits, and no gradient.

    Args:
        backbone, neck, head: as of ``ImageClassifier``; configs where there is a peer.
        views: places of the views that the trained network sees; None: all.
        peer: ``dict(views=None, backbone=dict(...))``: the views that it sees and what differs of
            its backbone (``init_cfg``). None: no peer.
        ema: ``dict(momentum=.999, views=(1,))``: what the average keeps in a step, and the views
            that it sees, None: all. None: no average.
        view_pass: ``'separate'`` makes one pass through the backbone a view, as EAC's public code
            does: batch norm sees one at a time; ``'joint'`` sends all through as one batch.
        data_preprocessor: ``MultiViewPreprocessor`` unless a type is given.
        **kwargs: of ``ImageClassifier``.

    Raises:
        ValueError: on an unknown ``view_pass``, a setting of ``peer`` or ``ema`` that is unknown,
            companions other than the head's, or pictures of other channels than the backbone's.
    """

    progress: Progress | None = None  # set by MethodHook

    def __init__(
        self,
        backbone: dict,
        neck: dict | None = None,
        head: dict | None = None,
        views: Sequence[int] | None = None,
        peer: dict | None = None,
        ema: dict | None = None,
        view_pass: str = 'separate',
        data_preprocessor: dict | None = None,
        **kwargs,
    ):
        check_choice('view_pass', view_pass, ('joint', 'separate'))
        networks = dict(own=dict(views=views), peer=peer, ema=ema)
        networks = {name: one for name, one in networks.items() if one is not None}
        for name, one in networks.items():
            check_companion(name, one)
        if peer is not None and any(isinstance(one, nn.Module) for one in (backbone, head)):
            raise ValueError(
                'a peer is built from the configs of backbone, neck and head; they are modules '
                'already'
            )
        if data_preprocessor is None or isinstance(data_preprocessor, dict):
            data_preprocessor = dict(data_preprocessor or {})
            data_preprocessor.setdefault('type', 'MultiViewPreprocessor')
        super().__init__(backbone, neck, head, data_preprocessor=data_preprocessor, **kwargs)
        self.channels = input_channels(backbone)
        check_normalisation(self.channels, getattr(self.data_preprocessor, 'mean', None))
        self.view_pass = view_pass
        self.views = {name: one.get('views') for name, one in networks.items()}
        if peer is not None:
            self.peer = Peer(backbone, neck, head, peer.get('backbone'))
        if ema is not None:
            self.ema = EncoderAverage(self, ema.get('momentum', 0.999))
        self._check_head()
        if getattr(self.data_preprocessor, 'batch_augments', None) and not self.head.mixable:
            raise ValueError(
                f'{type(self.head).__name__} does not learn from mixed images; remove '
                'batch_augments from data_preprocessor (or train_cfg)'
            )
        if hasattr(self.data_preprocessor, 'extra'):
            self.data_preprocessor.extra = tuple(self.head.extra)
        self._newest = None
        take_single_values(self)

    def forward(
        self,
        inputs: Tensor | list[Tensor],
        data_samples: list | None = None,
        mode: str = 'tensor',
        targets: Targets | None = None,
        geometry: list[Geometry] | None = None,
    ):
        """As ``ImageClassifier.forward``; ``mode='loss'`` also takes a list of V views (N, 3, H, W)
        with what ``MultiViewPreprocessor`` adds."""
        check_channels(self.channels, inputs)
        if mode != 'loss':
            return super().forward(inputs, data_samples, mode)
        if targets is None:
            targets = read_targets(data_samples, self.data_preprocessor.device, self.head.extra)
        return self.loss(inputs, targets, geometry)

    def loss(
        self, inputs: Tensor | list[Tensor], targets: Targets, geometry: list | None = None
    ) -> dict[str, Tensor]:
        """The head's losses on V views (N, 3, H, W), or one as a tensor, each with its geometry."""
        if isinstance(inputs, Tensor):
            inputs = [inputs]
        if self._asks_after_step():
            self._newest = inputs, targets, geometry
        companions = {}
        if hasattr(self, 'peer'):
            seen = self._seen('peer', inputs, geometry)
            companions['peer'] = self.extract_views(*seen, self.peer)
        if hasattr(self, 'ema'):
            if self.progress is None:
                raise RuntimeError(
                    'nobody moves the average (ema): take MethodHook up into custom_hooks '
                    '(configs/_base_/default_runtime.py has it)'
                )
            companions['ema'] = self._averaged_views(*self._seen('ema', inputs, geometry))
        views = self.extract_views(*self._seen('own', inputs, geometry))
        losses = self.head.view_loss(views, targets, **companions)
        if self.head.cal_acc:
            losses.update(self.head.accuracy(views, targets))
        return losses

    def extract_views(
        self, inputs: list[Tensor], geometry: list | None = None, network: nn.Module | None = None
    ) -> list[View]:
        """V views (N, 3, H, W), perhaps with their geometry, after a network of backbone, neck and
        head; None: the trained one."""
        network = network or self
        head = network.head
        joint = self.view_pass == 'joint' and len(inputs) > 1
        views = []
        for batch in [torch.cat(inputs)] if joint else inputs:
            view = _encode(batch, network.backbone, network.neck, head, head.project)
            view = view._replace(logits=head.classify(view.embed))
            views += _split(view, len(inputs)) if joint else [view]
        return _with_geometry(views, geometry)

    def get_layer_depth(self, param_name: str) -> tuple[int, int]:
        """As ``ImageClassifier``'s, for layer decay; a peer's layers decay as the first network's.

        Raises:
            NotImplementedError: where the host does not number the backbone's.
        """
        try:
            return super().get_layer_depth(param_name.removeprefix('peer.'))
        except NotImplementedError:
            kind = f'{type(self.backbone).__name__} {getattr(self.backbone, "depth", "")}'.rstrip()
            raise NotImplementedError(
                f'the host has no layer decay for {kind}; set optim_wrapper=dict(constructor='
                "'DefaultOptimWrapperConstructor', paramwise_cfg=dict(layer_decay_rate=1.)), as "
                'configs/pll/pll_r18_rafdb.py does'
            ) from None

    def finish_step(self) -> None:
        """After the optimiser's step, by ``MethodHook``: hand the same batch, seen by the new
        weights, to each module that has ``after_step(views, targets)``, and move the average."""
        if self._newest is not None:
            inputs, targets, geometry = self._newest
            self._newest = None
            with torch.no_grad():
                views = self.extract_views(*self._seen('own', inputs, geometry))
                for module in self._asks_after_step():
                    module.after_step(views, targets)
        if hasattr(self, 'ema'):
            self.ema.update(self)

    def start_training(self) -> None:
        """Before the first step of a new run, by ``MethodHook``: the average becomes a copy."""
        if hasattr(self, 'ema'):
            self.ema.restart(self)

    def _averaged_views(self, inputs: list[Tensor], geometry: list[Geometry] | None) -> list[View]:
        parts = dict(self.ema.module.items())
        backbone, neck, project = (parts.get(name) for name in ('backbone', 'neck', 'project'))
        with torch.no_grad():
            views = [_encode(batch, backbone, neck, self.head, project) for batch in inputs]
        return _with_geometry(views, geometry)

    def _seen(self, name: str, inputs: list, geometry: list | None) -> tuple:
        """The views that a network sees, and their geometry."""
        places = self.views[name]
        if places is None:
            return inputs, geometry
        if max(places) >= len(inputs):
            raise ValueError(
                f'views={tuple(places)} of {name}, but the pipeline makes {len(inputs)} view(s), '
                'counted from 0'
            )
        return [inputs[i] for i in places], geometry and [geometry[i] for i in places]

    def _asks_after_step(self) -> list[nn.Module]:
        return [module for module in self.head.modules() if hasattr(module, 'after_step')]

    def _check_head(self) -> None:
        """Each companion is one that the head takes, and none is lacking."""
        kind = type(self.head).__name__
        if not hasattr(self.head, 'view_loss'):
            raise ValueError(
                f'the head is a {kind}, which has no view_loss(views, targets); take a subclass of '
                'MultiViewHead, or an ImageClassifier'
            )
        arguments = inspect.signature(self.head.view_loss).parameters.values()
        any_name = any(p.kind is p.VAR_KEYWORD for p in arguments)
        named = [p for p in arguments if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
        taken = {p.name for p in named} - {'views', 'targets'}
        needed = {p.name for p in named if p.default is p.empty} & taken
        given = set(self.views) - {'own'}
        if not needed <= given or not (any_name or given <= taken):
            raise ValueError(
                f'{kind} needs the companions {sorted(needed) or "none"}, but the classifier has '
                f'{sorted(given) or "none"}; there are peer and ema: set model.peer=dict() or '
                'model.ema=dict() accordingly, or None'
            )


def _encode(
    batch: Tensor, backbone: nn.Module, neck: nn.Module | None, head: nn.Module, project
) -> View:
    """One pass, up to the logits."""
    stages = backbone(batch)
    embed = head.pre_logits(neck(stages) if neck is not None else stages)
    code = project(embed) if project is not None else None
    return View(tuple(stages), embed, None, None, code)


def _split(joint: View, count: int) -> list[View]:
    """Views that went through as one batch, apart."""
    stages, embed, logits, _, code = joint
    codes = [None] * count if code is None else code.chunk(count)
    stages = zip(*(stage.chunk(count) for stage in stages))
    parts = zip(stages, embed.chunk(count), logits.chunk(count), [None] * count, codes)
    return [View(*part) for part in parts]


def _with_geometry(views: list[View], geometry: list[Geometry] | None) -> list[View]:
    if not geometry:
        return views
    return [view._replace(geometry=one) for view, one in zip(views, geometry)]
