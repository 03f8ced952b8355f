"""What a checkpoint from inside an epoch holds, and whether it can be gone on with."""

import random

import numpy as np
import torch
from mmengine.runner import EpochBasedTrainLoop

from mmfer.engine.resume.inside_epoch import (
    random_states,
    set_random_states,
    state_inside_epoch,
    why_not,
)


def draw() -> list:
    return [torch.rand(3).tolist(), np.random.rand(3).tolist(), random.random(), random.gauss(0, 1)]


def test_random_states_through_a_file(tmp_path):
    draw()  # a normal number is kept for the next call
    torch.save(random_states(), tmp_path / 'states.pth')
    then = draw()
    assert draw() != then
    set_random_states(torch.load(tmp_path / 'states.pth', weights_only=True))
    assert draw() == then


def built(toy, work_dir, **settings):
    runner = toy(work_dir, **settings)
    runner._train_loop = runner.build_train_loop(runner._train_loop)
    return runner


def test_why_not(toy, tmp_path):
    saved = state_inside_epoch(built(toy, tmp_path), 3)
    assert saved['steps'] == 3 and saved['of'] == 4 and len(saved['processes']) == 1
    assert why_not(built(toy, tmp_path), saved) is None
    assert why_not(built(toy, tmp_path, batch_size=1), saved) == (
        'steps an epoch 4 -> 8, batch size 2 -> 1'
    )
    assert why_not(built(toy, tmp_path), {**saved, 'processes': [{}] * 2}) == 'processes 2 -> 1'

    class Own(EpochBasedTrainLoop):
        def run_epoch(self):
            """Otherwise."""

    runner = built(toy, tmp_path)
    runner._train_loop = Own(runner, runner.train_dataloader, 2)
    assert why_not(runner, saved) == 'Own has epochs of its own'
