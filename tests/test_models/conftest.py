"""Short trainings of the real configs on a few tiny faces."""
import itertools
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NUMBERS = itertools.count()
RESNET = dict(
    num_stages=1, out_indices=(0, ), strides=(1, ), dilations=(1, ), base_channels=8,
    stem_channels=8)


@pytest.fixture(scope='session')
def faces(tmp_path_factory):
    """Folder of 9 faces to train on and 7 to test on, 32 px."""
    from mmfer.datasets.synthetic import write_rafdb
    folder = tmp_path_factory.mktemp('faces')
    write_rafdb(folder, train=9, test=7, size=32)
    return folder


@pytest.fixture
def tiny_runner(faces, tmp_path):
    """Returns a function that builds a Runner from a config of ours: 2 epochs
    of batches of 4, 4 and 1, no workers, and a ResNet of one stage. What its
    training steps return is in ``runner.losses``."""
    from mmengine.config import Config
    from mmengine.hooks import Hook
    from mmengine.runner import Runner

    from mmfer.engine.entry import set_dataloader_defaults

    class Record(Hook):
        """Keeps the losses of each step."""

        def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
            runner.losses.append({k: float(v.detach()) for k, v in outputs.items()})

    def build(config, size=32, **options):
        cfg = Config.fromfile(ROOT / 'configs' / config)
        for name in ('train', 'val'):
            loader = cfg[f'{name}_dataloader']
            loader.update(batch_size=4, num_workers=0)
            loader.dataset.data_root = str(faces)
            loader.dataset.pipeline[1].scale = size
        cfg.model.backbone.init_cfg = None
        if cfg.model.backbone.type == 'ResNet':
            cfg.model.backbone.update(RESNET)
            cfg.model.head.in_channels = 8
        cfg.train_cfg.max_epochs = 2
        cfg.default_hooks.checkpoint.save_best = None
        cfg.merge_from_dict(options)
        number = next(NUMBERS)
        cfg.work_dir = str(tmp_path / f'run_{number}')
        # logger and message hub are found by name: each run needs its own
        cfg.experiment_name = f'tiny_runner_{number}'
        set_dataloader_defaults(cfg)
        runner = Runner.from_cfg(cfg)
        runner.losses = []
        runner.register_hook(Record(), priority='VERY_LOW')
        return runner

    return build
