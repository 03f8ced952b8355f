"""Tables get the rows of the training set; tests/test_models/ test_partial_label_runs.py has them
in whole runs."""

import pytest
import torch
from mmengine.runner import Runner

from mmfer.engine import MethodHook, find_memories
from mmfer.models import LabelMemory


def runner_with(tiny_config, tmp_path, memory, **options):
    runner = Runner.from_cfg(
        tiny_config(tmp_path / 'run', **{'train_cfg.max_epochs': 1, **options})
    )
    runner.model.head.memory = memory
    return runner


def test_a_table_gets_its_rows_and_is_saved(tiny_config, tmp_path):
    runner = runner_with(tiny_config, tmp_path, LabelMemory(3))
    assert list(find_memories(runner.model)) == ['head.memory']
    runner.train()
    saved = torch.load(tmp_path / 'run/epoch_1.pth', weights_only=True)['state_dict']
    assert saved['head.memory.table'].shape == (12, 3)


def test_parts_that_count_for_themselves_are_refused(tiny_config, tmp_path):
    cfg = tiny_config(tmp_path / 'run')
    part = cfg.train_dataloader.dataset
    cfg.train_dataloader.dataset = dict(type='ConcatDataset', datasets=[part, part])
    runner = Runner.from_cfg(cfg)
    runner.model.head.memory = LabelMemory(3)
    with pytest.raises(ValueError, match='a ConcatDataset: each of its parts'):
        runner.train()


def test_a_test_needs_no_rows(tiny_config, tmp_path):
    runner = runner_with(tiny_config, tmp_path, LabelMemory(3))
    runner.test()
    assert runner.model.head.memory.num_samples == 0


def test_models_without_a_table(tiny_config, tmp_path):
    runner = Runner.from_cfg(tiny_config(tmp_path / 'run', **{'train_cfg.max_epochs': 1}))
    runner.train()
    assert find_memories(runner.model) == {}


def test_a_checkpoint_of_other_images_brings_no_rows():
    """Nor do its averaged weights."""
    hook, memory = MethodHook(), LabelMemory(3)
    memory.prepare(4)
    hook.memories = {'head.memory': memory}
    state = {'head.memory.table': torch.ones(5, 3), 'head.memory.written': torch.ones(5)}
    checkpoint = dict(state_dict=state, ema_state_dict={f'module.{k}': v for k, v in state.items()})
    hook.after_load_checkpoint(None, checkpoint)
    assert hook.rows == {'head.memory': 5}
    for part, prefix in (('state_dict', ''), ('ema_state_dict', 'module.')):
        assert checkpoint[part][f'{prefix}head.memory.table'] is memory.table
        assert checkpoint[part][f'{prefix}head.memory.written'] is memory.written


OURS = {'model.type': 'MultiViewClassifier', 'model.head.type': 'MultiViewHead'}
HOSTS = {'model.head.type': 'StackedLinearClsHead', 'model.head.mid_channels': [4]}


@pytest.mark.parametrize('outputs', [2, 4])
@pytest.mark.parametrize('kind', [OURS, {}, HOSTS], ids=['ours', 'linear', 'stacked'])
def test_a_head_of_other_classes_than_the_training_set(tiny_config, tmp_path, outputs, kind):
    ours = {**kind, 'train_cfg.max_epochs': 1}
    runner = Runner.from_cfg(
        tiny_config(tmp_path / 'run', **ours, **{'model.head.num_classes': outputs})
    )
    with pytest.raises(
        ValueError,
        match=rf'num_classes={outputs}, but the training set has 3 '
        r"classes, \('a', 'b', 'c'\); set num_classes=3",
    ):
        runner.train()
    Runner.from_cfg(tiny_config(tmp_path / 'right', **ours)).train()


def test_mixed_images_have_no_row(tiny_config, tmp_path):
    runner = runner_with(
        tiny_config,
        tmp_path,
        LabelMemory(3),
        **{
            'model.train_cfg': dict(augments=[dict(type='Mixup', alpha=0.8)]),
            'model.data_preprocessor.num_classes': 3,
        },
    )
    with pytest.raises(ValueError, match=r'batch_augments mix.*\(head.memory\)'):
        runner.train()
