"""The picture of what a masked-HOG model predicts."""
import os
import re
import subprocess
import sys
from pathlib import Path

import cv2
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmpretrain.registry import MODELS

from mmfer.datasets.synthetic import write_rafdb

ROOT = Path(__file__).parents[2]
TOOL = ROOT / 'tools/analysis_tools/vis_maskfeat.py'
CONFIG = '''
_base_ = {base!r}
image_size = 32
train_dataloader = dict(dataset=dict(
    datasets=[dict(type='RAFDB', data_root={data!r}, split='train')]))
model = dict(backbone=dict(
    arch=dict(embed_dims=24, num_layers=1, num_heads=3, feedforward_channels=48)))
'''


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


def start(run, *args, checkpoint='epoch_1.pth', config=None):
    environment = dict(os.environ, PYTHONPATH=str(ROOT), CUDA_VISIBLE_DEVICES='')
    return subprocess.run(
        [sys.executable, TOOL, config or run / 'tiny.py', run / checkpoint, '--out',
         run / 'hog.png', *args], env=environment, text=True, capture_output=True)


def test_training_images(run):
    result = start(run, '--num', '3')
    assert result.returncode == 0, result.stderr[-3000:]
    assert result.stdout.strip().endswith('hog.png')
    image = cv2.imread(str(run / 'hog.png'))
    assert image.std() > 20 and image.shape[0] > 600


def test_images_of_ones_own(run):
    faces = sorted((run / 'faces').rglob('test_*.jpg'))
    result = start(run, '--images', *faces, '--mask-ratio', '.75', '--masking', 'blocks')
    assert result.returncode == 0, result.stderr[-3000:]
    image = cv2.imread(str(run / 'hog.png'))
    assert image.std() > 20 and image.shape[0] > 6 * 300  # all of them
    result = start(run, '--images', run / 'no.png')
    assert result.returncode == 2 and 'no.png: no such file' in result.stderr


def test_what_cannot_be_drawn(run):
    """No picture of random weights; each ends with one line."""
    state = torch.load(run / 'epoch_1.pth', weights_only=True)['state_dict']
    first = next(key for key in state if key.startswith('neck.'))
    state.pop(first)
    torch.save(dict(state_dict=state), run / 'part.pth')
    (run / 'hog.png').unlink(missing_ok=True)
    for named, result in (
            (f'part.pth does not fit the model: 1 .*{first}', start(run, checkpoint='part.pth')),
            ('mask_ratio=0.0 masks 0 of 4 patches', start(run, '--mask-ratio', '0')),
            ('a MultiViewClassifier predicts no HOG',
             start(run, config=ROOT / 'configs/ce/ce_r18_rafdb.py'))):
        assert result.returncode == 1 and re.search(named, result.stderr.splitlines()[-1]), named
        assert 'Traceback' not in result.stderr
    assert not (run / 'hog.png').exists()
