"""The hooks in real runs."""

import io
import json
import shutil
import sys

import pytest
import torch
from mmengine.evaluator import BaseMetric
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmpretrain.registry import HOOKS, METRICS

from mmfer.engine.hooks.accuracy_summary_hook import summarise


@METRICS.register_module()
class ScriptedMetric(BaseMetric):
    """Returns the given values one after another."""

    default_prefix = 'accuracy'

    def __init__(self, values):
        super().__init__()
        self.values = list(values)

    def process(self, data_batch, data_samples):
        self.results += [0] * len(data_samples)

    def compute_metrics(self, results):
        value = self.values.pop(0)
        return {'top1': value, 'mean_class': value / 2}


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


def scripted(tiny_config, work_dir, values, max_epochs, **options):
    cfg = tiny_config(
        work_dir,
        **{
            'train_cfg.max_epochs': max_epochs,
            'train_dataloader.batch_size': 12,
            'default_hooks.checkpoint.max_keep_ckpts': -1,
            **options,
        },
    )
    cfg.val_evaluator = dict(type='ScriptedMetric', values=values)
    return Runner.from_cfg(cfg)


class TestAccuracySummaryHook:
    values = [50.0, 70.0, 60.0, 40.0, 80.0, 30.0]

    def test_summarise(self):
        by_epoch = dict(enumerate(self.values, 1))
        assert summarise(by_epoch) == {
            'last': 30.0,
            'last5': 56.0,  # (70 + 60 + 40 + 80 + 30) / 5
            'best': 80.0,
            'best_epoch': 5,
        }
        # fewer than five so far, and the first of two equal ones is the best
        assert summarise({3: 10.0, 4: 10.0}) == {
            'last': 10.0,
            'last5': 10.0,
            'best': 10.0,
            'best_epoch': 3,
        }

    def test_straight_and_resumed(self, tiny_config, tmp_path):
        straight = tmp_path / 'straight'
        runner = scripted(tiny_config, straight, self.values, 6)
        runner.train()

        saved = json.loads((straight / 'accuracy.json').read_text())
        assert saved['accuracy/top1'] == {
            'by_epoch': {str(i): v for i, v in enumerate(self.values, 1)},
            'last': 30.0,
            'last5': 56.0,
            'best': 80.0,
            'best_epoch': 5,
        }
        assert saved['accuracy/mean_class']['last5'] == pytest.approx(28.0)

        # in the tracker's file and in the log line of the same validation
        scalars = next(straight.glob('*/vis_data/scalars.json')).read_text()
        last = json.loads(scalars.splitlines()[-1])
        assert last['step'] == 6
        assert last['accuracy/top1_last'] == 30.0
        assert last['accuracy/top1_last5'] == 56.0
        assert last['accuracy/top1_best'] == 80.0
        assert last['accuracy/mean_class_best'] == 40.0
        log = next(straight.glob('*/*.log')).read_text()
        assert 'accuracy/top1_last5: 56.0000' in log

        # epoch 3 is validated once more, as the checkpoint does not know its values; epochs 4 to 6
        # happen again, differently
        resumed = tmp_path / 'resumed'
        shutil.copytree(straight, resumed)
        runner = scripted(
            tiny_config,
            resumed,
            [60.0, 10.0, 20.0, 90.0],
            6,
            resume=True,
            load_from=str(resumed / 'epoch_3.pth'),
        )
        runner.train()
        saved = json.loads((resumed / 'accuracy.json').read_text())
        assert saved['accuracy/top1'] == {
            'by_epoch': {'1': 50.0, '2': 70.0, '3': 60.0, '4': 10.0, '5': 20.0, '6': 90.0},
            'last': 90.0,
            'last5': 50.0,
            'best': 90.0,
            'best_epoch': 6,
        }

        # a new run in an old work dir has nothing of the old one
        runner = scripted(tiny_config, resumed, [25.0], 1)
        runner.train()
        saved = json.loads((resumed / 'accuracy.json').read_text())
        assert saved['accuracy/top1']['by_epoch'] == {'1': 25.0}
        assert not list(resumed.glob('*.tmp'))

    def test_nothing_is_validated(self, tiny_config, tmp_path):
        for epochs in (1, 2):
            Runner.from_cfg(
                tiny_config(
                    tmp_path,
                    **{
                        'val_cfg': None,
                        'val_dataloader': None,
                        'val_evaluator': None,
                        'train_cfg.max_epochs': epochs,
                        'resume': epochs == 2,
                        'default_hooks.checkpoint.save_best': None,
                        'experiment_name': f'unvalidated_{epochs}',
                    },
                )
            ).train()
        assert (tmp_path / 'epoch_2.pth').exists()
        assert not (tmp_path / 'accuracy.json').exists()
        for log in tmp_path.glob('*/*.log'):
            assert 'accuracy.json is missing' not in log.read_text()

    def test_wrong_arguments(self):
        hook = dict(type='AccuracySummaryHook')
        with pytest.raises(TypeError, match=r"metrics=\['accuracy/top1'\]"):
            HOOKS.build(dict(metrics='accuracy/top1', **hook))
        with pytest.raises(ValueError, match='window is 0'):
            HOOKS.build(dict(window=0, **hook))


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


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self):
        return True


class TestProgressHook:
    def test_draws_on_a_terminal(self, tiny_config, tmp_path, monkeypatch):
        terminal = Terminal()
        monkeypatch.setenv('TERM', 'xterm')
        monkeypatch.setenv('COLUMNS', '200')
        monkeypatch.setattr(sys, 'stderr', terminal)
        monkeypatch.setattr(sys, 'stdout', terminal)
        runner = Runner.from_cfg(tiny_config(tmp_path))
        runner.train()
        text = terminal.getvalue()
        assert 'epoch 1/2' in text and 'epoch 2/2' in text and 'val' in text
        assert '3/3' in text
        # log lines are whole
        lines = [line for line in text.splitlines() if 'Epoch(val)' in line]
        assert len(lines) == 2
        assert all('accuracy/top1_best' in line for line in lines)
        # the cursor is shown again, the log has its stream back
        assert text.rindex('\x1b[?25h') > text.rindex('\x1b[?25l')
        assert all(
            getattr(h, 'stream', terminal) is terminal
            for h in runner.logger.handlers
            if h.__class__.__name__ == 'StreamHandler'
        )

    def test_silent_elsewhere(self, tiny_config, tmp_path, monkeypatch):
        stream = io.StringIO()
        monkeypatch.setattr(sys, 'stderr', stream)
        runner = Runner.from_cfg(tiny_config(tmp_path))
        runner.train()
        assert 'epoch 1/2' not in stream.getvalue()
