"""What single tools of the host need; ``tools/host.py`` makes these repairs."""

import importlib.util
import inspect
import sys
from importlib import metadata
from types import ModuleType, SimpleNamespace

from .repair import repair, wrap


@repair(
    fault="vis_cam: No module named 'pkg_resources'",
    versions=('mmpretrain<1.3 with setuptools>=82', 'mmpretrain<1.3 without setuptools'),
    seen=lambda: importlib.util.find_spec('pkg_resources') is None,
    tools=('vis_cam',),
)
def stand_in_for_pkg_resources() -> None:
    """The one thing vis_cam asks ``pkg_resources`` for: a version."""
    module = ModuleType('pkg_resources')
    module.__spec__ = importlib.util.spec_from_loader('pkg_resources', None)
    module.get_distribution = lambda name: SimpleNamespace(version=metadata.version(name))
    sys.modules['pkg_resources'] = module


def _cam_classes() -> list[type]:
    import pytorch_grad_cam as cam

    classes = filter(inspect.isclass, vars(cam).values())
    return [one for one in classes if issubclass(one, cam.base_cam.BaseCAM)]


def _takes(function, name: str) -> bool:
    return name in inspect.signature(function).parameters


@repair(
    fault="vis_cam: GradCAM takes no 'use_cuda'",
    versions=('mmpretrain<1.3 with grad-cam>=1.5',),
    seen=lambda: any(not _takes(one, 'use_cuda') for one in _cam_classes()),
    tools=('vis_cam',),
)
def drop_use_cuda() -> None:
    """Leave ``use_cuda`` out; since 1.5 grad-cam asks the model itself."""

    def init(original, self, *args, use_cuda=None, **kwargs):
        original(self, *args, **kwargs)

    for one in _cam_classes():
        if not _takes(one, 'use_cuda'):
            wrap(one, '__init__', init)


def _tsne_names() -> set[str]:
    from sklearn.manifold import TSNE

    return {'n_iter', 'max_iter'} & set(inspect.signature(TSNE).parameters)


@repair(
    fault="vis_tsne: TSNE takes no 'n_iter' (the fork: no 'max_iter')",
    versions=(
        'mmpretrain<1.3 with scikit-learn>=1.7',
        'onedl-mmpretrain<1.4 with scikit-learn<1.5',
    ),
    seen=lambda: len(_tsne_names()) == 1,
    tools=('vis_tsne',),
)
def rename_tsne_iterations() -> None:
    """Hand the number of iterations on under the name that TSNE takes."""
    from sklearn.manifold import TSNE

    (name,) = _tsne_names()

    def init(original, self, *args, **kwargs):
        for given in ('n_iter', 'max_iter'):
            if given in kwargs:
                kwargs[name] = kwargs.pop(given)
        original(self, *args, **kwargs)

    wrap(TSNE, '__init__', init)


@repair(
    fault='vis_tsne: fails on a last batch of one image, and on --vis-stage pre_logits',
    versions=('mmpretrain<1.3', 'onedl-mmpretrain<1.4'),
    tools=('vis_tsne',),
)
def pool_tsne_features() -> None:
    """Features as a tuple of (N, C), which vis_tsne leaves as they are.

    Its own ``squeeze()`` takes the batch dimension away too, and a bare tensor, as heads give for
    'pre_logits', it reads as one stage an image.
    """
    import torch
    from mmpretrain.models import ImageClassifier

    def extract(original, self, *args, **kwargs):
        stages = original(self, *args, **kwargs)
        if isinstance(stages, torch.Tensor):
            stages = (stages,)
        return tuple(x.mean((2, 3)) if x.dim() == 4 else x for x in stages)

    wrap(ImageClassifier, 'extract_feat', extract)


def _wants_renderer() -> bool:
    from matplotlib import _tight_bbox

    renderer = inspect.signature(_tight_bbox.adjust_bbox).parameters['renderer']
    return renderer.default is inspect.Parameter.empty


@repair(
    fault="browse_dataset: adjust_bbox() misses 'renderer'",
    versions=('mmpretrain<1.3 with matplotlib>=3.11', 'onedl-mmpretrain<1.4 with matplotlib>=3.11'),
    seen=_wants_renderer,
    tools=('browse_dataset',),
)
def give_renderer() -> None:
    """The figure's own renderer where none is given."""
    from matplotlib import _tight_bbox

    def adjust(original, fig, bbox_inches, renderer=None, fixed_dpi=None):
        return original(fig, bbox_inches, renderer or fig.canvas.get_renderer(), fixed_dpi)

    wrap(_tight_bbox, 'adjust_bbox', adjust)


TOOL_REPAIRS = (
    stand_in_for_pkg_resources,
    drop_use_cuda,
    rename_tsne_iterations,
    pool_tsne_features,
    give_renderer,
)


def apply_for(tool: str) -> None:
    """Make the repairs that a tool of the host, for instance 'vis_cam', needs."""
    for one in TOOL_REPAIRS:
        if tool in one.tools:
            one()
