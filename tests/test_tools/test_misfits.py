"""No tool gives numbers or pictures from a checkpoint that does not fit its config."""

import itertools
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from mmpretrain import get_model
from nursery import TOOLS, Nursery, environment

from mmfer.datasets import RAFDB
from mmfer.synthetic import write_rafdb

ROOT = Path(__file__).parents[2]
NUMBERS = itertools.count()
CONFIG = """
_base_ = {base!r}
image_size = 32
train_dataloader = dict(num_workers=0, batch_size=4, dataset=dict(data_root='faces', noise=None))
val_dataloader = dict(num_workers=0, batch_size=7, dataset=dict(data_root='faces'))
test_dataloader = val_dataloader
total_batch_size = 4
model = dict(backbone=dict(
    depth={depth}, num_stages=1, out_indices=(0, ), strides=(1, ), dilations=(1, ), base_channels=8,
    stem_channels=8, init_cfg=None), head=dict(in_channels=8, num_classes={classes}))
train_cfg = dict(max_epochs=1)
"""
FACE = 'faces/Image/aligned/test_0001_aligned.jpg'
TSNE = ('--perplexity', 2, '--n-iter', 250, '--device', 'cpu', '--work-dir', 'tsne')
# each with the checkpoint's place
COMMANDS = dict(
    test=('test.py', 'tiny.py', '{}', '--work-dir', 'out'),
    dist_test=('dist_test.sh', 'tiny.py', '{}', 2, '--work-dir', 'out'),
    confusion=('host.py', 'confusion_matrix', 'tiny.py', '{}', '--out', 'cm.pkl'),
    vis_cam=('host.py', 'vis_cam', FACE, 'tiny.py', '{}', '--save-path', 'cam.png'),
    vis_tsne=('host.py', 'vis_tsne', 'tiny.py', '--checkpoint', '{}', *TSNE),
    vis_views=('analysis_tools/vis_views.py', 'tiny.py', '{}', '--num', 1, '--out', 'views.png'),
    resume=('train.py', 'tiny.py', '--resume', '{}', '--work-dir', 'out'),
)
TOLD = dict(
    classes='its classifier has 8 classes, the model 7; 2 of 32 tensors have another shape: ',
    deeper='it has blocks that the model lacks, 10: backbone.layer1.2 (10)',
)


@pytest.fixture(scope='module')
def folder(tmp_path_factory) -> Path:
    """A config, and checkpoints of 8 classes and of a ResNet-34."""
    folder = tmp_path_factory.mktemp('misfits')
    write_rafdb(folder / 'faces', train=4, test=7, size=32)
    base = str(ROOT / 'configs/clex/clex_r18_rafdb.py')
    for name, depth, classes in (
        *(('classes', 18, 8), ('deeper', 34, 7), ('fits', 18, 7)),
        ('tiny', 18, 7),
    ):
        config = folder / f'{name}.py'
        config.write_text(CONFIG.format(base=base, depth=depth, classes=classes))
        meta = dict(epoch=1, iter=1)
        if classes == 7:
            meta['dataset_meta'] = RAFDB.METAINFO
        content = dict(state_dict=get_model(str(config)).state_dict(), meta=meta)
        torch.save(content, folder / f'{name}.pth')
    return folder


@pytest.fixture(scope='module')
def nursery(folder):
    made = Nursery(folder)
    yield made
    made.close()


@pytest.fixture
def run(folder, nursery):
    """Returns a function: a tool and its arguments -> exit code, what it printed."""

    def run(tool, *arguments):
        if tool.endswith('.py'):
            return nursery.run(f'log_{next(NUMBERS)}', tool, *arguments)
        with socket.socket() as free:
            free.bind(('127.0.0.1', 0))
            port = str(free.getsockname()[1])
        done = subprocess.run(
            [*map(str, (TOOLS / tool, *arguments))],
            cwd=folder,
            env=dict(environment(), PYTHON=sys.executable, PORT=port),
            text=True,
            timeout=600,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        return done.returncode, done.stdout

    return run


@pytest.mark.parametrize('name', COMMANDS)
def test_what_does_not_fit_ends_in_an_error(name, folder, run):
    misfit = 'deeper' if name in ('test', 'vis_cam') else 'classes'
    command = [part.format(f'{misfit}.pth') if part == '{}' else part for part in COMMANDS[name]]
    code, printed = run(*command)
    told = f'ValueError: {misfit}.pth does not fit the model: {TOLD[misfit]}'
    assert code != 0 and told in printed, printed[-4000:]
    assert 'accuracy/top1: ' not in printed
    assert not [path for path in folder.iterdir() if path.suffix in ('.pkl', '.png')]


def test_what_fits_is_tested(run):
    code, printed = run('test.py', 'tiny.py', 'fits.pth', '--work-dir', 'out')
    assert code == 0 and 'accuracy/top1: ' in printed, printed[-4000:]
    assert 'fits.pth: ' not in printed


def test_fine_tuning_takes_another_head(run):
    options = ('--work-dir', 'tuned', '--cfg-options', 'load_from=classes.pth')
    code, printed = run('train.py', 'tiny.py', *options)
    assert code == 0, printed[-4000:]
    assert printed.count(f'classes.pth: not loaded: {TOLD["classes"]}') == 1
