"""torch.compile through the config: the same numbers, few graphs.

``aot_eager`` traces forward and backward as the default backend does and leaves out the C++
compiler, which a test machine may not have.
"""

import argparse
from pathlib import Path

import pytest
import torch
import torch._dynamo
from mmengine.config import Config, DictAction
from mmengine.hooks import Hook
from torch._dynamo.utils import counters

# With a warm-up, the loss depends on the iteration: not a graph each.
RUNS = {
    'clex/clex_r18_rafdb_noise30.py': {
        'model.head.warmup_iters': 5,
        'compile.backend': 'aot_eager',
        'optim_wrapper.optimizer.type': 'SGD',
    },  # Adam's graph costs seconds
    'ce/ce_r18_rafdb.py': {'compile.backend': 'eager'},
}


@pytest.fixture(autouse=True)
def fresh_compiler():
    torch._dynamo.reset()
    counters.clear()
    yield
    torch._dynamo.reset()


@pytest.mark.parametrize('config', RUNS)
def test_compiled_training_is_eager_training(config, tiny_runner):
    options = dict(RUNS[config])
    compiled = tiny_runner(config, **options)
    del options['compile.backend']
    made = []  # graphs after each step

    class Count(Hook):
        def after_train_iter(self, *args, **kwargs):
            made.append(counters['stats']['unique_graphs'])

    compiled.register_hook(Count())
    compiled.train()
    eager = tiny_runner(config, **options)
    eager.train()
    # 2 epochs of 4, 4 and 1 image
    assert len(eager.losses) == len(compiled.losses) == len(made) == 6
    for first, second in zip(eager.losses, compiled.losses):
        assert first == pytest.approx(second, rel=1e-4)
    # Network and optimizer; each part of them at most once more, for the shorter last batch or the
    # first new learning rate, which are symbols from then on. In how many parts a step is traced
    # depends on the torch.
    assert made[0] >= 2
    assert made[3] == made[5] <= 2 * made[0]

    names = list(eager.model.state_dict())
    paths = [Path(runner.work_dir) / 'epoch_2.pth' for runner in (eager, compiled)]
    states = [torch.load(path, weights_only=True)['state_dict'] for path in paths]
    assert list(states[0]) == list(states[1]) == names
    for name in names:
        torch.testing.assert_close(*(state[name] for state in states), rtol=1e-3, atol=1e-4)
    # and each loads where the other was saved
    eager.model.load_state_dict(states[1], strict=True)
    compiled.model.load_state_dict(states[0], strict=True)


def test_asked_for_on_the_command_line():
    parser = argparse.ArgumentParser()
    parser.add_argument('--cfg-options', nargs='+', action=DictAction)
    for words, meant in (
        (['compile=True'], True),
        (['compile.mode=reduce-overhead'], dict(mode='reduce-overhead')),
    ):
        cfg = Config(dict(total_batch_size=4))
        cfg.merge_from_dict(parser.parse_args(['--cfg-options', *words]).cfg_options)
        assert cfg.compile == meant
