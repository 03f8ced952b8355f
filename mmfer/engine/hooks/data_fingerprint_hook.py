"""Which data a checkpoint was trained and tested on."""

import json
from pathlib import Path

from mmengine.dist import all_gather_object, is_main_process
from mmengine.hooks import Hook
from mmpretrain.registry import HOOKS
from torch.utils.data import Dataset

from ...utils.files import write_whole
from .held_out import check_held_out
from .parts import data_sets

MISSING_FILE = 'missing_images.txt'


def fingerprints(dataset: Dataset) -> list:
    """The fingerprints of the data sets that have one, as plain values: checkpoints are read with
    ``weights_only=True``."""
    found = [
        one.fingerprint if indices is None else one.fingerprint_of(indices)
        for one, indices in data_sets(dataset)
        if hasattr(one, 'fingerprint')
    ]
    return [json.loads(json.dumps(f, default=str)) for f in found]


# under its earlier name too, which users' configs may have
@HOOKS.register_module(name=['DataFingerprintHook', 'DataRecordHook'])
class DataFingerprintHook(Hook):
    """Writes the data's fingerprints into ``checkpoint['meta']['data']``, and tells which training
    images were skipped (``on_error='skip'``), after each epoch in which new ones came; the paths of
    those that are missing (``on_missing='skip'``) are in ``missing_images.txt`` of the work dir.

    ``meta['data']`` has ``train`` and ``val``, each a list of one dict a data set: its name, split,
    classes, noise, number of images, and sha256 of the list with its labels and of a sample of the
    images' bytes. They are logged before training, and before a test for what is tested on.

    Before training, the training set is compared with what the run is validated and tested on; see
    :func:`~mmfer.engine.hooks.held_out.check_held_out`.

    Raises:
        ValueError: Before the run, where what is validated or tested on has label noise, soft
            labels or skipped images, also inside a wrapper such as the host's k folds of the
            training set; and where images of it are trained on.
    """

    def before_run(self, runner) -> None:
        """Forget an earlier run."""
        self.data, self.before, self.known = {}, {}, 0

    def after_load_checkpoint(self, runner, checkpoint: dict) -> None:
        """Keep what a resumed run was trained on."""
        self.before = checkpoint.get('meta', {}).get('data', {})

    def before_train(self, runner) -> None:
        """Take the fingerprints."""
        self._take(runner, 'train', runner.train_dataloader)
        _list_missing(runner)
        before = self.before.get('train')
        if runner.iter and before and before != self.data['train']:
            runner.logger.warning(
                f'resumed on other training data than before: {before} then, {self.data["train"]} '
                'now'
            )
        if runner.val_loop is not None:
            self._take(runner, 'val', runner.val_dataloader)
        check_held_out(runner)

    def before_test(self, runner) -> None:
        """Log what is tested on."""
        self._take(runner, 'test', runner.test_dataloader)

    def before_save_checkpoint(self, runner, checkpoint: dict) -> None:
        """Put them into the checkpoint."""
        checkpoint['meta']['data'] = self.data

    def after_train_epoch(self, runner) -> None:
        """Tell what was skipped."""
        found = [one for one, _ in data_sets(runner.train_dataloader.dataset)]
        if not any(getattr(one, 'on_error', '') == 'skip' for one in found):
            return
        own = [path for one in found for path in getattr(one, 'skipped', [])]
        # Each process met others.
        skipped = sorted({path for part in all_gather_object(own) for path in part})
        if len(skipped) > self.known:
            self.known = len(skipped)
            names = '\n  '.join(skipped)
            runner.logger.warning(
                f'{len(skipped)} training images could not be read so far; others were taken '
                f'instead:\n  {names}'
            )

    def _take(self, runner, phase: str, loader) -> None:
        for one, _ in data_sets(loader.dataset):
            given = getattr(one, 'training_only', {})
            if given and phase != 'train':
                raise ValueError(
                    f'the {phase} data, {type(one).__name__} {one.split}, have {given}: what is '
                    'tested on is never changed or skipped. Where folds of the training set are '
                    'tested on, take this out of its config'
                )
        self.data[phase] = fingerprints(loader.dataset)
        for one in self.data[phase]:
            runner.logger.info(
                f'{phase} data: {one["dataset"]} {one["split"]}, {one["images"]} images, '
                f'{one["changed"]} labels changed; list {one["list_sha256"][:12]}, images '
                f'{one["content_sha256"][:12]}'
            )


def _list_missing(runner) -> None:
    """Write down which training images were left out; the file is that of the run's last start."""
    found = [one for one, _ in data_sets(runner.train_dataloader.dataset)]
    found += [part for one in found for part in getattr(one, 'parts', ())]
    path = Path(runner.work_dir) / MISSING_FILE
    missing = []
    if any(getattr(one, 'on_missing', '') == 'skip' for one in found):
        own = sorted({path for one in found for path in getattr(one, 'missing', ())})
        first, *others = all_gather_object(own)
        if different := [other for other in others if other != first]:
            raise ValueError(
                f'processes miss different training images, {len(first)} and {len(different[0])}, '
                f'such as {sorted({*first} ^ {*different[0]})[:3]}: all have to see the same files'
            )
        missing = first
    if not is_main_process():
        return
    if missing:
        write_whole(path, ''.join(f'{name}\n' for name in missing))
        runner.logger.warning(f'{len(missing)} training images are missing, listed in {path}')
    else:
        path.unlink(missing_ok=True)
