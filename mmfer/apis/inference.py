"""Expressions of faces in files and arrays, as tools/test.py computes them."""

import os
from collections.abc import Mapping, Sequence
from os import PathLike
from typing import Any

import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import Compose, default_collate
from mmengine.device import get_device
from mmengine.model import BaseModel
from mmengine.registry import DefaultScope
from mmengine.runner import checkpoint as host
from mmpretrain.apis import get_model
from mmpretrain.datasets import remove_transform
from mmpretrain.registry import DATASETS, TRANSFORMS

from mmfer.compat.cross_test import adopt_classes
from mmfer.functional.arguments import check_number
from mmfer.utils.image_size import MAX_PIXELS, check_pixels
from mmfer.utils.images import is_readable
from mmfer.utils.progress import progress_bar
from mmfer.weights.classes import told_classes

from .images import Image, list_images, to_bgr


def load_weights(
    model: BaseModel,
    path: str | PathLike,
    settings: Mapping | None = None,
    classes: Sequence[str] | None = None,
) -> dict[str, Any]:
    """Load a checkpoint that fits the model (:mod:`mmfer.compat.loading`). A classifier of another
    number of classes than the checkpoint's is replaced where their names are known.

    Args:
        settings: the model's, from which it was built; without them its classifier stays.
        classes: names of the checkpoint's classes; None: as it tells.

    Returns:
        What it says about its data set (``classes``), perhaps nothing.

    Raises:
        ValueError: where it does not fit.
    """
    path = os.fspath(path)
    checkpoint = host._load_checkpoint(path, map_location='cpu')
    names = classes or told_classes(checkpoint)
    adopt_classes(model, settings, checkpoint, names, path)
    host._load_checkpoint_to_model(model, checkpoint)
    return (checkpoint.get('meta') or {}).get('dataset_meta') or {}


def innermost(settings: Config) -> Config:
    """A data set's settings without wrappers."""
    while 'pipeline' not in settings and 'dataset' in settings:
        settings = settings.dataset
    return settings


def tested_on(config: Config) -> Config:
    """Settings of the data set that is tested on, without wrappers.

    Raises:
        ValueError: where the config tests on nothing.
    """
    if not config.get('test_dataloader'):
        fix = 'whose pipeline prepares the pictures; take the config of a classifier'
        raise ValueError(f'{config.filename or "the config"} has no test_dataloader, {fix}')
    return innermost(config.test_dataloader.dataset)


def find_classes(model: BaseModel, candidates: Sequence[Sequence[str] | None]) -> tuple[str, ...]:
    """Names of the model's classes: the first candidate that names as many as the model has, else
    those of the config's data set.

    Raises:
        ValueError: where nobody knows.
    """
    count = model.head.num_classes
    for names in candidates:
        if names and len(names) == count:
            return tuple(names)
    # Built but not read: 7 or 8 of AffectNet's classes is an argument.
    dataset = DATASETS.build({**tested_on(model._config), 'lazy_init': True, 'pipeline': []})
    if dataset.CLASSES and len(dataset.CLASSES) == count:
        return tuple(dataset.CLASSES)
    fix = 'name them: classes=[...], in the order of the labels'
    lost = 'neither its checkpoint nor its config names as many'
    raise ValueError(f'the model has {count} classes, and {lost}; {fix}')


