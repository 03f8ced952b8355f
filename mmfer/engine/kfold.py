"""The host's k-fold cross-validation on sets with label noise."""

from mmengine import dist
from mmengine.config import Config
from mmengine.runner import Runner

from ..compat.repair import wrap
from .config import set_batch_size, set_dataloader_defaults
from .mixed_precision import set_mixed_precision
from .processes import world_size_of

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


def settle_batch(cfg: Config, published: dict) -> str:
    """Divide the batch among the processes, as tools/train.py does; a line for the log.

    By ``published``, ``total`` and ``batch_size`` of the config file, an override on the command
    line is known.
    """
    loader = cfg.train_dataloader
    if loader.batch_size != published['batch_size']:
        cfg.pop('total_batch_size', None)  # the user's own, per process
    elif cfg.get('total_batch_size') != published['total']:
        loader.batch_size = cfg.total_batch_size or loader.batch_size
    return set_batch_size(cfg, world_size_of(cfg.get('launcher', 'none')))


def adapt_kfold() -> None:
    """Give the folds of the host's kfold-cross-valid clean tests and the defaults of
    tools/train.py.

    The tool tests on noisy labels, ignores ``--seed 0``, and keeps its workers and their random
    state. Without ``--seed``, too, the folds are drawn from seed 0: the host draws a seed before
    the processes know of each other, so each has its own.
    """
    published = {}

    def fromfile(original, *args, **kwargs):
        cfg = original(*args, **kwargs)
        set_dataloader_defaults(cfg)  # before the tool fills in its own
        published.update(
            total=cfg.get('total_batch_size'), batch_size=cfg.train_dataloader.batch_size
        )
        return cfg

    def from_cfg(original, cfg):
        set_dataloader_defaults(cfg)  # num_workers=0 on the command line
        clean_test_folds(cfg)
        lines = [settle_batch(cfg, published), set_mixed_precision(cfg, False)]
        runner = original(cfg)
        for line in filter(None, lines):
            runner.logger.info(line)
        return runner

    wrap(Config, 'fromfile', fromfile)
    wrap(Runner, 'from_cfg', from_cfg)
    wrap(dist, 'sync_random_seed', lambda original, *args, **kwargs: 0)
