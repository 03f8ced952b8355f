"""Checkpoints that the host loads: they fit the model, or are refused.

MMEngine loads what fits and prints the rest: a test of a checkpoint of 7 classes on a model of 8
ends well, with the accuracy of a head that was drawn.
"""

import contextlib
import logging
import os
import pickle
import re
from collections.abc import Iterator
from contextvars import ContextVar

from ..weights.classes import told_classes
from ..weights.files import what_instead
from ..weights.fit import Fit, judge
from .repair import repair, wrap

_USE: ContextVar[str] = ContextVar('use', default='test')  # what is loaded now is for
# Which file was read last, and the id of what it held: it is not handed on with it.
_READ: ContextVar[tuple[int, str]] = ContextVar('read', default=(0, ''))
_SIZE = re.compile(r'size mismatch for (\S+): .* shape (.*) from checkpoint, .* model is (.*)\.$')


@contextlib.contextmanager
def _used_for(use: str) -> Iterator[None]:
    token = _USE.set(use)
    try:
        yield
    finally:
        _USE.reset(token)


def inner(model):
    """The model inside wrappers of several processes and of test-time augmentation."""
    from mmengine.model import BaseTTAModel, is_model_wrapper

    while is_model_wrapper(model) or isinstance(model, BaseTTAModel):
        model = model.module
    return model


@contextlib.contextmanager
def _watched(model) -> Iterator[list]:
    """The lists of names and errors that are filled while a model is loaded, also by modules that
    rename what they read."""
    lists: list = []

    def note(state_dict, prefix, metadata, strict, missing, left, errors):
        lists[:] = [missing, left, errors]

    handle = inner(model)._register_load_state_dict_pre_hook(note)
    try:
        yield lists
    finally:
        handle.remove()


def _shape(text: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r'\d+', text)))


def _fit(lists: list) -> Fit:
    missing, left, errors = lists or ([], [], [])
    found = [_SIZE.match(line) for line in errors]
    wrong = [(m[1], _shape(m[2]), _shape(m[3])) for m in found if m]
    return Fit(list(missing), list(left), wrong)


def shapes(state) -> dict[str, tuple]:
    """Of the tensors, by name."""
    return {str(k): tuple(v.shape) for k, v in state.items() if hasattr(v, 'shape')}


def check(model, state, fit: Fit, path: str, use: str) -> None:
    """Warn of what a model did not take of a file, or refuse it.

    Raises:
        ValueError: The file does not fit.
    """
    from mmengine.logging import print_log

    verdict = judge(shapes(inner(model).state_dict()), shapes(state), fit, use)
    if verdict.error:
        raise ValueError(f'{path} does not fit the model: {verdict.error}')
    if verdict.warning:
        print_log(f'{path}: {verdict.warning}', logger='current', level=logging.WARNING)


@repair(
    fault='a checkpoint of another network or of other classes is tested, with random weights '
    'where it does not fit',
    versions=('mmengine<0.11', 'onedl-mmengine<0.11'),
)
def refuse_misfits() -> None:
    """Let what is loaded into a whole model fit it, for the use that it is loaded for.

    A test, and whoever calls ``load_checkpoint`` or ``get_model``, needs all weights; a resumed run
    its own; fine-tuning (``load_from`` in training) a backbone, and is told what was not loaded.
    ``init_cfg=dict(type='Pretrained')`` has to match somewhere. Parts of models and other modules
    load as the host has it.
    """
    from mmengine.model import BaseModel
    from mmengine.model.weight_init import PretrainedInit
    from mmengine.runner import Runner, checkpoint, runner
    from mmengine.runner.loops import BaseLoop

    def run(original, self, filename, *args, **kwargs):
        training = isinstance(self._train_loop, BaseLoop)  # built by train() alone
        use = 'resume' if self._resume else 'finetune' if training else 'test'
        with _used_for(use):
            loaded = original(self, filename, *args, **kwargs)
        self.weights_of = str(filename), told_classes(loaded)
        return loaded

    def read(original, filename, *args, **kwargs):
        loaded = original(filename, *args, **kwargs)
        _READ.set((id(loaded), str(filename)))
        return loaded

    def to_model(original, model, loaded, strict=False, logger=None, revise_keys=None):
        revise_keys = [(r'^module\.', '')] if revise_keys is None else revise_keys
        use, (number, path) = _USE.get(), _READ.get()
        if use == 'part' or not isinstance(model, BaseModel):
            return original(model, loaded, strict, logger, revise_keys)
        with _watched(model) as lists:
            original(model, loaded, False, 'silent', revise_keys)
        state = loaded.get('state_dict', loaded)
        for pattern, new in revise_keys:
            state = {re.sub(pattern, new, str(k)): v for k, v in state.items()}
        path = path if number == id(loaded) else 'the checkpoint'
        if fault := next((e for e in (lists and lists[2]) if e.startswith('While copying')), None):
            raise ValueError(f'{path} cannot be loaded: {fault}')
        check(model, state, _fit(lists), path, use)
        return original(model, loaded, True, logger, revise_keys) if strict else loaded

    def init(original, self, module):
        with _watched(module) as lists, _used_for('part'):
            original(self, module)
        names = dict.fromkeys(lists and lists[1], ())
        own = shapes(module.state_dict())
        error = judge(own, names, _fit(lists), 'part').error
        if error:
            raise ValueError(f'{self.checkpoint} does not fit {type(module).__name__}: {error}')

    wrap(Runner, 'load_checkpoint', run)
    for owner in (checkpoint, runner):
        wrap(owner, '_load_checkpoint', read)
        wrap(owner, '_load_checkpoint_to_model', to_model)
    wrap(PretrainedInit, '__call__', init)


@repair(
    fault="a Git LFS pointer or a web page instead of a checkpoint: invalid load key, 'v'",
    versions=('mmengine<0.11', 'onedl-mmengine<0.11'),
)
def name_files_without_weights() -> None:
    """Tell what a file is that holds no weights, instead of the unpickler's error."""
    from mmengine.runner import CheckpointLoader

    def load(original, filename, *args, **kwargs):
        path = os.path.expanduser(str(filename))
        if not os.path.isfile(path):
            return original(filename, *args, **kwargs)
        if kind := what_instead(path):
            raise ValueError(f'{filename} holds no weights; it is {kind}')
        try:
            return original(filename, *args, **kwargs)
        except pickle.UnpicklingError as error:
            raise pickle.UnpicklingError(f'{filename}: {error}') from error
        except Exception as error:  # torch raises whatever a damaged file leads to
            why = (str(error).strip().splitlines() or [''])[0][:120]
            raise ValueError(
                f'{filename} is damaged ({type(error).__name__}: {why}); copy or download it again'
            ) from error

    wrap(CheckpointLoader, 'load_checkpoint', load)
