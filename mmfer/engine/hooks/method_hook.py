"""What a method gets from training: sizes, progress, and its turns."""

import torch
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.optim import OptimWrapper, OptimWrapperDict
from mmpretrain.registry import HOOKS
from torch import Tensor, nn
from torch.utils.data import Dataset

from ...functional import Progress
from .empty_classes import warn_of_empty_classes


def find_memories(model: nn.Module) -> dict[str, nn.Module]:
    """Each ``LabelMemory`` of a model, by its name in the state dict."""
    return {
        name: module
        for name, module in unwrap(model).named_modules()
        if hasattr(module, 'table') and hasattr(module, 'written')
    }


def unwrap(model: nn.Module) -> nn.Module:
    """The model inside a wrapper of several processes."""
    return model.module if is_model_wrapper(model) else model


def one_data_set(dataset: Dataset) -> Dataset:
    """The data set whose images ``sample_idx`` names, inside wrappers that pass its samples on as
    they are (``RepeatDataset``, ``Subset``, ``KFoldDataset`` ...).

    Raises:
        ValueError: On a ``ConcatDataset``, at any depth.
    """
    outer = type(dataset).__name__
    while not hasattr(dataset, 'datasets') and hasattr(dataset, 'dataset'):
        dataset = dataset.dataset
    if hasattr(dataset, 'datasets'):
        inside = type(dataset).__name__
        where = inside if inside == outer else f'{outer} around a {inside}'
        raise ValueError(
            f'the training set is a {where}: each of its parts numbers its images from 0, so '
            'sample_idx names several images, and they would share a row of LabelMemory. Make one '
            'data set of the parts, in one list of images'
        )
    return dataset


def class_counts(dataset: Dataset) -> Tensor | None:
    """(K,) how often training sees each class as the given label; None where the data set does not
    tell."""
    if not hasattr(dataset, 'get_gt_labels') or not getattr(dataset, 'CLASSES', None):
        return None
    labels = torch.as_tensor(dataset.get_gt_labels(), dtype=torch.long)
    return torch.bincount(labels, minlength=len(dataset.CLASSES))


def check_classes(model: nn.Module, dataset: Dataset) -> None:
    """The head, ours or the host's, has an output for each class of the training set.

    Raises:
        ValueError: Where it has not: fewer end in an index out of bounds, on a GPU without a line
            that says which.
    """
    head = getattr(model, 'head', None)
    outputs = getattr(head, 'num_classes', None)
    classes = (getattr(dataset, 'metainfo', None) or {}).get('classes')
    if outputs and classes and outputs != len(classes):
        raise ValueError(
            f'model.head.num_classes={outputs}, but the training set has {len(classes)} classes, '
            f'{tuple(classes)}; set num_classes={len(classes)} in the config, beside classes'
        )


