"""A run small enough for tests: real images, a real Runner, a tiny ResNet."""

import itertools
import os
import signal
from pathlib import Path

# Tiny tensors: more threads only wait for each other. Before torch starts.
os.environ.setdefault('OMP_NUM_THREADS', '1')

import numpy as np  # noqa: E402
import pytest  # noqa: E402

pytest_plugins = ['layouts']
ROOT = Path(__file__).parents[1]
NUMBERS = itertools.count()
# Files of few, long tests, which start processes or train: begun first, so that no worker is left
# alone with one at the end.
LONG = (
    'test_tools/',
    'test_models/test_partial_label_runs',
    'test_models/test_pretraining_',
    'test_models/test_compile',
    'test_models/test_harness',
    'test_packaging',
)

CONFIG = """
_base_ = [{runtime!r}]
pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='RandomFlip', prob=0.5),
    dict(type='ColorJitter', brightness=0.5, hue=0.3),
    dict(type='PackInputs'),
]
dataset = dict(type='CustomDataset', data_root={images!r}, pipeline=pipeline)
val_dataset = dict(
    type='CustomDataset', data_root={images!r},
    pipeline=[dict(type='LoadImageFromFile'), dict(type='PackInputs')])
model = dict(
    type='ImageClassifier',
    backbone=dict(
        type='ResNet', depth=18, num_stages=1, out_indices=(0,), strides=(1,),
        dilations=(1,), base_channels=4, stem_channels=4),
    neck=dict(type='GlobalAveragePooling'),
    head=dict(
        type='LinearClsHead', num_classes=3, in_channels=4,
        loss=dict(type='CrossEntropyLoss')),
    data_preprocessor=dict(mean=[60] * 3, std=[60] * 3, to_rgb=True))
train_dataloader = dict(
    batch_size=4, num_workers=0, dataset=dataset,
    sampler=dict(type='DefaultSampler', shuffle=True))
val_dataloader = dict(
    batch_size=4, num_workers=0, dataset=val_dataset,
    sampler=dict(type='DefaultSampler', shuffle=False))
test_dataloader = val_dataloader
val_evaluator = [dict(type='Accuracy'), dict(type='MeanClassAccuracy')]
test_evaluator = val_evaluator
optim_wrapper = dict(optimizer=dict(type='Adam', lr=0.01))
train_cfg = dict(by_epoch=True, max_epochs=2)
val_cfg = dict()
test_cfg = dict()
"""


@pytest.fixture(autouse=True, scope='session')
def hears_ctrl_c():
    """As in a terminal: what a shell runs in the background begins with SIGINT ignored."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def own_logger():
    """The current logger is a new one: runs of other tests leave theirs, at their own level."""
    from mmengine.logging import MMLogger

    return MMLogger.get_instance(f'test_{next(NUMBERS)}')


@pytest.fixture
def told(own_logger):
    """What is logged meanwhile, lines of ``LEVEL message``."""
    lines = []

    def keep(record):
        lines.append(f'{record.levelname} {record.getMessage()}')
        return True

    own_logger.addFilter(keep)
    yield lines
    own_logger.removeFilter(keep)


@pytest.fixture
def tiny_config_file(tmp_path) -> Path:
    """A config file that trains 2 epochs on 12 images of 3 classes."""
    import mmcv

    rng = np.random.default_rng(0)
    for label, name in enumerate('abc'):
        for i in range(4):
            image = rng.integers(0, 90, (16, 16, 3), dtype=np.uint8)
            image[..., label] += 60
            mmcv.imwrite(image, str(tmp_path / 'images' / name / f'{i}.png'))
    path = tmp_path / f'tiny_{next(NUMBERS)}.py'
    path.write_text(
        CONFIG.format(
            runtime=str(ROOT / 'configs/_base_/default_runtime.py'), images=str(tmp_path / 'images')
        )
    )
    return path


@pytest.fixture
def tiny_config(tiny_config_file):
    """Returns a function that makes a config for ``Runner.from_cfg``."""
    from mmengine.config import Config

    from mmfer.engine.config import set_dataloader_defaults

    def make(work_dir: Path, **options):
        cfg = Config.fromfile(tiny_config_file)
        cfg.merge_from_dict(options)
        cfg.work_dir = str(work_dir)
        # logger and message hub are found by name: each run needs its own
        cfg.experiment_name = f'tiny_{next(NUMBERS)}'
        set_dataloader_defaults(cfg)
        return cfg

    return make


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items) -> None:
    """Long files first; among themselves in the order drawn for them."""
    items.sort(key=lambda item: not any(part in item.nodeid for part in LONG))
