"""Last, mean and best accuracy, by hand and in real runs."""

import json
import shutil
from types import SimpleNamespace

import pytest
from mmengine.evaluator import BaseMetric
from mmengine.runner import Runner
from mmpretrain.registry import HOOKS, METRICS

from mmfer.engine.hooks.accuracy_summary_hook import _check_accuracies, read_earlier, summarise


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

    @pytest.mark.parametrize(
        'content',
        [
            b'',
            b'{"accuracy/top1": {"by_ep',
            b'\xff\xfe\x00',
            b'[1]',
            b'3',
            b'{"accuracy/top1": 5}',
            b'{"accuracy/top1": {}}',
            b'{"accuracy/top1": {"by_epoch": {"one": 5}}}',
            b'{"accuracy/top1": {"by_epoch": {"1": "5"}}}',
            b'[' * 100000,
        ],
    )
    def test_a_damaged_file_is_kept_beside(self, tmp_path, content):
        path, lines = tmp_path / 'accuracy.json', []
        path.write_bytes(content)
        runner = SimpleNamespace(logger=SimpleNamespace(warning=lines.append))
        assert read_earlier(path, runner, 'lost.', _check_accuracies) is None
        assert not path.exists()
        assert (tmp_path / 'accuracy.json.damaged').read_bytes() == content
        assert len(lines) == 1 and 'is damaged' in lines[0] and 'accuracy.json.damaged' in lines[0]
        assert read_earlier(path, runner, 'lost.', _check_accuracies) is None
        assert 'is missing: lost.' in lines[1]
        path.write_text('{"accuracy/top1": {"by_epoch": {"1": 5.0}}}')
        found = read_earlier(path, runner, 'lost.', _check_accuracies)
        assert found == {'accuracy/top1': {'by_epoch': {'1': 5.0}}}

    def test_a_metric_that_the_file_lacks_is_told(self, tiny_config, tmp_path):
        scripted(tiny_config, tmp_path, [50.0, 70.0], 2).train()
        path = tmp_path / 'accuracy.json'
        path.write_text(path.read_text().replace('accuracy/top1', 'accuracy/tkp1'))
        again = dict(resume=True, load_from=str(tmp_path / 'epoch_1.pth'))
        runner = scripted(tiny_config, tmp_path, [60.0], 2, **again)
        lines = []
        runner.logger.addFilter(lambda record: lines.append(record.getMessage()) or True)
        runner.train()
        assert any("but no ['accuracy/top1'], of which" in line for line in lines)

    def test_a_run_goes_on_from_a_damaged_file(self, tiny_config, tmp_path):
        scripted(tiny_config, tmp_path, [50.0, 70.0], 2).train()
        (tmp_path / 'accuracy.json').write_text('{"accur')
        again = dict(resume=True, load_from=str(tmp_path / 'epoch_1.pth'))
        scripted(tiny_config, tmp_path, [60.0], 2, **again).train()
        saved = json.loads((tmp_path / 'accuracy.json').read_text())
        assert saved['accuracy/top1']['by_epoch'] == {'2': 60.0}
        assert (tmp_path / 'accuracy.json.damaged').read_text() == '{"accur'
