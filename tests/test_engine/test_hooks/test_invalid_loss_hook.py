"""NaN and Inf stop a run before they are saved."""

import math

import pytest
import torch
from mmengine.hooks import Hook
from mmpretrain.structures import DataSample
from torch import nn

from mmfer.engine import InvalidLossHook
from mmfer.engine.hooks.invalid_loss_hook import invalid_weights, list_samples


class Spoil(Hook):
    """Does something to the model after a step, or to what the step returns."""

    priority = 'HIGHEST'

    def __init__(self, step, action):
        self.step, self.action = step, action

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        if runner.iter + 1 == self.step:
            self.action(runner.model, outputs)


def term(name, value):
    def action(model, outputs):
        outputs[name] = torch.tensor(value)

    return action


def weight(value):
    def action(model, outputs):
        with torch.no_grad():
            model.linear.weight[0, 1] = value

    return action


def stopped(toy, work_dir, *hooks, **settings):
    """The message, and the checkpoints that are left."""
    runner = toy(work_dir, 4, hooks=[InvalidLossHook(), *hooks], **settings)
    with pytest.raises(FloatingPointError) as error:
        runner.train()
    message = str(error.value)
    assert f'ERROR - {message}' in runner.told.text
    for path in work_dir.glob('*.pth'):
        for value in torch.load(path, weights_only=True)['state_dict'].values():
            assert torch.isfinite(value).all()
    return message, sorted(path.name for path in work_dir.glob('*.pth'))


@pytest.mark.parametrize('value', [math.nan, math.inf, -math.inf])
def test_tells_term_step_and_samples(toy, tmp_path, value):
    message, left = stopped(
        toy,
        tmp_path,
        Spoil(7, term('loss_size', value)),
        param_scheduler=dict(type='ExponentialLR', gamma=0.5),
    )
    assert message.startswith(
        f'loss_size = {value} in epoch 2, iteration 7 of the run, lr 0.05; 2 samples (sample_idx '
        'and image in /faces):\n  '
    )
    samples = message.splitlines()[1].split(', ')
    assert len(samples) == 2
    for sample in samples:
        index, name = sample.split()
        assert name == f'{index}.png'
    assert left == ['epoch_1.pth']


def test_before_a_checkpoint_of_the_same_step(toy, tmp_path):
    _, left = stopped(
        toy, tmp_path, Spoil(6, term('loss', math.nan)), checkpoint=dict(by_epoch=False, interval=3)
    )
    assert left == ['iter_3.pth']


def test_what_is_no_loss_may_be_what_it_likes(toy, tmp_path):
    toy(tmp_path, 1, hooks=[InvalidLossHook(), Spoil(2, term('share', math.nan))]).train()
    assert (tmp_path / 'epoch_1.pth').exists()


@pytest.mark.parametrize('value', [math.nan, math.inf])
def test_weights_after_the_last_step_of_an_epoch(toy, tmp_path, value):
    """The losses were all finite."""
    message, left = stopped(toy, tmp_path, Spoil(8, weight(value)))
    assert message.startswith('NaN or Inf in the weights linear.weight in epoch 2, iteration 8')
    assert 'sample_idx' in message
    assert left == ['epoch_1.pth']


def test_weights_before_a_checkpoint_inside_an_epoch(toy, tmp_path):
    message, left = stopped(
        toy, tmp_path, Spoil(6, weight(math.nan)), checkpoint=dict(by_epoch=False, interval=3)
    )
    assert message.startswith('NaN or Inf in the weights linear.weight')
    assert left == ['iter_3.pth']


def test_the_host_saves_them(toy, tmp_path):
    """Why the hook is there."""
    toy(tmp_path, 2, hooks=[Spoil(7, weight(math.nan))]).train()
    saved = torch.load(tmp_path / 'epoch_2.pth', weights_only=True)
    assert saved['state_dict']['linear.weight'].isnan().any()


def test_running_statistics():
    model = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    model.register_buffer('best_loss', torch.tensor(math.inf))  # has a right to it
    assert invalid_weights(model) == []
    model[1].running_var[0] = math.inf
    assert invalid_weights(model) == ['1.running_var']


def test_samples_in_several_folders():
    samples = [
        DataSample(metainfo=dict(sample_idx=i, img_path=path))
        for i, path in enumerate(['/a/x y.png', '/b/z.png'])
    ]
    assert list_samples(samples) == (
        '2 samples (sample_idx and image):\n  0 /a/x y.png, 1 /b/z.png'
    )
    assert list_samples(None) == list_samples([]) == 'the batch does not tell its samples'
    many = list_samples(samples * 50)
    assert many.startswith('100 samples')
    for line in many.splitlines()[1:]:
        assert len(line) <= 96 and line.startswith(('  0 /a', '  1 /b'))
