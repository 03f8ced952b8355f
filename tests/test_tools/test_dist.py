"""The launch scripts end to end: CLEX in two processes on a CPU."""

import json
import os
import re
import runpy
import socket
import subprocess
import sys
from pathlib import Path

import mmengine
import pytest
import torch
from mmengine.config import Config

from mmfer.synthetic import write_rafdb

ROOT = Path(__file__).parents[2]
TOOLS = ROOT / 'tools'
CONFIG = """
_base_ = {base!r}
image_size = 32
train_dataloader = dict(num_workers=1, batch_size=4, dataset=dict(
    data_root={data!r}, on_error='skip'))
val_dataloader = dict(num_workers=0, batch_size=4, dataset=dict(
    data_root={data!r}))
test_dataloader = val_dataloader
total_batch_size = 4
model = dict(backbone=dict(
    num_stages=1, out_indices=(0, ), strides=(1, ), dilations=(1, ), base_channels=8,
    stem_channels=8, init_cfg=None), head=dict(in_channels=8))
optim_wrapper = dict(optimizer=dict(lr=.01))
train_cfg = dict(max_epochs=2)
"""


@pytest.fixture
def clex_config(tmp_path) -> Path:
    """CLEX on 16 faces, tested on 7: a number that two do not divide. Three cannot be read."""
    write_rafdb(tmp_path / 'faces', train=16, test=7, size=32)
    for i in (3, 4, 9):
        (tmp_path / f'faces/Image/aligned/train_{i:05d}_aligned.jpg').write_bytes(b'?')
    path = tmp_path / 'tiny_clex.py'
    path.write_text(
        CONFIG.format(
            base=str(ROOT / 'configs/clex/clex_r18_rafdb_noise30.py'), data=str(tmp_path / 'faces')
        )
    )
    return path


def run(*command) -> str:
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        port = free.getsockname()[1]
    environment = dict(os.environ, PYTHON=sys.executable, PORT=str(port), CUDA_VISIBLE_DEVICES='')
    result = subprocess.run(
        [str(c) for c in command],
        env=environment,
        text=True,
        timeout=600,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert result.returncode == 0, result.stdout[-4000:]
    return result.stdout


def metrics_in(text: str) -> dict:
    """What tools/test.py prints at its end."""
    found = re.findall(r'^(accuracy/\w+): ([\d.]+)$', text, re.MULTILINE)
    return {name: float(value) for name, value in found}


def test_train_resume_test(clex_config, tmp_path, monkeypatch, capsys):
    config = clex_config
    work_dir = tmp_path / 'run'
    options = ['--work-dir', work_dir, '--auto-scale-lr']
    log = run(
        TOOLS / 'dist_train.sh', config, 2, *options, '--cfg-options', 'train_cfg.max_epochs=1'
    )
    assert '2 processes x 2 images = batch 4, lr 0.01 x 4/32 = 0.00125 (auto_scale_lr)' in log
    # by one process
    compared = 'none of the 16 training images (RAF-DB train) is in the validation set'
    assert log.count(compared) == 1
    # whichever process met them
    assert '3 training images could not be read so far' in log
    # What the log says is what the optimizer had.
    saved = torch.load(work_dir / 'epoch_1.pth', weights_only=True)
    (group,) = saved['optimizer']['param_groups']
    assert group['initial_lr'] == pytest.approx(0.01 * 4 / 32)
    used = set(re.findall(r'Epoch\(train\) .* lr: (\S+)', log))
    assert used == {'1.2500e-03'}

    (work_dir / 'last_checkpoint').unlink()
    log = run(TOOLS / 'dist_train.sh', config, 2, '--resume', *options)
    assert 'resumed epoch: 1' in log
    saved = json.loads((work_dir / 'accuracy.json').read_text())
    by_epoch = saved['accuracy/top1']['by_epoch']
    assert list(by_epoch) == ['1', '2']

    # Batches of 3: one process tests 3 + 3 + 1 images, each of two 3 + 1, of which the last of all
    # is padding.
    checkpoint = work_dir / 'epoch_2.pth'
    outputs = [tmp_path / 'two.pkl', tmp_path / 'one.pkl']
    common = ['--work-dir', tmp_path / 'test', '--cfg-options', 'test_dataloader.batch_size=3']
    log = run(TOOLS / 'dist_test.sh', config, checkpoint, 2, '--out', outputs[0], *common)
    command = [TOOLS / 'test.py', config, checkpoint, '--out', outputs[1], *common]
    for precision in ([], ['--amp']):
        monkeypatch.setattr(sys, 'argv', [str(c) for c in command + precision])
        tool = runpy.run_path(str(TOOLS / 'test.py'))
        cfg = Config.fromfile(config)
        tool['merge_args'](cfg, tool['parse_args']())
        assert cfg.test_cfg.get('fp16', False) == bool(precision)
    monkeypatch.setattr(sys, 'argv', [str(c) for c in command])
    runpy.run_path(str(TOOLS / 'test.py'), run_name='__main__')
    one = metrics_in(capsys.readouterr().out)
    assert set(one) == {'accuracy/top1', 'accuracy/mean_class'}
    assert metrics_in(log) == one
    # What was logged in training is what the saved network does: batch-norm statistics of the two
    # processes were joined before both.
    for metric, value in one.items():
        assert saved[metric]['last'] == pytest.approx(value)

    # Image by image, in the data set's order, without the padding.
    two, one = (mmengine.load(path) for path in outputs)
    assert [sample['sample_idx'] for sample in two] == list(range(7))
    assert [s['img_path'] for s in two] == [s['img_path'] for s in one]
    for pair in zip(two, one):
        assert pair[0]['pred_label'] == pair[1]['pred_label']
        torch.testing.assert_close(*(s['pred_score'] for s in pair))