@HOOKS.register_module()
class MethodHook(Hook):
    """Calls what a method's modules define, any of them, by name:

    - ``prepare(num_samples, class_counts)`` before training and before a checkpoint is read: the
      images of the training set, and (K,) how often each class is given (None where the data set
      does not tell);
    - ``progress``, set before each epoch and step: a :class:`~mmfer.functional.Progress`;
    - ``start_epoch()`` before each epoch;
    - ``after_step(views, targets)`` after the optimiser's step, on the same batch seen by the new
      weights.

    The classifier moves its average then, and starts it as a copy of the network before the first
    step of a new run.

    A run that is resumed goes on with the checkpoint's ``LabelMemory``, which has to have the same
    images. One that only takes weights over (``load_from``) starts with an empty table: what
    another run came to believe of its images is not this run's.

    Raises:
        ValueError: On a head of other classes than the training set's; where the model remembers
            something of each image, also on ``batch_augments``, on several data sets in one, and on
            a resumed run with other images.
    """

    # before hooks that copy the model
    priority = 'VERY_HIGH'

    def __init__(self) -> None:
        self.memories, self.rows, self.modules = {}, {}, []
        self.validated = False

    def before_run(self, runner) -> None:
        """Size what has to be sized; nothing in a test."""
        self.memories: dict[str, nn.Module] = {}
        self.rows: dict[str, int] = {}  # in the checkpoint
        if not isinstance(runner.optim_wrapper, (OptimWrapper, OptimWrapperDict)):
            return
        model, dataset = unwrap(runner.model), runner.train_dataloader.dataset
        check_classes(model, dataset)
        if hasattr(getattr(model, 'head', None), 'num_classes'):
            warn_of_empty_classes(dataset, runner.logger, 'training')
        prepared = [module for module in model.modules() if hasattr(module, 'prepare')]
        if not prepared:
            return
        self.memories = find_memories(model)
        if self.memories:
            if getattr(model.data_preprocessor, 'batch_augments', None) is not None:
                raise ValueError(
                    'batch_augments mix the images of a batch, and the model keeps a row for each '
                    f'image ({", ".join(self.memories)}); remove batch_augments from '
                    'data_preprocessor (or train_cfg)'
                )
            dataset = one_data_set(dataset)
        counts = class_counts(dataset)
        for module in prepared:
            module.prepare(len(dataset), counts)

    def after_load_checkpoint(self, runner, checkpoint: dict) -> None:
        """Note how many rows it has; others than these are not read."""
        for name, memory in self.memories.items():
            saved = checkpoint.get('state_dict', {}).get(f'{name}.table')
            if saved is None:
                continue
            self.rows[name] = len(saved)
            if len(saved) == memory.num_samples:
                continue
            for part, prefix in (('state_dict', ''), ('ema_state_dict', 'module.')):
                state = checkpoint.get(part, {})
                for key in ('table', 'written'):
                    place = f'{prefix}{name}.{key}'
                    if place in state:
                        state[place] = getattr(memory, key)

    def before_train(self, runner) -> None:
        """Empty tables and a fresh average for a new run, the checkpoint's for a resumed one."""
        model = unwrap(runner.model)
        self.modules = list(model.modules())
        if runner.iter == 0 and hasattr(model, 'start_training'):
            model.start_training()
        for name, memory in self.memories.items():
            if runner.iter == 0:
                memory.table.zero_()
                memory.written.zero_()
            elif name not in self.rows:
                lost = (
                    'what the run up to it came to believe of its images is lost, and starts anew'
                )
                runner.logger.warning(f'the checkpoint has no {name}: {lost}')
            elif self.rows[name] != memory.num_samples:
                raise ValueError(
                    f'the checkpoint remembers {self.rows[name]} training images ({name}), but the '
                    f'training set has {memory.num_samples}: --resume goes on with the same data. '
                    'To start anew from its weights, take load_from'
                )

    def before_val(self, runner) -> None:
        """Tell, before the first validation, which classes have no image."""
        if not self.validated:
            warn_of_empty_classes(runner.val_dataloader.dataset, runner.logger, 'validation')
        self.validated = True

    def before_test(self, runner) -> None:
        """Tell which classes have no image."""
        warn_of_empty_classes(runner.test_dataloader.dataset, runner.logger, 'test')

    def before_train_epoch(self, runner) -> None:
        """Tell the progress; the modules' turn before an epoch."""
        self._tell(runner)
        for module in self.modules:
            if hasattr(module, 'start_epoch'):
                module.start_epoch()

    def before_train_iter(self, runner, batch_idx: int, data_batch=None) -> None:
        """Tell the progress."""
        self._tell(runner)

    def after_train_iter(self, runner, batch_idx: int, data_batch=None, outputs=None) -> None:
        """The modules' turn after a step."""
        model = unwrap(runner.model)
        if hasattr(model, 'finish_step'):
            model.finish_step()

    def _tell(self, runner) -> None:
        progress = Progress(runner.epoch, runner.max_epochs, runner.iter, runner.max_iters)
        for module in self.modules:
            if hasattr(type(module), 'progress'):
                module.progress = progress
