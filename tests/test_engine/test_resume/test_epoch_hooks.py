"""Random numbers by the epoch (tests/test_models/test_batch_norm.py: statistics of processes)."""

import random

import numpy as np
import pytest
import torch
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmpretrain.registry import HOOKS

from mmfer.engine import SyncStatisticsHook, rng_worker_init


@HOOKS.register_module()
class InputsHook(Hook):
    """Keeps what the model is given, by epoch."""

    def __init__(self):
        self.inputs = {}

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        batches = self.inputs.setdefault(runner.epoch, [])
        batches.append(data_batch['inputs'].clone())


def inputs_of(runner):
    hook = next(h for h in runner.hooks if isinstance(h, InputsHook))
    return {epoch: torch.cat(parts) for epoch, parts in hook.inputs.items()}


class TestEpochSeedHook:
    def train(self, tiny_config, work_dir, max_epochs=4, **options):
        cfg = tiny_config(
            work_dir,
            **{
                'train_cfg.max_epochs': max_epochs,
                'train_dataloader.num_workers': 1,
                'default_hooks.checkpoint.max_keep_ckpts': -1,
                **options,
            },
        )
        cfg.custom_hooks.append(dict(type='InputsHook'))
        runner = Runner.from_cfg(cfg)
        runner.train()
        return runner

    def test_resumed_equals_straight(self, tiny_config, tmp_path):
        straight = self.train(tiny_config, tmp_path / 'straight')
        resumed = self.train(
            tiny_config,
            tmp_path / 'resumed',
            resume=True,
            load_from=str(tmp_path / 'straight' / 'epoch_2.pth'),
        )
        inputs = inputs_of(straight)
        assert sorted(inputs_of(resumed)) == [2, 3]
        for epoch in (2, 3):
            assert torch.equal(inputs_of(resumed)[epoch], inputs[epoch])
        weights = straight.model.state_dict()
        for name, value in resumed.model.state_dict().items():
            assert torch.equal(value, weights[name]), name

    @pytest.mark.parametrize('workers', [0, 1])
    def test_each_epoch_draws_anew(self, tiny_config, tmp_path, workers):
        runner = self.train(
            tiny_config,
            tmp_path,
            max_epochs=2,
            **{'train_dataloader.num_workers': workers, 'train_dataloader.sampler.shuffle': False},
        )
        inputs = inputs_of(runner)
        assert not torch.equal(inputs[0], inputs[1])

    def test_the_host_repeats_itself(self, tiny_config, tmp_path):
        """Why ``rng_worker_init`` is needed."""
        cfg = tiny_config(
            tmp_path,
            **{'train_dataloader.num_workers': 1, 'train_dataloader.sampler.shuffle': False},
        )
        del cfg.train_dataloader['worker_init_fn']
        cfg.custom_hooks = [dict(type='InputsHook')]
        runner = Runner.from_cfg(cfg)
        runner.train()
        inputs = inputs_of(runner)
        assert torch.equal(inputs[0], inputs[1])

    def test_ranks_draw_differently(self, tiny_config, tmp_path):
        runner = Runner.from_cfg(tiny_config(tmp_path))
        runner.train_loop  # builds it: the hook asks for the epoch
        draws = []
        for rank in (0, 1, 0):
            runner._rank = rank
            runner.call_hook('before_train_epoch')
            draws.append(torch.rand(4))
        assert not torch.equal(draws[0], draws[1])
        assert torch.equal(draws[0], draws[2])


def test_a_worker_draws_from_torch_s_seed():
    before = torch.random.get_rng_state()
    draws = []
    for seed, worker in ((2**40 + 3, 0), (4, 0), (2**40 + 3, 1)):
        torch.manual_seed(seed)  # the data loader's, another for each worker
        rng_worker_init(worker)
        draws.append((np.random.rand(), random.random()))
    torch.random.set_rng_state(before)
    assert draws[0] == draws[2]
    assert draws[0][0] != draws[1][0] and draws[0][1] != draws[1][1]
    assert draws[1] == (np.random.RandomState(4).rand(), random.Random(4).random())


def test_statistics_of_one_process_stay(toy, tmp_path):
    runner = toy(tmp_path, hooks=[SyncStatisticsHook()])
    runner.model.norm = torch.nn.BatchNorm1d(2)
    runner.model.norm.running_mean.fill_(3.0)
    runner.train()
    assert runner.model.norm.running_mean.tolist() == [3.0, 3.0]
