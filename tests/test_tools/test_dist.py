"""The launch scripts end to end: two processes on a CPU."""
import json
import os
import runpy
import socket
import subprocess
import sys
from pathlib import Path

import pytest

TOOLS = Path(__file__).parents[2] / 'tools'


def run(*command) -> str:
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        port = free.getsockname()[1]
    environment = dict(os.environ, PYTHON=sys.executable, PORT=str(port),
                       CUDA_VISIBLE_DEVICES='')
    result = subprocess.run([str(c) for c in command], env=environment, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert result.returncode == 0, result.stdout[-4000:]
    return result.stdout


def test_train_resume_test(tiny_config_file, tmp_path, monkeypatch, capsys):
    config = tiny_config_file
    work_dir = tmp_path / 'run'
    options = ['--work-dir', work_dir, '--cfg-options', 'total_batch_size=4']
    log = run(TOOLS / 'dist_train.sh', config, 2, *options, 'train_cfg.max_epochs=1')
    assert '2 processes x 2 images = batch 4, lr 0.01 as in the config' in log

    (work_dir / 'last_checkpoint').unlink()
    log = run(TOOLS / 'dist_train.sh', config, 2, '--resume', *options)
    assert 'resumed epoch: 1' in log
    saved = json.loads((work_dir / 'accuracy.json').read_text())
    by_epoch = saved['accuracy/top1']['by_epoch']
    assert list(by_epoch) == ['1', '2']

    checkpoint = work_dir / 'epoch_2.pth'
    outputs = [tmp_path / 'two.json', tmp_path / 'one.json']
    common = ['--work-dir', tmp_path / 'test']
    run(TOOLS / 'dist_test.sh', config, checkpoint, 2, '--out', outputs[0], *common)
    command = [TOOLS / 'test.py', config, checkpoint, '--out', outputs[1], *common]
    monkeypatch.setattr(sys, 'argv', [str(c) for c in command])
    runpy.run_path(str(TOOLS / 'test.py'), run_name='__main__')
    two, one = (json.loads(path.read_text()) for path in outputs)
    assert two == pytest.approx(one)
    assert set(one) == {'accuracy/top1', 'accuracy/mean_class'}
    assert f'accuracy/top1: {one["accuracy/top1"]}' in capsys.readouterr().out
