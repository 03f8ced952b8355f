"""Short trainings of the real configs on a few tiny faces."""

import itertools
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch

# methods.py, for the harness and the tests of heads (importlib mode knows no packages)
sys.path.insert(0, str(Path(__file__).parent))

ROOT = Path(__file__).parents[2]
NUMBERS = itertools.count()
RESNET = dict(
    num_stages=1, out_indices=(0,), strides=(1,), dilations=(1,), base_channels=8, stem_channels=8
)


@pytest.fixture(scope='session')
def faces(tmp_path_factory):
    """Folder of 9 faces to train on and 7 to test on, 32 px."""
    from mmfer.synthetic import write_rafdb

    folder = tmp_path_factory.mktemp('faces')
    write_rafdb(folder, train=9, test=7, size=32)
    return folder


@pytest.fixture
def tiny_runner(faces, tmp_path):
    """Returns a function that builds a Runner from a config of ours: 2 epochs of batches of 4, 4
    and 1, no workers, and a ResNet of one stage. What its training steps return is in
    ``runner.losses``."""
    from mmengine.config import Config
    from mmengine.hooks import Hook
    from mmengine.runner import Runner

    from mmfer.engine.config import set_dataloader_defaults

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
        cfg.merge_from_dict(dict(image_size=size))
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


@pytest.fixture(scope='module')
def two(request, tmp_path_factory):
    """What two processes found that ran the test's own file as a script."""
    out = tmp_path_factory.mktemp('two')
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        port = str(free.getsockname()[1])
    processes = []
    for rank in '01':
        environment = dict(
            os.environ,
            RANK=rank,
            LOCAL_RANK=rank,
            WORLD_SIZE='2',
            MASTER_ADDR='127.0.0.1',
            MASTER_PORT=port,
            OMP_NUM_THREADS='1',
            CUDA_VISIBLE_DEVICES='',
            PYTHONPATH=os.pathsep.join([str(ROOT), os.environ.get('PYTHONPATH', '')]),
        )
        processes.append(
            subprocess.Popen(
                [sys.executable, str(request.path), str(out)],
                env=environment,
                text=True,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
        )
    logs = [process.communicate(timeout=300)[0] for process in processes]
    assert not any(process.returncode for process in processes), '\n'.join(logs)[-4000:]
    return [torch.load(out / f'{rank}.pth', weights_only=True) for rank in '01']
