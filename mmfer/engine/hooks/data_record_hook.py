"""Which data a checkpoint was trained and tested on."""
import json

from mmengine.hooks import Hook
from mmpretrain.registry import HOOKS
from torch.utils.data import Dataset


def data_sets(dataset: Dataset) -> list:
    """The data sets inside wrappers (concatenated, repeated, ...)."""
    inner = getattr(dataset, 'datasets', None)
    if inner is None and hasattr(dataset, 'dataset'):
        inner = [dataset.dataset]
    if inner is None:
        return [dataset]
    return [one for each in inner for one in data_sets(each)]


def fingerprints(dataset: Dataset) -> list:
    """The fingerprints of the data sets that have one, as plain values:
    checkpoints are read with ``weights_only=True``."""
    found = [getattr(one, 'fingerprint', None) for one in data_sets(dataset)]
    return [json.loads(json.dumps(f, default=str)) for f in found if f]


@HOOKS.register_module()
class DataRecordHook(Hook):
    """Writes the data's fingerprints into ``checkpoint['meta']['data']``,
    and tells which training images were skipped.

    ``meta['data']`` has ``train`` and ``val``, each a list of one dict a data
    set: its name, split, classes, noise, number of images, and sha256 of the
    list with its labels and of a sample of the images' bytes. They are logged
    before training, and before a test for what is tested on.

    With ``on_error='skip'`` of the training set, the images that could not be
    read so far are counted and listed after each epoch in which new ones
    came.
    """

    def before_run(self, runner) -> None:
        """Forget an earlier run."""
        self.data: dict[str, list] = {}
        self.known = 0

    def before_train(self, runner) -> None:
        """Take the fingerprints."""
        self._take(runner, 'train', runner.train_dataloader)
        if runner.val_loop is not None:
            self._take(runner, 'val', runner.val_dataloader)

    def before_test(self, runner) -> None:
        """Log what is tested on."""
        self._take(runner, 'test', runner.test_dataloader)

    def before_save_checkpoint(self, runner, checkpoint: dict) -> None:
        """Put them into the checkpoint."""
        checkpoint['meta']['data'] = self.data

    def after_train_epoch(self, runner) -> None:
        """Tell what was skipped."""
        skipped = [path for one in data_sets(runner.train_dataloader.dataset)
                   for path in getattr(one, 'skipped', [])]
        if len(skipped) > self.known:
            self.known = len(skipped)
            names = '\n  '.join(skipped)
            runner.logger.warning(
                f'{len(skipped)} training images could not be read so far; '
                f'others were taken instead:\n  {names}')

    def _take(self, runner, phase: str, loader) -> None:
        self.data[phase] = fingerprints(loader.dataset)
        for one in self.data[phase]:
            runner.logger.info(
                f'{phase} data: {one["dataset"]} {one["split"]}, '
                f'{one["images"]} images, {one["changed"]} labels changed; '
                f'list {one["list_sha256"][:12]}, images '
                f'{one["content_sha256"][:12]}')
