from typing import List, Optional, Tuple

import numpy as np
import torch
from mmpretrain.models.utils import ClsDataPreprocessor
from mmpretrain.registry import MODELS
from torch import Tensor

from ..functional import classify_relation, relative_transform
from .views import Geometry, Targets


@MODELS.register_module()
class MultiViewPreprocessor(ClsDataPreprocessor):
    """``ClsDataPreprocessor`` that knows views from images.

    The host's takes a list of views for a list of images: it skips BGR to
    RGB, and with exactly 3 images it reverses the batch under the labels.
    Here views are told by the shape of the data, never by its length:

    - a tensor (N, C, H, W), or a list of N tensors (C, H, W): one view;
    - a list of V tensors (N, C, H, W) (``default_collate``) or of V lists of
      N tensors (C, H, W) (``pseudo_collate``): V views.

    One view comes out as the host gives it. Several come out as a list of V
    tensors (N, C, H, W), with two keys more, made on the CPU and sent
    without waiting:

    - ``targets``: :class:`Targets`;
    - ``geometry``: a list of V :class:`Geometry` relative to the first view,
      or None where the samples have no ``view_matrix`` (it is recorded by
      ``MultiViewTransform``).

    Args:
        channels_last: hand images on in that memory format, which the
            convolutions then keep; the same numbers but for rounding, and on
            a CPU a third faster for MobileFaceNet.
        **kwargs: of ``ClsDataPreprocessor``; ``batch_augments`` mix images
            and are refused with several views.
    """

    def __init__(self, *args, channels_last: bool = False, **kwargs):
        super().__init__(*args, **kwargs)
        self.memory_format = (
            torch.channels_last if channels_last else torch.contiguous_format)

    # Numpy and lists of samples: a compiled step would be traced anew for
    # them, and gain nothing.
    @torch.compiler.disable
    def forward(self, data: dict, training: bool = False) -> dict:
        views = split_views(data['inputs'])
        if views is None:
            out = super().forward(data, training)
            out['inputs'] = self._arrange(out['inputs'])
            return out
        if self.batch_augments is not None:
            raise ValueError(
                'batch_augments mix the images of a batch, and the views of '
                'one image would be mixed with different partners; remove '
                'batch_augments from data_preprocessor (or train_cfg), or '
                'train on one view')
        samples = data.get('data_samples')
        num_images = views[0].size(0)
        # One pass over all views: fewer, larger kernels, the same numbers.
        # Sent view by view, because joining them would unpin their memory.
        views = [view.to(self.device, non_blocking=True) for view in views]
        joint = super().forward(
            dict(inputs=torch.cat(views), data_samples=None), training)
        inputs = list(self._arrange(joint['inputs']).split(num_images))
        if not samples:
            return dict(inputs=inputs, data_samples=samples)
        return dict(
            inputs=inputs,
            data_samples=samples,
            targets=self._targets(samples),
            geometry=self._geometry(samples, len(inputs)))

    def _arrange(self, images: Tensor) -> Tensor:
        return images.contiguous(memory_format=self.memory_format)

    def _send(self, x: Tensor) -> Tensor:
        if self.device.type == 'cuda':
            x = x.pin_memory()
        return x.to(self.device, non_blocking=True)

    def _targets(self, samples: list) -> Targets:
        label = torch.cat([sample.gt_label for sample in samples])
        soft = index = None
        if 'gt_score' in samples[0]:
            soft = self._send(torch.stack([s.gt_score for s in samples]))
        if 'sample_idx' in samples[0]:
            index = self._send(torch.tensor([s.sample_idx for s in samples]))
        return Targets(self._send(label), soft, index)

    def _geometry(self, samples: list,
                  num_views: int) -> Optional[List[Geometry]]:
        if 'view_matrix' not in samples[0]:
            return None
        matrices = np.stack([sample.view_matrix for sample in samples])
        if matrices.shape[1] != num_views:
            raise ValueError(
                f'the batch has {num_views} views, but view_matrix of its '
                f'samples has shape {matrices.shape[1:]}; expected '
                f'({num_views}, 3, 3), as MultiViewTransform records it')
        out = []
        for v in range(num_views):
            relation = relative_transform(matrices[:, 0], matrices[:, v])
            mirrored, simple = classify_relation(relation)
            theta = None if simple.all() else self._send(
                torch.from_numpy(relation[:, :2]))
            out.append(Geometry(self._send(torch.from_numpy(mirrored)), theta))
        return out


def split_views(inputs) -> Optional[Tuple[Tensor, ...]]:
    """The views (N, C, H, W) of collated inputs; None where it is one view."""
    if isinstance(inputs, Tensor):
        return None
    first = inputs[0]
    if isinstance(first, Tensor) and first.dim() == 3:
        return None
    if isinstance(first, Tensor) and first.dim() == 4:
        return tuple(inputs)
    if isinstance(first, (list, tuple)) and isinstance(first[0], Tensor):
        return tuple(torch.stack(tuple(view)) for view in inputs)
    shape = tuple(first.shape) if isinstance(first, Tensor) else type(first)
    raise TypeError(
        f'inputs are a list of {shape}; expected images (C, H, W), views '
        '(N, C, H, W), or views as lists of images. Does the pipeline end in '
        'PackInputs?')
