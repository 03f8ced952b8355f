"""Random numbers by the epoch (tests/test_models/test_batch_norm.py: statistics of processes)."""

import random

import numpy as np
import pytest
import torch
from mmengine.dataset import pseudo_collate
from mmengine.hooks import Hook
from mmengine.runner import Runner, loops
from mmpretrain.registry import HOOKS

from mmfer.engine import EpochSeedHook, SyncStatisticsHook, rng_worker_init


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
    def train(self, tiny_config, work_dir, train_cfg=4, workers=0, persistent=False, **options):
        if isinstance(train_cfg, int):
            train_cfg = dict(by_epoch=True, max_epochs=train_cfg)
        cfg = tiny_config(
            work_dir,
            **{
                'train_cfg': dict(train_cfg, _delete_=True),
                'train_dataloader.num_workers': workers,
                'train_dataloader.persistent_workers': persistent,
                'default_hooks.checkpoint.max_keep_ckpts': -1,
                **options,
            },
        )
        cfg.custom_hooks.append(dict(type='InputsHook'))
        runner = Runner.from_cfg(cfg)
        runner.train()
        return runner

    def assert_equal(self, runner, other):
        weights = runner.model.state_dict()
        for name, value in other.model.state_dict().items():
            assert torch.equal(value, weights[name]), name

    def test_resumed_equals_straight(self, tiny_config, tmp_path):
        straight = self.train(tiny_config, tmp_path / 'straight', workers=1)
        resumed = self.train(
            tiny_config,
            tmp_path / 'resumed',
            workers=1,
            persistent=True,
            resume=True,
            load_from=str(tmp_path / 'straight' / 'epoch_2.pth'),
        )
        inputs = inputs_of(straight)
        assert sorted(inputs_of(resumed)) == [2, 3]
        for epoch in (2, 3):
            assert torch.equal(inputs_of(resumed)[epoch], inputs[epoch])
        self.assert_equal(straight, resumed)

    def test_workers_make_no_difference(self, tiny_config, tmp_path):
        """What the model is given, and what comes out, to the bit."""
        runs = [
            self.train(tiny_config, tmp_path / str(i), 2, workers, persistent)
            for i, (workers, persistent) in enumerate([(0, False), (1, True), (4, False)])
        ]
        for run in runs[1:]:
            for epoch, inputs in inputs_of(runs[0]).items():
                assert torch.equal(inputs_of(run)[epoch], inputs)
            self.assert_equal(runs[0], run)

    @pytest.mark.parametrize(
        'sampler, persistent', [('DefaultSampler', False), ('InfiniteSampler', True)]
    )
    def test_training_that_counts_iterations(
        self, tiny_config, tmp_path, sampler, persistent, monkeypatch
    ):
        """Of two passes; straight, resumed and with workers."""
        monkeypatch.setattr(loops.time, 'sleep', lambda seconds: None)  # between passes
        train_cfg = dict(by_epoch=False, max_iters=6, val_interval=10)
        settings = {
            'default_hooks.checkpoint': dict(by_epoch=False, interval=2, save_best=None),
            'train_dataloader.sampler.type': sampler,
        }

        def train(folder, **options):
            return self.train(tiny_config, tmp_path / folder, train_cfg, **settings, **options)

        straight = train('straight')
        resumed = train('resumed', resume=True, load_from=str(tmp_path / 'straight/iter_4.pth'))
        inputs = inputs_of(straight)[0]
        assert len(inputs) == 24 and len(inputs.flatten(1).unique(dim=0)) == 24
        assert torch.equal(inputs_of(resumed)[0], inputs[16:])
        self.assert_equal(straight, resumed)
        workers = train('workers', workers=2, persistent=persistent)
        assert torch.equal(inputs_of(workers)[0], inputs)
        self.assert_equal(straight, workers)

    def test_a_step_draws_by_its_number(self, toy, tmp_path):
        """Whatever was drawn before it."""

        class Spend(Hook):
            priority = 'HIGHEST'  # registered first

            def before_train_iter(self, runner, batch_idx, data_batch=None):
                torch.rand(5), np.random.rand(), random.random()

        runs = [toy(tmp_path / str(i), hooks=hooks) for i, hooks in enumerate(([], [Spend()]))]
        for run in runs:
            run.register_hook(EpochSeedHook())
            run.train()
        self.assert_equal(*runs)

    def test_a_loader_without_indices_is_told(self, toy, tmp_path):
        class Stream(torch.utils.data.IterableDataset):
            def __iter__(self):
                for index in range(4):
                    yield dict(inputs=torch.ones(2), data_samples=index)

            def __len__(self):
                return 4

        runner = toy(tmp_path, hooks=[EpochSeedHook()], max_epochs=1)
        loader = torch.utils.data.DataLoader(Stream(), 2, collate_fn=pseudo_collate)
        runner._train_dataloader = loader
        runner.train()
        assert 'depends on num_workers' in runner.told.text

    @pytest.mark.parametrize('workers', [0, 1])
    def test_each_epoch_draws_anew(self, tiny_config, tmp_path, workers):
        runner = self.train(
            tiny_config,
            tmp_path,
            2,
            workers,
            **{'train_dataloader.sampler.shuffle': False},
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
