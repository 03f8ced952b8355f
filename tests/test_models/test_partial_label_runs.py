"""PLL-FER from its config in real runs: killed and resumed, two processes, tested without the
training data."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmpretrain import get_model

from mmfer.apis import FERInferencer
from mmfer.engine.config import set_dataloader_defaults
from mmfer.synthetic import write_rafdb

ROOT = Path(__file__).parents[2]
TOOLS = ROOT / 'tools'
TABLE = 'head.confidence.table.table'
WRITTEN = 'head.confidence.table.written'
# A ViT of two layers on 16 faces of 32 px: 4 steps of 4 images an epoch. Some 3.5 candidates an
# image; a threshold that decides some and not others.
CONFIG = """
_base_ = {base!r}
custom_imports = dict(imports=[
    'mmfer.datasets', 'mmfer.models', 'mmfer.engine', 'mmfer.evaluation', {faults!r}])
image_size = 32
train_pipeline = '$one_view_pipeline'
train_dataloader = dict(num_workers=0, batch_size=4, dataset=dict(
    data_root={data!r},
    candidates=dict(_delete_=True, kind='uniform', rate=.5, seed=0)))
val_dataloader = dict(num_workers=0, batch_size=8, dataset=dict(
    data_root={data!r}))
test_dataloader = val_dataloader
total_batch_size = 4
model = dict(
    backbone=dict(patch_size=8, init_cfg=None, arch=dict(_delete_=True,
        embed_dims=24, num_layers=2, num_heads=2, feedforward_channels=48)),
    head=dict(in_channels=24, heads=2,
              confidence=dict(response='softmax', threshold=.2)))
