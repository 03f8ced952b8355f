from collections.abc import Sequence

import numpy as np
import torch
from mmpretrain.models.utils import ClsDataPreprocessor
from mmpretrain.registry import MODELS
from torch import Tensor

from ..functional import classify_relation, relative_transform
from .settings import check_number
from .views import Geometry, Targets


@MODELS.register_module()
class MultiViewPreprocessor(ClsDataPreprocessor):
    """``ClsDataPreprocessor`` that knows views from images.

    The host's takes a list of views for a list of images: it skips BGR to RGB, and with exactly 3
    images it reverses the batch under the labels. Here views are told by the shape of the data,
    never by its length:

    - a tensor (N, C, H, W), or a list of N tensors (C, H, W): one view;
    - a list of V tensors (N, C, H, W) (``default_collate``) or of V lists of N tensors (C, H, W)
      (``pseudo_collate``): V views.

    One view comes out as the host gives it, several as a list of V tensors (N, C, H, W). Training,
    and several views, have two keys more, made on the CPU and sent without waiting: ``targets``
    (:class:`Targets`), and ``geometry``, a list of V :class:`Geometry` relative to the first view,
    or None where the samples have no ``view_matrix`` (``MultiViewTransform`` records it).

    Args:
        channels_last: hand images on in that memory format, which the convolutions then keep; the
            same numbers but for rounding, and on a CPU a third faster for MobileFaceNet.
        mean, std: of the pixels, 0 to 255: one number a channel of the pictures, or one for all.
        pad_size_divisor, pad_value: of ``ClsDataPreprocessor``, as are **kwargs; ``batch_augments``
            mix images and are refused with several views.

    Raises:
        ValueError: on numbers that do not fit.
    """

    extra: tuple[str, ...] = ()  # fields of the samples for Targets.extra, as the head asks for

    def __init__(
        self,
        mean: Sequence[float] | None = None,
        std: Sequence[float] | None = None,
        pad_size_divisor: int = 1,
        pad_value: float = 0,
        *args,
        channels_last: bool = False,
        **kwargs,
    ):
        mean, std = check_pixels(mean, std)
        pad_size_divisor = check_number('pad_size_divisor', pad_size_divisor, 1, whole=True)
        check_number('pad_value', pad_value)
        super().__init__(mean, std, pad_size_divisor, pad_value, *args, **kwargs)
        self.memory_format = torch.channels_last if channels_last else torch.contiguous_format

    # Numpy and lists of samples: a compiled step would be traced anew for them, and gain nothing.
    @torch.compiler.disable
    def forward(self, data: dict, training: bool = False) -> dict:
        views = split_views(data['inputs'])
        samples = data.get('data_samples')
        if views is None:
            # Mixing needs the samples, and changes them; else they stay on the CPU in training,
            # where nobody asks for them.
            mixed = training and self.batch_augments is not None
            alone = training and samples and not mixed
            out = super().forward(dict(data, data_samples=None) if alone else data, training)
            out.update(inputs=self._arrange(out['inputs']))
            if training and samples and 'gt_label' in samples[0]:
                out.update(self._told(samples if alone else out['data_samples'], 1))
            return out
        if self.batch_augments is not None:
            raise ValueError(
                'batch_augments mix the images of a batch, and the views of one image would be '
                'mixed with different partners; remove batch_augments from data_preprocessor (or '
                'train_cfg), or train on one view'
            )
        # One pass over all views: fewer, larger kernels, the same numbers. Sent view by view,
        # because joining them would unpin their memory.
        views = [view.to(self.device, non_blocking=True) for view in views]
        joint = super().forward(dict(inputs=torch.cat(views), data_samples=None), training)
        inputs = list(self._arrange(joint['inputs']).chunk(len(views)))
        told = self._told(samples, len(views)) if samples else dict(data_samples=samples)
        return dict(inputs=inputs, **told)

    def _arrange(self, images: Tensor) -> Tensor:
        return images.contiguous(memory_format=self.memory_format)

    def _told(self, samples: list, num_views: int) -> dict:
        targets = read_targets(samples, self.device, self.extra)
        geometry = self._geometry(samples, num_views)
        return dict(data_samples=samples, targets=targets, geometry=geometry)

    def _geometry(self, samples: list, num_views: int) -> list[Geometry] | None:
        if 'view_matrix' not in samples[0]:
            return None
        matrices = np.stack([sample.view_matrix for sample in samples])
        if matrices.shape[1] != num_views:
            raise ValueError(
                f'the batch has {num_views} views, but view_matrix of its samples has shape '
                f'{matrices.shape[1:]}; expected ({num_views}, 3, 3), of MultiViewTransform'
            )
        # all views' in one transfer
        sent = _send(torch.from_numpy(np.ascontiguousarray(matrices.swapaxes(0, 1))), self.device)
        out = []
        for v in range(num_views):
            relation = relative_transform(matrices[:, 0], matrices[:, v])
            mirrored, simple = classify_relation(relation)
            theta = None if simple.all() else _send(torch.from_numpy(relation[:, :2]), self.device)
            out.append(Geometry(_send(torch.from_numpy(mirrored), self.device), theta, sent[v]))
        return out