class FERInferencer:
    """Tells the expressions of faces, with the scores of ``tools/test.py``.

    A picture holds one cropped face, aligned as the training images were; for pictures from
    anywhere, give the ``crops`` of :func:`mmfer.apis.align_faces`.

    Args:
        model: path of a config, name of a model (``mmpretrain.list_models``), config, or a model
            that ``mmpretrain.get_model`` made.
        pretrained: checkpoint to load.
        device: for instance ``'cuda:1'``; by default where a made model lies, else the GPU where
            there is one.
        classes: K names of the classes, also an attribute; by default those of the checkpoint, else
            of the config's data set.
        max_pixels: a file whose header tells of more counts as one that cannot be read; None: any.

    Raises:
        ValueError: without weights, on weights that do not fit, or where the classes have no names.
    """

    def __init__(
        self,
        model: str | PathLike | Config | BaseModel,
        pretrained: str | PathLike | None = None,
        device: str | torch.device | None = None,
        classes: Sequence[str] | None = None,
        max_pixels: int | None = MAX_PIXELS,
    ):
        if max_pixels is not None:
            hint = 'or None for any size'
            max_pixels = check_number('max_pixels', max_pixels, least=1, whole=True, hint=hint)
        self.max_pixels = max_pixels
        if not isinstance(model, BaseModel):
            if pretrained is None:
                name = model.filename if isinstance(model, Config) else str(model)
                fix = 'name a checkpoint: pretrained=PATH'
                raise ValueError(f'model {name!r} comes without weights; {fix}')
            model = get_model(os.fspath(model) if isinstance(model, PathLike) else model)
            device = device or get_device()
        elif getattr(model, '_config', None) is None:
            why = 'does not know its config, so its pictures cannot be prepared'
            raise ValueError(f'the model {why}; make it with mmpretrain.get_model')
        saved = {}
        if pretrained is not None:
            saved = load_weights(model, pretrained, model._config.get('model'), classes)
        if classes is None:
            # A made model knows those of its checkpoint, or all of its data set.
            known = getattr(model, '_dataset_meta', {})
            classes = find_classes(model, [saved.get('classes'), known.get('classes')])
        elif len(classes) != (count := model.head.num_classes):
            given = f'classes={list(classes)} are {len(classes)} names'
            raise ValueError(f'{given}; the model has {count} classes')
        self.classes = tuple(classes)
        self.model = model.eval() if device is None else model.to(device).eval()
        steps = tested_on(model._config).pipeline
        with DefaultScope.overwrite_default_scope('mmpretrain'):
            self.prepare_file, self.prepare_array = (
                Compose([TRANSFORMS.build(step) for step in wanted])
                for wanted in (steps, remove_transform(steps, 'LoadImageFromFile'))
            )

    def __call__(
        self,
        images: Image | Sequence[Image],
        batch_size: int = 32,
        topk: int | None = None,
        channel_order: str = 'bgr',
    ) -> list[dict[str, Any]]:
        """See :func:`inference`."""
        if batch_size < 1 or (topk is not None and topk < 1):
            raise ValueError(f'batch_size={batch_size} and topk={topk} have to be at least 1')
        items, results = list_images(images), []
        items = [to_bgr(i, channel_order) if isinstance(i, np.ndarray) else i for i in items]
        self.model.eval()
        with progress_bar('faces') as advance:
            for start in range(0, len(items), batch_size):
                batch = items[start : start + batch_size]
                results += self._infer(batch, start, topk)
                if len(items) > batch_size:
                    advance(len(results), len(items))
        return results

    @torch.no_grad()
    def _infer(self, images: list, start: int, topk: int | None) -> list[dict[str, Any]]:
        """Results of one batch, whose first image has the index ``start``."""
        results, inputs = [], []
        for index, image in enumerate(images, start):
            if isinstance(image, np.ndarray):
                results.append(dict(index=index))
                size = image.shape[:2]
                inputs.append(self.prepare_array(dict(img=image, img_shape=size, ori_shape=size)))
                continue
            results.append(dict(path=image))
            fits = False
            try:
                check_pixels(image, self.max_pixels)
                fits = True
                inputs.append(self.prepare_file(dict(img_path=image)))
            except Exception as error:
                if fits and is_readable(image):
                    raise  # not the file's fault
                results[-1]['error'] = f'{image} cannot be read as an image: {error}'
        if inputs:
            samples = iter(self.model.test_step(default_collate(inputs)))
            for result in results:
                if 'error' not in result:
                    result.update(self._describe(next(samples).pred_score, topk))
        return results

    def _describe(self, scores: torch.Tensor, topk: int | None) -> dict[str, Any]:
        scores = scores.float().cpu().numpy()

        def named(label: int) -> dict[str, Any]:
            return dict(label=label, name=self.classes[label], score=float(scores[label]))

        order = np.argsort(-scores, kind='stable').tolist()
        top = {} if topk is None else dict(topk=[named(label) for label in order[:topk]])
        return dict(**named(order[0]), scores=scores, **top)


def inference(
    model: str | PathLike | Config | BaseModel,
    images: Image | Sequence[Image],
    *,
    pretrained: str | PathLike | None = None,
    batch_size: int = 32,
    device: str | torch.device | None = None,
    topk: int | None = None,
    classes: Sequence[str] | None = None,
    channel_order: str = 'bgr',
    max_pixels: int | None = MAX_PIXELS,
) -> list[dict[str, Any]]:
    """Tell the expressions of faces; for many calls make one :class:`FERInferencer`.

    Args:
        model, pretrained, device, classes, max_pixels: see :class:`FERInferencer`.
        images: a file, a folder (images at any depth, sorted), an array, or a list of these. An
            array is uint8, (H, W) gray or (H, W, 3 or 4).
        topk: list that many classes, the likeliest first, as ``topk``.
        channel_order: of arrays: ``'bgr'``, as OpenCV has it, or ``'rgb'``.

    Returns:
        For each image, in their order, ``path``, or for an array ``index``, its place in this list;
        ``label``, ``name`` and ``score`` of the likeliest class and ``scores``, a float32 array
        (K,) that sums to 1. A file that cannot be read has ``error`` in their place.
    """
    return FERInferencer(model, pretrained, device, classes, max_pixels)(
        images, batch_size=batch_size, topk=topk, channel_order=channel_order
    )
