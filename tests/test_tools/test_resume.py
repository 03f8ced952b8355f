"""tools/train.py killed with -9, resumed, and compared with a run that was not."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from same_states import assert_equal

from mmfer.synthetic import write_rafdb

ROOT = Path(__file__).parents[2]
TOOLS = ROOT / 'tools'
CONFIG = """
_base_ = {base!r}
custom_imports = dict(imports=[
    'mmfer.datasets', 'mmfer.models', 'mmfer.engine', 'mmfer.evaluation', {faults!r}])
image_size = 32
train_dataloader = dict(num_workers=2, batch_size=4, dataset=dict(
    data_root={data!r}))
val_dataloader = dict(num_workers=0, batch_size=8, dataset=dict(
    data_root={data!r}))
test_dataloader = val_dataloader
total_batch_size = 4
model = dict(backbone=dict(
    num_stages=1, out_indices=(0, ), strides=(1, ), dilations=(1, ), base_channels=8,
    stem_channels=8, init_cfg=None), head=dict(in_channels=8))
optim_wrapper = dict(optimizer=dict(lr=.01))
train_cfg = dict(max_epochs=4)
"""
FAULTS = '''
"""What goes wrong, by the environment variable FAULT."""
import os
import signal

from mmengine.dist import get_rank
from mmfer.models import CLEXHead

FAULT = os.environ.get('FAULT', '')
fsync, view_loss, steps = os.fsync, CLEXHead.view_loss, []


def kill_while_writing(descriptor):
    """Half a second checkpoint is on the disk when the process dies."""
    if 'epoch_2.pth' in os.readlink(f'/proc/self/fd/{descriptor}'):
        os.truncate(descriptor, os.fstat(descriptor).st_size // 2)
        os.kill(os.getpid(), signal.SIGKILL)
    fsync(descriptor)


def at_step(self, *args, **kwargs):
    """Die, or give a NaN, in the n-th step of this process."""
    steps.append(0)
    losses = view_loss(self, *args, **kwargs)
    kind, step = FAULT.split()
    if len(steps) == int(step):
        if kind == 'kill':
            os.kill(os.getpid(), signal.SIGKILL)
        elif get_rank() == int(os.environ.get('WORLD_SIZE', 1)) - 1:
            name = sorted(losses)[0]
            losses[name] = losses[name] * float('nan')
    return losses


if FAULT == 'write':
    os.fsync = kill_while_writing
elif FAULT:
    CLEXHead.view_loss = at_step
'''


@pytest.fixture
def clex_config(tmp_path) -> Path:
    """CLEX on 16 faces, so 4 steps an epoch, tested on 8."""
    write_rafdb(tmp_path / 'faces', train=16, test=8, size=32)
    (tmp_path / 'faults_of_this_test.py').write_text(FAULTS)
    path = tmp_path / 'tiny_clex.py'
    path.write_text(
        CONFIG.format(
            base=str(ROOT / 'configs/clex/clex_r18_rafdb_noise30.py'),
            data=str(tmp_path / 'faces'),
            faults='faults_of_this_test',
        )
    )
    return path


def start(*command, fault='') -> tuple[int, str]:
    """Exit code and all that a command prints."""
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        port = free.getsockname()[1]
    command = [str(c) for c in command]
    folder = next(str(Path(c).parent) for c in command if c.endswith('tiny_clex.py'))
    environment = dict(
        os.environ,
        PYTHON=sys.executable,
        PORT=str(port),
        FAULT=fault,
        CUDA_VISIBLE_DEVICES='',
        PYTHONPATH=os.pathsep.join([folder, str(ROOT)]),
    )
    result = subprocess.run(
        command,
        env=environment,
        text=True,
        timeout=600,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    return result.returncode, result.stdout


def load(path: Path) -> dict:
    return torch.load(path, weights_only=True)


def curves(checkpoint: dict) -> dict:
    """What the message hub knows, but for times."""
    return {
        name: [*map(list, buffer.data)]
        for name, buffer in checkpoint['message_hub']['log_scalars'].items()
        if 'time' not in name and 'memory' not in name
    }


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.is_file())


def test_killed_twice_equals_straight(clex_config, tmp_path):
    straight, killed = tmp_path / 'straight', tmp_path / 'killed'
    command = [sys.executable, TOOLS / 'train.py', clex_config, '--work-dir']
    code, log = start(*command, straight)
    assert code == 0, log[-4000:]

    code, log = start(*command, killed, fault='write')
    assert code == -signal.SIGKILL, log[-4000:]
    left = [name for name in files(killed) if name.endswith('.mmfer-tmp')]
    assert len(left) == 1 and left[0].startswith('epoch_2.pth.')
    assert not (killed / 'epoch_2.pth').exists()
    assert Path((killed / 'last_checkpoint').read_text()).name == 'epoch_1.pth'

    # 4 steps to the end of epoch 2, so the second step of epoch 3
    code, log = start(*command, killed, '--resume', fault='kill 6')
    assert code == -signal.SIGKILL, log[-4000:]
    assert 'resumed epoch: 1,' in log and f'{left[0]}, left by a killed run' in log
    assert left[0] not in files(killed) and 'epoch_2.pth' in files(killed)
    assert 'epoch_3.pth' not in files(killed)

    code, log = start(*command, killed, '--resume')
    assert code == 0, log[-4000:]
    assert 'resumed epoch: 2,' in log
    for word in ('WARNING', 'differ from one not interrupted', 'another schedule'):
        assert word not in log.split('resumed epoch')[1], log[-4000:]

    assert files(killed) == files(straight)
    one, other = (load(folder / 'epoch_4.pth') for folder in (straight, killed))
    assert list(one) == list(other)
    for part in ('state_dict', 'optimizer', 'param_schedulers'):
        assert_equal(one[part], other[part], part)
    assert_equal(curves(one), curves(other))
    assert 'val/accuracy/top1' in curves(one) and 'train/loss' in curves(one)
    for name in ('best_score', 'keep_ckpt_ids', 'epoch', 'iter'):
        assert (
            one['message_hub']['runtime_info'][name] == other['message_hub']['runtime_info'][name]
        ), name
    one, other = (
        json.loads((folder / 'accuracy.json').read_text()) for folder in (straight, killed)
    )
    assert one == other and sorted(one['accuracy/top1']['by_epoch']) == list('1234')


@pytest.mark.parametrize('processes', [1, 2])
def test_nan_stops_before_saving(clex_config, tmp_path, processes):
    """In the third step of epoch 2; of two processes only in the second."""
    work_dir = tmp_path / 'run'
    command = (
        [sys.executable, TOOLS / 'train.py', clex_config]
        if processes == 1
        else [TOOLS / 'dist_train.sh', clex_config, processes]
    )
    code, log = start(
        *command,
        '--work-dir',
        work_dir,
        '--cfg-options',
        'default_hooks.checkpoint.save_best=None',
        fault='nan 7',
    )
    assert code not in (0, None), log[-4000:]
    assert [p.name for p in sorted(work_dir.glob('*.pth'))] == ['epoch_1.pth']
    weights = load(work_dir / 'epoch_1.pth')['state_dict']
    assert all(torch.isfinite(w).all() for w in weights.values())
    message = log[log.index('FloatingPointError') :]
    assert 'in epoch 2, iteration 7 of the run, lr 0.009;' in message
    assert 'loss = nan' in message and 'loss_ac = nan' in message
    assert f'{4 // processes} samples (sample_idx and image in' in message
    assert message.count('_aligned.jpg') >= 4 // processes
    assert ('process 1: ' in message) == (processes == 2)
    assert 'process 0: ' not in message
    # every process stops by itself, not because another one did
    assert (
        log.count('\nFloatingPointError') == processes
        or log.count(': FloatingPointError') == processes
    ), log[-4000:]
