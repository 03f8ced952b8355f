"""The host's k-fold cross-validation on sets with label noise."""

from mmengine import dist
from mmengine.config import Config
from mmengine.runner import Runner

from ..compat.repair import wrap
from .config import set_batch_size, set_dataloader_defaults, settle_batch
from .mixed_precision import set_mixed_precision
from .processes import world_size_of
from .work_dir import enter_work_dir

# Settings of a training set that nothing may be tested with.
TRAINING_ONLY = ('noise', 'candidates', 'on_error')


def clean_test_folds(cfg: Config) -> None:
    """Test the folds on the clean labels; training keeps its noise.

    The host makes the test folds of the training set as it is configured. Noise and soft labels
    depend on the whole set's list alone, so that the folds hold the same images with and without
    them.
    """
    for name in ('val_dataloader', 'test_dataloader'):
        loader = cfg.get(name)
        if loader is None or loader.dataset.get('type') != 'KFoldDataset':
            continue
        whole = loader.dataset.dataset
        for key in TRAINING_ONLY:
            whole.pop(key, None)
        whole.test_mode = True  # an unreadable image is named, not replaced


def batch_options(cfg: Config) -> dict:
    """What the config says of the batch; an override on the command line shows by it."""
    return {
        'total_batch_size': cfg.get('total_batch_size'),
        'train_dataloader.batch_size': cfg.train_dataloader.batch_size,
    }


def adapt_kfold() -> None:
    """Give the folds of the host's kfold-cross-valid clean tests and the defaults of
    tools/train.py.

    The tool overwrites an earlier run, tests on noisy labels, ignores ``--seed 0``, and keeps its
    workers and their random state. Without ``--seed``, too, the folds are drawn from seed 0: the
    host draws a seed before the processes know of each other, so each has its own.
    """
    published = {}

    def fromfile(original, *args, **kwargs):
        cfg = original(*args, **kwargs)
        set_dataloader_defaults(cfg)  # before the tool fills in its own
        published.update(batch_options(cfg))
        return cfg

    def from_cfg(original, cfg):
        set_dataloader_defaults(cfg)  # num_workers=0 on the command line
        clean_test_folds(cfg)
        settle_batch(cfg, dict(batch_options(cfg).items() - published.items()))
        processes = world_size_of(cfg.get('launcher', 'none'))
        lines = [set_batch_size(cfg, processes), set_mixed_precision(cfg, False)]
        held, entered = enter_work_dir(cfg, None, otherwise='or take another --work-dir')
        runner = original(cfg)
        runner.work_dir_lock = held  # until the fold is trained
        lines += entered
        for line in filter(None, lines):
            runner.logger.info(line)
        return runner

    wrap(Config, 'fromfile', fromfile)
    wrap(Runner, 'from_cfg', from_cfg)
    wrap(dist, 'sync_random_seed', lambda original, *args, **kwargs: 0)
