"""One training in a work dir."""

from pathlib import Path

from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmpretrain.registry import HOOKS

from ...utils.lock import Lock, LockedError, lock

NAME = '.training.lock'


def lock_work_dir(work_dir: str | Path) -> Lock:
    """The lock of a training on its work dir, which is made where it is missing.

    Raises:
        RuntimeError: Another process trains there; names it and its machine.
    """
    folder = Path(work_dir)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        return lock(folder / NAME)
    except LockedError as error:
        raise RuntimeError(
            f'{work_dir}: {error.holder} trains in this work dir. Wait for its end, or take '
            'another --work-dir'
        ) from None


@HOOKS.register_module()
class LockHook(Hook):
    """Locks the work dir while training, so that a second training there is refused instead of
    mixing its files with the first's.

    ``tools/train.py`` has locked it before anything was written; this is for trainings that are
    started otherwise. The first process holds the lock, and the system takes it back with the
    process, see :func:`mmfer.utils.lock.lock`. A file system that knows no locks is a warning.

    Raises:
        RuntimeError: Another process trains there; names it and its machine.
    """

    # before hooks that write or remove files
    priority = 'VERY_HIGH'

    def __init__(self) -> None:
        self.lock = None

    def before_train(self, runner) -> None:
        """Lock."""
        if not is_main_process():
            return
        self.lock = lock_work_dir(runner.work_dir)
        if self.lock.why_not:
            why = f'is not locked against a second training: {self.lock.why_not}'
            runner.logger.warning(f'{runner.work_dir} {why}')

    def after_train(self, runner) -> None:
        """Release, unless who started the training keeps the lock."""
        self.lock = None
