"""What launchers tell; how processes end is seen in tests/test_models/test_two_processes.py."""

import os

import pytest

from mmfer.engine import processes
from mmfer.engine.processes import (
    first_host,
    launcher_on_this_device,
    leave_processes,
    world_size_of,
)


def test_world_size(monkeypatch):
    assert world_size_of('none') == 1
    monkeypatch.setenv('SLURM_NTASKS', '8')
    assert world_size_of('slurm') == 8
    monkeypatch.delenv('WORLD_SIZE', raising=False)
    with pytest.raises(RuntimeError, match='WORLD_SIZE'):
        world_size_of('pytorch')


class TestLauncher:
    @pytest.fixture(autouse=True)
    def task(self, monkeypatch):
        monkeypatch.setattr(processes, 'get_device', lambda: 'cpu')
        for name in ('RANK', 'WORLD_SIZE', 'LOCAL_RANK', 'MASTER_ADDR', 'MASTER_PORT'):
            # registers it with monkeypatch, which restores it afterwards
            monkeypatch.setenv(name, '')
            monkeypatch.delenv(name)
        for name, value in dict(PROCID='5', NTASKS='8', LOCALID='1', NODELIST='me').items():
            monkeypatch.setenv(f'SLURM_{name}', value)

    def test_names_of_pytorch(self):
        assert launcher_on_this_device('slurm') == 'pytorch'
        assert [
            os.environ[name]
            for name in ('RANK', 'WORLD_SIZE', 'LOCAL_RANK', 'MASTER_ADDR', 'MASTER_PORT')
        ] == ['5', '8', '1', 'me', '29500']

    def test_what_is_set_stays(self, monkeypatch):
        monkeypatch.setenv('MASTER_ADDR', 'there')
        monkeypatch.setenv('MASTER_PORT', '7')
        launcher_on_this_device('slurm')
        assert os.environ['MASTER_ADDR'] == 'there' and os.environ['MASTER_PORT'] == '7'

    def test_others_and_gpus_are_left_alone(self, monkeypatch):
        for launcher in ('none', 'pytorch', 'mpi'):
            assert launcher_on_this_device(launcher) == launcher
        monkeypatch.setattr(processes, 'get_device', lambda: 'cuda')
        assert launcher_on_this_device('slurm') == 'slurm'
        assert 'RANK' not in os.environ

    def test_outside_srun(self, monkeypatch):
        monkeypatch.delenv('SLURM_LOCALID')
        with pytest.raises(RuntimeError, match=r"\['SLURM_LOCALID'\], but they are not set"):
            launcher_on_this_device('slurm')

    def test_hosts_need_scontrol(self, monkeypatch, tmp_path):
        monkeypatch.setenv('PATH', str(tmp_path))
        assert first_host('node7') == 'node7'
        for nodes in ('a,b', 'a[1-2]'):
            with pytest.raises(RuntimeError, match='Set MASTER_ADDR to the first'):
                first_host(nodes)


def test_one_process_goes_on():
    assert leave_processes() is None