def check_pixels(
    mean: Sequence[float] | None, std: Sequence[float] | None
) -> tuple[list[float] | None, list[float] | None]:
    """Mean and deviation of the pixels as lists, or None both.

    Raises:
        ValueError: on one without the other, lengths that differ (1 is for all channels), a number
            that is not finite, or a deviation that is not above 0.
    """
    if mean is None and std is None:
        return None, None
    listed = [
        list(one) if isinstance(one, (list, tuple, np.ndarray)) else [one] for one in (mean, std)
    ]
    lengths = {len(one) for one in listed} - {1}
    if mean is None or std is None or len(lengths) > 1 or 0 in lengths:
        raise ValueError(
            f'mean={mean}, std={std} of data_preprocessor; give both, one number a channel: three '
            'for colour, one for grey pictures'
        )
    for one in listed[0]:
        check_number(f'mean={mean}: a channel', one)
    for one in listed[1]:
        check_number(f'std={std}: a channel', one, above=0, hint='as pixels go from 0 to 255')
    return listed[0], listed[1]


def read_targets(samples: list, device: torch.device, extra: Sequence[str] = ()) -> Targets:
    """What the samples of a batch tell a method.

    Args:
        samples: N samples with ``gt_label``.
        device: of the model.
        extra: names of further fields, arrays of one shape.

    Raises:
        ValueError: where a sample lacks one of ``extra``.
    """
    label = torch.cat([sample.gt_label for sample in samples])
    soft = index = None
    if 'gt_score' in samples[0]:
        soft = _send(torch.stack([sample.gt_score for sample in samples]), device)
    if 'sample_idx' in samples[0]:
        index = _send(torch.tensor([sample.sample_idx for sample in samples]), device)
    found = {}
    for name in extra:
        if any(name not in sample for sample in samples):
            raise ValueError(
                f'the head learns from {name!r}, and a sample does not have it; the data set has '
                'to give it, and the algorithm_keys of PackInputs have to name it'
            )
        rows = [torch.as_tensor(getattr(sample, name)) for sample in samples]
        found[name] = _send(torch.stack(rows), device)
    return Targets(_send(label, device), soft, index, found, read_draws(samples, device))


def read_draws(samples: list | None, device: torch.device) -> Tensor | None:
    """(N,) the number of each sample's draw; None where nobody numbers them, as in a test."""
    if not samples or 'draw' not in samples[0]:
        return None
    return _send(torch.tensor([sample.draw for sample in samples]), device)


def _send(x: Tensor, device: torch.device) -> Tensor:
    if torch.device(device).type == 'cuda' and x.device.type == 'cpu':
        x = x.pin_memory()
    return x.to(device, non_blocking=True)


def split_views(inputs) -> tuple[Tensor, ...] | None:
    """The views (N, C, H, W) of collated inputs; None where it is one view."""
    if isinstance(inputs, Tensor):
        return None
    first = inputs[0]
    if isinstance(first, Tensor) and first.dim() in (3, 4):
        return None if first.dim() == 3 else tuple(inputs)
    if isinstance(first, (list, tuple)) and isinstance(first[0], Tensor):
        return tuple(torch.stack(tuple(view)) for view in inputs)
    shape = tuple(first.shape) if isinstance(first, Tensor) else type(first)
    raise TypeError(
        f'inputs are a list of {shape}; expected images (C, H, W), views (N, C, H, W), or views as '
        'lists of images. Does the pipeline end in PackInputs?'
    )
