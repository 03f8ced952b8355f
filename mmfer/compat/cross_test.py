"""A network that is tested on a data set of other classes, or of the same in another order.

The host takes output i for class i of whatever data set it tests on.
"""

import contextlib
import copy
import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from ..utils.class_names import Match, canonical
from ..utils.labels import OfClasses, classes_of, given_labels
from ..weights.classes import NAME_THEM, cross, rule, table, told_classes
from ..weights.fit import classifier_sizes, has_other_shapes
from .loading import inner, shapes
from .repair import repair, wrap

BOTH_ALIKE = 'name the classes of the training set and of the one that is validated on alike'


class Crossing(NamedTuple):
    """Which of a network's ``outputs`` is which class (``found``), and how many images are tested
    and left out."""

    found: Match
    outputs: int
    tested: int
    left_out: int


def log(text: str, level: int = logging.INFO) -> None:
    """In the current run's log."""
    from mmengine.logging import print_log

    print_log(text, logger='current', level=level)


def _tensors(loaded) -> dict:
    """Of a checkpoint, by name."""
    state = loaded.get('state_dict', loaded) if isinstance(loaded, Mapping) else {}
    state = state if isinstance(state, Mapping) else {}
    return {str(name).removeprefix('module.'): value for name, value in state.items()}


def adopt_classes(
    model, settings: Mapping | None, loaded: Mapping, names: Sequence[str] | None, path: str
) -> bool:
    """Give a model the number of classes that a checkpoint's classifier has, before it is loaded.

    Args:
        model: built; its head is replaced.
        settings: of the model.
        loaded: the checkpoint.
        names: of the checkpoint's classes; without them nothing is done.
        path: of the checkpoint, for the log.

    Returns:
        Whether it had another number.
    """
    from mmpretrain.registry import MODELS

    sizes = classifier_sizes(shapes(model.state_dict()), shapes(_tensors(loaded)))
    while settings and 'head' not in settings and 'module' in settings:  # augmented tests
        settings = settings['module']
    head = (settings or {}).get('head')
    known = isinstance(head, Mapping) and 'num_classes' in head
    if not sizes or not known or not names or len(names) != sizes[0]:
        return False
    head = MODELS.build({**copy.deepcopy(dict(head)), 'num_classes': sizes[0]})
    model.head = head.to(next(model.parameters()).device).train(model.training)
    log(f'the classifier is built with the {sizes[0]} classes of {path}, not with {sizes[1]}')
    return True


def _read(runner, path: str, classes: tuple | None) -> tuple[tuple[str, ...] | None, bool]:
    """The names of the network's classes, in the order of its outputs, and whether the user says
    so. None: its outputs are the data set's classes, by position."""
    from mmengine.runner import checkpoint as host

    model, named = inner(runner.model), runner.cfg.get('checkpoint_classes')
    outputs = getattr(getattr(model, 'head', None), 'num_classes', None)
    told, sizes = getattr(runner, 'weights_of', (path, None))[1], None
    refused = False
    if not runner._has_loaded:
        loaded = host._load_checkpoint(path, map_location='cpu')
        told, state = told_classes(loaded), _tensors(loaded)
        sizes = classifier_sizes(shapes(model.state_dict()), shapes(state))
        refused = has_other_shapes(shapes(model.state_dict()), shapes(state))
        if classes:
            adopt_classes(model, runner.cfg.get('model'), loaded, named or told, path)
    outputs = sizes[0] if sizes else outputs
    if named and outputs and len(named) != outputs:
        raise ValueError(
            f'checkpoint_classes names {len(named)} classes, {tuple(named)}; {path} has {outputs}: '
            'name each of its outputs, in their order'
        )
    names = tuple(map(str, named or told or ()))
    if not names or outputs not in (None, len(names)):
        if refused:  # it does not fit, and nobody can tell: so it is said when it is loaded
            return None, False
        said = (
            f'{path} names {len(names)} classes for {outputs} outputs'
            if names
            else (f'{path} does not tell its classes')
        )
        if classes and outputs not in (None, len(classes)):
            raise ValueError(
                f'{said}, and has {outputs} outputs; the data set has {len(classes)} classes, '
                f'{classes}: {NAME_THEM}'
            )
        if classes:
            log(
                f'{said}: its outputs are taken for those of the data set, by position, {classes}. '
                f'If that is not their order, {NAME_THEM}',
                logging.WARNING,
            )
        return None, False
    return names, bool(named)


def _without(runner, loop, phase: str, found: Match, classes: tuple) -> tuple[int, int]:
    """Leave the images of classes that the network lacks out of a loop; how many are tested, and
    how many are not."""
    from mmengine.runner import Runner

    loader = loop.dataloader
    dataset = loader.dataset
    labels = given_labels(dataset)
    if labels is None:
        raise ValueError(
            f'the network lacks the classes {found.lost}, and {type(dataset).__name__} does not '
            'tell which images are of them; test on a data set with get_gt_labels()'
        )
    keep = np.flatnonzero(~np.isin(labels, [classes.index(name) for name in found.lost]))
    if not len(keep):
        raise ValueError(f'all {len(labels)} images are of classes that the network lacks')
    if len(keep) < len(labels):
        settings = getattr(runner, f'_{phase}_dataloader')
        if not isinstance(settings, Mapping):
            settings = dict(
                batch_size=loader.batch_size,
                num_workers=loader.num_workers,
                collate_fn=loader.collate_fn,
                sampler=dict(type='DefaultSampler', shuffle=False),
            )
        settings = dict(settings, dataset=OfClasses(dataset, keep, found.lost))
        loop.dataloader = Runner.build_dataloader(settings, seed=runner.seed)
    return len(keep), len(labels) - len(keep)


