"""The picture of what a masked-HOG model predicts."""

import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import cv2
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmpretrain.registry import MODELS

from mmfer.synthetic import write_rafdb

ROOT = Path(__file__).parents[2]
TOOL = ROOT / 'tools/analysis_tools/vis_maskfeat.py'
CONFIG = """
_base_ = {base!r}
image_size = 32
train_dataloader = dict(dataset=dict(
    datasets=[dict(type='RAFDB', data_root={data!r}, split='train')]))
model = dict(backbone=dict(
    arch=dict(embed_dims=24, num_layers=1, num_heads=3, feedforward_channels=48)))
"""


@pytest.fixture(scope='module', params=['maskfeat-mae_vit-t', 'maskfeat_vit-t'])
def run(request, tmp_path_factory):
    """Folder with a config, its checkpoint and faces."""
    folder = tmp_path_factory.mktemp('run')
    write_rafdb(folder / 'faces', train=5, test=6, size=32)
    path = folder / 'tiny.py'
    base = ROOT / f'configs/pretrain/{request.param}_fer_600e.py'
    path.write_text(CONFIG.format(base=str(base), data=str(folder / 'faces')))
    cfg = Config.fromfile(path)
    init_default_scope('mmpretrain')
    torch.save(dict(state_dict=MODELS.build(cfg.model).state_dict()), folder / 'epoch_1.pth')
    return folder


@pytest.fixture
def start(run, monkeypatch, capsys):
    """The tool, in this process: its exit code, what it printed and told."""

    def start(*args, checkpoint='epoch_1.pth', config=None):
        words = [TOOL, config or run / 'tiny.py', run / checkpoint, '--out', run / 'hog.png']
        monkeypatch.setattr(sys, 'argv', [str(word) for word in (*words, *args)])
        try:
            code = runpy.run_path(str(TOOL), run_name='__main__') and 0
        except SystemExit as end:
            code = end.code
        printed = capsys.readouterr()
        told = code if isinstance(code, str) else printed.err  # Python prints such a code
        return code, printed.out, told

    return start


def test_training_images(run, start):
    code, printed, told = start('--num', '3')
    assert code == 0, told
    assert printed.strip().endswith('hog.png')
    image = cv2.imread(str(run / 'hog.png'))
    assert image.std() > 20 and image.shape[0] > 600


def test_images_of_ones_own(run, start):
    faces = sorted((run / 'faces').rglob('test_*.jpg'))
    code, _, told = start('--images', *faces, '--mask-ratio', '.75', '--masking', 'blocks')
    assert code == 0, told
    image = cv2.imread(str(run / 'hog.png'))
    assert image.std() > 20 and image.shape[0] > 6 * 300  # all of them
    code, _, told = start('--images', run / 'no.png')
    assert code == 2 and 'no.png: no such file' in told


def test_what_cannot_be_drawn(run, start):
    """No picture of random weights; each ends with one line."""
    state = torch.load(run / 'epoch_1.pth', weights_only=True)['state_dict']
    first = next(key for key in state if key.startswith('neck.'))
    state.pop(first)
    torch.save(dict(state_dict=state), run / 'part.pth')
    (run / 'hog.png').unlink(missing_ok=True)
    for named, arguments in (
        (f'part.pth does not fit the model: missing .* 1: {first}', dict(checkpoint='part.pth')),
        ('a MultiViewClassifier predicts no HOG', dict(config=ROOT / 'configs/ce/ce_r18_rafdb.py')),
    ):
        code, _, told = start(**arguments)
        assert code == told and re.search(named, told) and '\n' not in told.strip(), named
    # as a command
    result = subprocess.run(
        [
            sys.executable,
            TOOL,
            run / 'tiny.py',
            run / 'epoch_1.pth',
            '--out',
            run / 'hog.png',
            '--mask-ratio',
            '0',
        ],
        env=dict(os.environ, PYTHONPATH=str(ROOT), CUDA_VISIBLE_DEVICES=''),
        text=True,
        capture_output=True,
    )
    assert result.returncode == 1 and 'Traceback' not in result.stderr
    assert 'mask_ratio=0.0 masks 0 of 4 patches' in result.stderr.splitlines()[-1]
    assert not (run / 'hog.png').exists()
