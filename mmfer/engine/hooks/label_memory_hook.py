"""The tables of a model get the rows of the training set."""
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.optim import OptimWrapper, OptimWrapperDict
from mmpretrain.registry import HOOKS
from torch import nn


def find_memories(model: nn.Module) -> dict[str, nn.Module]:
    """Each ``LabelMemory`` of a model, by its name in the state dict."""
    if is_model_wrapper(model):
        model = model.module
    return {name: module for name, module in model.named_modules()
            if hasattr(module, 'table') and hasattr(module, 'written')}


@HOOKS.register_module()
class LabelMemoryHook(Hook):
    """What a model remembers of each training image fits the training set.

    Heads never see the data set; this hook does, before a checkpoint is read.
    A table that can (``ConfidenceTable``) gets a row for each image, so that
    no config has to count them; each ``LabelMemory`` is checked.

    A run that is resumed goes on with the checkpoint's table, which has to
    have the same images. One that only takes weights over (``load_from``)
    starts with an empty table: what another run came to believe of its
    images is not this run's.

    Does nothing where the model remembers nothing, or in a test, which needs
    no data of the training.
    """
    # before hooks that copy the model
    priority = 'VERY_HIGH'

    def __init__(self) -> None:
        self.memories: dict[str, nn.Module] = {}
        self.rows: dict[str, int] = {}  # in the checkpoint

    def before_run(self, runner) -> None:
        """Size and check the tables; nothing in a test."""
        self.memories, self.rows = {}, {}
        if not isinstance(runner.optim_wrapper, (OptimWrapper, OptimWrapperDict)):
            return
        self.memories = find_memories(runner.model)
        if not self.memories:
            return
        preprocessor = getattr(runner.model, 'module', runner.model).data_preprocessor
        if getattr(preprocessor, 'batch_augments', None) is not None:
            raise ValueError(
                'batch_augments mix the images of a batch, and the model '
                f'keeps a row for each image ({", ".join(self.memories)}); '
                'remove batch_augments from data_preprocessor (or train_cfg)')
        dataset = runner.train_dataloader.dataset
        for memory in self.memories.values():
            if hasattr(memory, 'size_to'):
                memory.size_to(dataset)
            else:
                memory.check(dataset)

    def after_load_checkpoint(self, runner, checkpoint: dict) -> None:
        """Note how many rows it has; others than these are not read."""
        for name, memory in self.memories.items():
            saved = checkpoint.get('state_dict', {}).get(f'{name}.table')
            if saved is None:
                continue
            self.rows[name] = len(saved)
            if self.rows[name] == memory.num_samples:
                continue
            for part, prefix in (('state_dict', ''), ('ema_state_dict', 'module.')):
                state = checkpoint.get(part, {})
                for key in ('table', 'written'):
                    if f'{prefix}{name}.{key}' in state:
                        state[f'{prefix}{name}.{key}'] = getattr(memory, key)

    def before_train(self, runner) -> None:
        """An empty table for a new run, the checkpoint's for a resumed one.

        Raises:
            ValueError: where a resumed run has other images.
        """
        for name, memory in self.memories.items():
            if runner.iter == 0:
                memory.table.zero_()
                memory.written.zero_()
            elif name not in self.rows:
                runner.logger.warning(
                    f'the checkpoint has no {name}: what the run up to it came '
                    'to believe of its images is lost, and starts anew')
            elif self.rows[name] != memory.num_samples:
                raise ValueError(
                    f'the checkpoint remembers {self.rows[name]} training '
                    f'images ({name}), but the training set has '
                    f'{memory.num_samples}: --resume goes on with the same '
                    'data. To start anew from its weights, take load_from')