def prepare(runner, loop, phase: str) -> None:
    """Settle which output of the network is which class of the data set, before a loop runs.

    Raises:
        ValueError: Nobody can tell.
    """
    from mmengine.runner.base_loop import BaseLoop

    # where the network's classes come from; a loop that other code runs cannot be helped
    path = runner.weights_of[0] if runner._has_loaded and hasattr(runner, 'weights_of') else None
    trained = isinstance(runner._train_loop, BaseLoop)
    source = 'the training set' if trained else path or runner._load_from
    before, _ = getattr(loop, 'crossing', (None, None))
    if source in (None, before) or not hasattr(type(loop).run, 'repaired_by_mmfer'):
        return
    loop.crossing = source, None
    dataset = loop.dataloader.dataset
    classes, named = classes_of(dataset), False
    if trained:
        names = classes_of(runner.train_dataloader.dataset)
    else:
        names, named = _read(runner, str(source), classes)
    if names and not classes and not trained:
        log(
            f'the {phase} data do not tell their classes: outputs are taken for them by position, '
            f'in the order of {source}, {names}',
            logging.WARNING,
        )
    if not names or not classes or names == classes:
        return
    alike = {*map(canonical, names)} & {*map(canonical, classes)}
    if trained and len(names) == len(classes) and not alike:  # folders named 1 to 7
        log(
            f'no class of the {phase} data, {classes}, is called as one of the training set, '
            f'{names}: they are taken for them by position; {BOTH_ALIKE} if that is wrong',
            logging.WARNING,
        )
        return
    fix = BOTH_ALIKE if trained else NAME_THEM
    found = cross(classes, names, str(source), fix, named)
    tested, left_out = len(dataset), 0
    if found.lost:
        tested, left_out = _without(runner, loop, phase, found, classes)
    said = rule(found, left_out, tested + left_out)
    log(
        f'outputs of the network ({source}) are matched by name with the classes of the {phase} '
        f'data:\n{table(classes, names, found)}' + (f'\n{said}' if said else ''),
        logging.WARNING if said else logging.INFO,
    )
    metrics = getattr(loop.evaluator, 'metrics', ())
    if found.lost and any(getattr(one, 'average', None) == 'macro' for one in metrics):
        log(
            f'metrics with average=macro count {", ".join(map(repr, found.lost))} as 0; take '
            'MeanClassAccuracy, or average=None',
            logging.WARNING,
        )
    if not found.same:
        loop.crossing = source, Crossing(found, len(names), tested, left_out)


@contextlib.contextmanager
def _matched(model, crossing: Crossing) -> Iterator[None]:
    """Let a model's classifier give the logits of the data set's classes, -inf for those it lacks.

    Raises:
        RuntimeError: Its predictions did not come through the classifier.
    """
    import torch

    places, calls = torch.tensor(crossing.found.places), []

    def reorder(module, inputs, output):
        if isinstance(output, (list, tuple)):
            return type(output)([reorder(module, inputs, one) for one in output])
        if not isinstance(output, torch.Tensor):
            return output
        if output.size(-1) != crossing.outputs:
            raise ValueError(
                f'{type(module).__name__} gives {tuple(output.shape)}, no {crossing.outputs} '
                'classes; they cannot be matched by name'
            )
        calls.append(1)
        index = places.to(output.device)
        return output[..., index.clamp(min=0)].masked_fill(index < 0, -torch.inf)

    classifier = getattr(model, 'head', None) or model
    handle = classifier.register_forward_hook(reorder)
    try:
        yield
    finally:
        handle.remove()
    if not calls:
        raise RuntimeError(
            f'{type(model).__name__} predicts without calling its head: its classes cannot be '
            'matched by name; take the config of the data set that it was trained on'
        )


@repair(
    fault='a checkpoint is tested on another data set by the position of the classes: 2.9 % '
    'instead of 82.9 %',
    versions=('mmengine<0.11', 'onedl-mmengine<0.11'),
)
def match_classes() -> None:
    """Match the classes of a network and of the data it is validated or tested on by their names.

    The network's are those that its checkpoint tells (``meta.dataset_meta.classes``), else those of
    ``checkpoint_classes`` in the config; while training, those of the training set. The head is
    built with their number. Images of classes that the network lacks are not tested, scores of
    classes that the data set lacks do not count; a table tells. Where the classes are the same, in
    the same order, nothing is done.
    """
    from mmengine.runner import Runner, TestLoop, ValLoop

    for phase, kind in (('val', ValLoop), ('test', TestLoop)):

        def build(original, self, loop, phase=phase):
            made = original(self, loop)
            prepare(self, made, phase)
            return made

        def run(original, self, phase=phase):
            prepare(self.runner, self, phase)
            _, crossing = getattr(self, 'crossing', (None, None))
            if crossing is None:
                return original(self)
            with _matched(inner(self.runner.model), crossing):
                metrics = original(self)
            if crossing.left_out:
                counts = dict(tested=crossing.tested, left_out=crossing.left_out)
                metrics.update({f'images/{name}': value for name, value in counts.items()})
            return metrics

        wrap(Runner, f'build_{phase}_loop', build)
        wrap(kind, 'run', run)
