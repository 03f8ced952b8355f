"""tools/train.py by real processes: signals as terminals and launchers send them, and two of one
work dir."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from mmfer.engine.hooks.lock_hook import NAME
from mmfer.utils.lock import lock

ROOT = Path(__file__).parents[2]
TOOLS = ROOT / 'tools'
# In the step of this number, a file says that the run is there, and the step takes a while.
PAUSE = """
import os, time
from pathlib import Path
from mmengine.dist import get_rank
from mmengine.hooks import Hook
from mmpretrain.registry import HOOKS

@HOOKS.register_module()
class Pause(Hook):
    def before_train_iter(self, runner, batch_idx, data_batch=None):
        step, seconds = map(float, os.environ.get('PAUSE', '-1 0').split())
        if runner.iter + 1 == step:
            Path(f'{runner.work_dir}.there_{get_rank()}').write_text(str(os.getpid()))
            time.sleep(seconds)
"""


@pytest.fixture
def start(tiny_config_file, tmp_path):
    """Returns a function that starts a training of 2 epochs in 3 steps with workers, in a session
    of its own."""
    (tmp_path / 'pause_of_this_test.py').write_text(PAUSE)
    tiny_config_file.write_text(
        tiny_config_file.read_text()
        + 'custom_imports = dict(imports=[*_base_.custom_imports.imports, "pause_of_this_test"])\n'
        'custom_hooks = [*_base_.custom_hooks, dict(type="Pause")]\n'
        'train_dataloader.update(num_workers=2)\n'
        'total_batch_size = 4\n'
    )
    started = []

    def start(work_dir, *options, processes=1, pause=''):
        with socket.socket() as free:
            free.bind(('127.0.0.1', 0))
            port = free.getsockname()[1]
        script = [TOOLS / 'dist_train.sh', tiny_config_file, processes]
        command = (
            script if processes > 1 else [sys.executable, TOOLS / 'train.py', tiny_config_file]
        )
        environment = dict(
            os.environ,
            PYTHON=sys.executable,
            PORT=str(port),
            PAUSE=pause or '-1 0',
            CUDA_VISIBLE_DEVICES='',
            PYTHONPATH=os.pathsep.join([str(tmp_path), str(ROOT)]),
        )
        process = subprocess.Popen(
            [str(word) for word in (*command, '--work-dir', work_dir, *options)],
            env=environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.stdout.close()
        process.wait()


def there(work_dir, rank=0) -> int:
    """Waits for a run's pause; the number of its process."""
    path = Path(f'{work_dir}.there_{rank}')
    until = time.monotonic() + 120
    while not (path.is_file() and path.read_text()):
        assert time.monotonic() < until
        time.sleep(0.05)
    return int(path.read_text())


def children(process: int) -> list[int]:
    return list(map(int, Path(f'/proc/{process}/task/{process}/children').read_text().split()))


def test_ctrl_c(start, tmp_path):
    """It comes to the workers, too, which go on until the checkpoint is written."""
    run = start(tmp_path / 'run', pause='2 1')
    there(tmp_path / 'run')
    os.killpg(run.pid, signal.SIGINT)
    log, _ = run.communicate(timeout=60)
    assert run.returncode == -signal.SIGINT, log[-3000:]  # 130 to a shell
    assert 'stopped by SIGINT' in log and 'after 2 of 3 steps of epoch 1' in log
    assert 'Traceback' not in log, log[-3000:]
    meta = torch.load(tmp_path / 'run/iter_2.pth', weights_only=True)['meta']
    assert meta['stopped'] == dict(by='SIGINT', inside_epoch=True)


def test_slurm_ends_a_job_of_two_processes(start, tmp_path):
    """SIGTERM to the launcher and to all that it started; the launcher passes it on."""
    cut = start(tmp_path / 'cut', processes=2, pause='4 1')
    processes = [there(tmp_path / 'cut', rank) for rank in (0, 1)]
    for process in (*children(processes[0]), *processes, cut.pid):
        os.kill(process, signal.SIGTERM)
    log, _ = cut.communicate(timeout=60)
    assert 'stopped by SIGTERM' in log and 'after 1 of 3 steps of epoch 2' in log, log[-3000:]
    assert 'DataLoader worker' not in log and 'Gloo' not in log
    (left,) = (tmp_path / 'cut').glob('iter_*.pth')
    saved = torch.load(left, weights_only=True)
    assert left.name == 'iter_4.pth' and len(saved['inside_epoch']['processes']) == 2


@pytest.mark.skipif(not Path('/proc/self').exists(), reason='no /proc')
def test_a_second_training_and_the_end_of_the_first(start, tmp_path):
    first = start(tmp_path / 'run', pause='5 100')
    process = there(tmp_path / 'run')
    workers = children(process)
    assert workers
    before = sorted(path.name for path in (tmp_path / 'run').iterdir())
    second = start(tmp_path / 'run', '--resume')
    log, _ = second.communicate(timeout=60)
    assert second.returncode == 1
    assert f'process {process} on ' in log and 'trains in this work dir' in log
    assert sorted(path.name for path in (tmp_path / 'run').iterdir()) == before

    first.kill()
    until = time.monotonic() + 20
    while any(Path(f'/proc/{worker}').exists() for worker in workers):
        assert time.monotonic() < until
        time.sleep(0.1)
    assert lock(tmp_path / 'run' / NAME).why_not is None