param_scheduler = [dict(type='ExponentialLR', gamma=.9)]
optim_wrapper = dict(optimizer=dict(lr=.003))
train_cfg = dict(max_epochs=3)
"""
FAULTS = '''
"""Dies in the step that the environment variable KILL names; all weights and
features in double precision where DOUBLE is set."""
import os
import signal

import torch
from mmpretrain.models import ClsDataPreprocessor

from mmfer.models import LabelQueryHead

loss, steps = LabelQueryHead.view_loss, []


def until(self, *args, **kwargs):
    steps.append(0)
    if len(steps) == int(os.environ['KILL']):
        os.kill(os.getpid(), signal.SIGKILL)
    return loss(self, *args, **kwargs)


def double(self, data, training=False, single=ClsDataPreprocessor.forward):
    data = single(self, data, training)
    return dict(data, inputs=data['inputs'].double())


# In the processes that a test starts: one that reads the config itself would
# keep what is changed here.
if 'KILL' in os.environ:
    LabelQueryHead.view_loss = until
if 'DOUBLE' in os.environ:
    torch.set_default_dtype(torch.float64)
    ClsDataPreprocessor.forward = double
'''
# Nothing random, and an optimiser that does not blow rounding up. In double precision two processes
# differ from one by rounding alone.
PLAIN = (
    'model.head.dropout=0.',
    'model.backbone.drop_path_rate=0.',
    'train_dataloader.dataset.pipeline.3.prob=0.',
    'train_dataloader.dataset.pipeline.4.erase_prob=0.',
    'optim_wrapper.optimizer._delete_=True',
    'optim_wrapper.optimizer.type=SGD',
    'optim_wrapper.optimizer.lr=.05',
    'optim_wrapper.optimizer.weight_decay=.05',
    'train_cfg.max_epochs=2',
)


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    """The faces, the config and the runs of this file."""
    folder = tmp_path_factory.mktemp('pll')
    write_rafdb(folder / 'faces', train=16, test=8, size=32)
    (folder / 'faults_of_pll.py').write_text(FAULTS)
    (folder / 'tiny_pll.py').write_text(
        CONFIG.format(
            base=str(ROOT / 'configs/pll/pll_vit-b_rafdb.py'),
            data=str(folder / 'faces'),
            faults='faults_of_pll',
        )
    )
    return folder


def train(folder, work_dir, *options, kill=0, processes=1, **variables):
    """Exit code and log of a training by the tools."""
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        port = str(free.getsockname()[1])
    config = folder / 'tiny_pll.py'
    command = (
        [sys.executable, TOOLS / 'train.py', config]
        if processes == 1
        else [TOOLS / 'dist_train.sh', config, processes]
    )
    environment = dict(
        os.environ,
        PYTHON=sys.executable,
        PORT=port,
        KILL=str(kill),
        CUDA_VISIBLE_DEVICES='',
        OMP_NUM_THREADS='1',
        PYTHONPATH=os.pathsep.join([str(folder), str(ROOT)]),
        **variables,
    )
    result = subprocess.run(
        [str(c) for c in (*command, '--work-dir', folder / work_dir, *options)],
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    return result.returncode, result.stdout


def state(folder, work_dir, epoch):
    path = folder / work_dir / f'epoch_{epoch}.pth'
    return torch.load(path, weights_only=True)['state_dict']


@pytest.fixture(scope='module')
def straight(folder):
    """Three epochs without an accident."""
    code, log = train(folder, 'straight')
    assert code == 0, log[-4000:]
    return state(folder, 'straight', 3)


def build(folder, monkeypatch, work_dir, **options):
    """A Runner in this process."""
    # not syspath_prepend, which takes the stand-in of pkg_resources for the real one
    monkeypatch.setattr(sys, 'path', [str(folder), *sys.path])
    cfg = Config.fromfile(folder / 'tiny_pll.py')
    cfg.merge_from_dict(options)
    cfg.work_dir = str(folder / work_dir)
    cfg.experiment_name = f'pll_{work_dir}'  # the hub is found by name
    set_dataloader_defaults(cfg)
    return Runner.from_cfg(cfg)


def test_killed_between_two_epochs_and_within_one(folder, straight):
    # the first step of epoch 3, then its third
    for step, options in ((9, ()), (3, ('--resume',))):
        code, log = train(folder, 'killed', *options, kill=step)
        assert code == -signal.SIGKILL, log[-4000:]
        assert (folder / 'killed/epoch_2.pth').exists()
        assert not (folder / 'killed/epoch_3.pth').exists()
    halfway = state(folder, 'killed', 2)
    code, log = train(folder, 'killed', '--resume')
    assert code == 0, log[-4000:]
    assert 'resumed epoch: 2,' in log
    assert 'WARNING' not in log.split('resumed epoch')[1], log[-4000:]
    resumed = state(folder, 'killed', 3)
    assert list(resumed) == list(straight)
    for name, value in straight.items():
        assert torch.equal(resumed[name], value), name
    # and there was something to keep: revised rows, which moved in epoch 3
    table = straight[TABLE]
    assert table.shape == (16, 7) and straight[WRITTEN].all()
    torch.testing.assert_close(table.sum(1), torch.ones(16))
    assert (table > 0).sum(1).max() == 2 and (table.amax(1) == 1).sum() not in (0, 16)
    assert not torch.equal(table, halfway[TABLE])


def test_two_processes_equal_one(folder):
    for work_dir, processes in (('one', 1), ('two', 2)):
        code, log = train(
            folder, work_dir, '--cfg-options', *PLAIN, processes=processes, DOUBLE='1'
        )
        assert code == 0, log[-4000:]
        assert f'{processes} process' in log and '= batch 4,' in log
    one, two = (state(folder, work_dir, 2) for work_dir in ('one', 'two'))
    first = state(folder, 'one', 1)
    assert list(one) == list(two)
    for name, value in one.items():
        assert value.dtype == two[name].dtype
        if name in (TABLE, WRITTEN):
            assert torch.equal(two[name], value), name
        else:
            assert value.dtype == torch.float64
            torch.testing.assert_close(two[name], value, atol=1e-10, rtol=0, msg=name)
    # the comparison sees an epoch's steps
    moved = one['head.fc.weight'] - first['head.fc.weight']
    assert moved.abs().max() > 1e-3
    assert two[WRITTEN].all() and two[TABLE].dtype == torch.float32
    assert 0 < (two[TABLE].amax(1) == 1).sum() < 16


def test_tested_without_the_training_data(folder, straight, monkeypatch, caplog):
    path = folder / 'straight/epoch_3.pth'
    faces = sorted((folder / 'faces/Image/aligned').glob('test_*'))
    weights = folder / 'weights.pth'  # as one would publish them
    torch.save({k: v for k, v in straight.items() if 'confidence' not in k}, weights)
    # not syspath_prepend, which takes the stand-in of pkg_resources for the real one
    monkeypatch.setattr(sys, 'path', [str(folder), *sys.path])
    cfg = Config.fromfile(folder / 'tiny_pll.py')
    cfg.train_dataloader.dataset.data_root = '/nowhere'
    scores = []
    for checkpoint in (path, weights):
        model = get_model(cfg, pretrained=str(checkpoint), device='cpu')
        scores.append(
            [
                face['scores']
                for face in FERInferencer(model, classes='abcdefg')([str(face) for face in faces])
            ]
        )
        rows = model.head.confidence.table.num_samples
        assert rows == (16 if checkpoint == path else 0)
    assert not [r for r in caplog.records if 'do not match' in r.getMessage()]
    np.testing.assert_array_equal(*scores)
    assert np.std(scores[0], axis=0).max() > 0

    runner = build(
        folder,
        monkeypatch,
        'test',
        load_from=str(path),
        **{'train_dataloader.dataset.data_root': '/nowhere'},
    )
    top1 = runner.test()['accuracy/top1']
    labels = [runner.test_dataloader.dataset[i]['data_samples'].gt_label.item() for i in range(8)]
    assert top1 == pytest.approx(100 * np.mean(np.argmax(scores[0], axis=1) == np.array(labels)))


class FirstTable(Hook):
    """Keeps what the model remembers before its first step."""

    def before_train_epoch(self, runner):
        if not hasattr(self, 'written'):
            found = runner.model.state_dict()
            self.written, self.table = found[WRITTEN].clone(), found[TABLE].clone()


def test_weights_taken_over_start_with_an_empty_table(folder, straight, monkeypatch):
    runner = build(
        folder,
        monkeypatch,
        'over',
        load_from=str(folder / 'straight/epoch_3.pth'),
        **{'train_cfg.max_epochs': 1},
    )
    first = FirstTable()
    runner.register_hook(first)
    runner.train()
    assert first.table.shape == (16, 7)
    assert not first.written.any() and not first.table.any()
    assert runner.model.state_dict()[WRITTEN].all()


def test_other_images(folder, straight, monkeypatch):
    options = {
        'load_from': str(folder / 'straight/epoch_3.pth'),
        'train_cfg.max_epochs': 4,
        'train_dataloader.dataset.indices': 12,
    }
    runner = build(folder, monkeypatch, 'fewer', **options)  # weights alone
    runner.train()
    assert runner.model.state_dict()[TABLE].shape == (12, 7)
    runner = build(folder, monkeypatch, 'resumed', resume=True, **options)
    with pytest.raises(
        ValueError,
        match=r'remembers 16 training images '
        r'\(head.confidence.table\), but the training set has 12.*load_from',
    ):
        runner.train()


def test_resumed_from_a_run_without_a_table(folder, monkeypatch):
    options = {'train_dataloader.dataset.indices': 4}
    runner = build(
        folder,
        monkeypatch,
        'none',
        **options,
        **{'train_cfg.max_epochs': 1, 'model.head.confidence': dict(_delete_=True, fn=None)},
    )
    runner.train()
    assert TABLE not in runner.model.state_dict()
    runner = build(
        folder,
        monkeypatch,
        'then',
        **options,
        **{
            'train_cfg.max_epochs': 2,
            'resume': True,
            'load_from': str(folder / 'none/epoch_1.pth'),
        },
    )
    runner.train()
    assert runner.model.state_dict()[WRITTEN].all()
    log = next((folder / 'then').rglob('*.log')).read_text()
    assert 'the checkpoint has no head.confidence.table' in log


def test_mixed_images_are_refused(folder, monkeypatch):
    with pytest.raises(ValueError, match='LabelQueryHead does not learn from mixed images'):
        build(
            folder,
            monkeypatch,
            'mixed',
            **{
                'model.train_cfg': dict(augments=[dict(type='Mixup', alpha=0.8)]),
                'model.data_preprocessor.num_classes': 7,
            },
        )
