"""Workers that were left, and workers that a whole job's signal met."""

import multiprocessing
import os
import signal
import time
from pathlib import Path

import pytest
from torch.utils.data import DataLoader, Dataset

from mmfer.engine import rng_worker_init, workers
from mmfer.engine.workers import guard_workers

pytestmark = pytest.mark.skipif(os.name != 'posix', reason='the system ends them otherwise')


class Numbers(Dataset):
    """Each tells its process; from the third on, one takes long."""

    def __init__(self, folder: Path, long: bool = False):
        self.folder, self.long = folder, long

    def __len__(self):
        return 8

    def __getitem__(self, index):
        (self.folder / str(os.getpid())).touch()
        if self.long and index > 1:
            time.sleep(60)
        return index


def alive(process: int) -> bool:
    """Neither gone nor a zombie that nobody has asked for."""
    try:
        return Path(f'/proc/{process}/stat').read_text().rpartition(')')[2].split()[0] != 'Z'
    except FileNotFoundError:
        return False


@pytest.mark.skipif(not Path('/proc/self').exists(), reason='no /proc')
@pytest.mark.parametrize('init', [None, rng_worker_init])
def test_they_end_with_a_training_that_is_killed(tmp_path, init, monkeypatch):
    monkeypatch.setattr(workers, 'SECONDS', 0.1)
    training = os.fork()
    if training == 0:
        loader = DataLoader(Numbers(tmp_path, long=True), num_workers=2, worker_init_fn=init)
        if init is None:
            guard_workers(loader)
        list(loader)
        os._exit(0)
    while len(list(tmp_path.iterdir())) < 2:
        time.sleep(0.02)
    started = [int(path.name) for path in tmp_path.iterdir()]
    assert all(map(alive, started))
    os.kill(training, signal.SIGKILL)
    os.waitpid(training, 0)
    until = time.monotonic() + 10
    while any(map(alive, started)) and time.monotonic() < until:
        time.sleep(0.02)
    assert not any(map(alive, started))


def test_a_signal_to_all_ends_none_of_them(tmp_path):
    """As Ctrl-C and Slurm send it; the loader that ends its workers still can."""
    loader = DataLoader(Numbers(tmp_path), num_workers=2)
    guard_workers(loader)
    batches = iter(loader)  # whose processes are hardly up
    processes = multiprocessing.active_children()
    for process in processes:
        os.kill(process.pid, signal.SIGINT)
        if hasattr(signal, 'sigtimedwait'):
            sender = os.fork()  # another process than the parent
            if sender == 0:
                os.kill(process.pid, signal.SIGTERM)
                os._exit(0)
            os.waitpid(sender, 0)
    assert [batch.item() for batch in batches] == list(range(8))
    assert len(processes) == 2
    assert not signal.pthread_sigmask(signal.SIG_BLOCK, ()) & workers.HELD


@pytest.mark.skipif(not hasattr(signal, 'sigtimedwait'), reason='SIGTERM is as torch has it')
def test_its_parent_may_end_a_worker(tmp_path):
    loader = DataLoader(Numbers(tmp_path), num_workers=1, persistent_workers=True)
    guard_workers(loader)
    list(loader)
    (process,) = multiprocessing.active_children()
    process.terminate()
    process.join(10)
    assert process.exitcode == 0


def test_what_a_worker_began_with_is_kept(tmp_path):
    def init(worker_id):
        (tmp_path / f'worker_{worker_id}').touch()

    loader = DataLoader(Numbers(tmp_path), num_workers=2, worker_init_fn=init)
    guard_workers(loader)
    guard = loader.worker_init_fn
    guard_workers(loader)  # a second time
    assert loader.worker_init_fn is guard
    list(loader)
    assert len(list(tmp_path.glob('worker_*'))) == 2


def test_nothing_to_guard(tmp_path):
    guard_workers(None)
    loader = DataLoader(Numbers(tmp_path))
    guard_workers(loader)
    assert loader.worker_init_fn is None
    before = signal.getsignal(signal.SIGINT)
    rng_worker_init(0)  # in no worker
    assert signal.getsignal(signal.SIGINT) is before
