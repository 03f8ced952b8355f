"""What only a GPU shows: float16 with a loss scale, bfloat16, the default compiler, LabelMemory on
the device."""

import math

import pytest
import torch
from mmengine.config import Config

from mmfer.engine.mixed_precision import set_mixed_precision
from mmfer.models import LabelMemory

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason='needs a GPU')
CLEX = 'clex/clex_r18_rafdb_noise30.py'


@pytest.fixture
def full(tiny_runner):
    """Losses in full precision."""
    runner = tiny_runner(CLEX)
    runner.train()
    return runner.losses


@pytest.mark.parametrize('dtype', ['fp16', 'bf16'])
def test_mixed_precision(dtype, full, tiny_runner):
    cfg = Config(dict(optim_wrapper={}))
    set_mixed_precision(cfg, amp=True, dtype=dtype)
    options = {f'optim_wrapper.{k}': v for k, v in cfg.optim_wrapper.items()}
    runner = tiny_runner(CLEX, **options)
    runner.train()
    assert runner.optim_wrapper.loss_scaler.is_enabled() == (dtype == 'fp16')
    for low, expected in zip(runner.losses[:3], full):
        assert low == pytest.approx(expected, rel=0.05)
    assert all(math.isfinite(step['loss']) for step in runner.losses)
    assert all(torch.isfinite(v).all() for v in runner.model.state_dict().values())


def test_compiled(full, tiny_runner):
    # The compiler draws other random numbers than eager CUDA does, so only the term without a draw
    # is the same.
    runner = tiny_runner(CLEX, compile=True)
    runner.train()
    assert not any('_orig_mod' in name for name in runner.model.state_dict())
    assert runner.losses[0]['loss_ce'] == pytest.approx(full[0]['loss_ce'], rel=1e-3)
    assert all(math.isfinite(step['loss']) for step in runner.losses)


def test_label_memory_does_not_wait_for_the_device():
    memories = [LabelMemory(50, 7), LabelMemory(50, 7).cuda()]
    index = torch.randint(0, 50, (64,), generator=torch.Generator().manual_seed(0))
    rows = torch.rand(64, 7, generator=torch.Generator().manual_seed(1))
    memories[0].write(index, rows)
    index, rows = index.cuda(), rows.cuda()
    torch.cuda.synchronize()
    mode = torch.cuda.get_sync_debug_mode()
    torch.cuda.set_sync_debug_mode('error')
    try:
        memories[1].write(index, rows)
        read = memories[1].read(index, rows)
    finally:
        torch.cuda.set_sync_debug_mode(mode)
    assert torch.equal(memories[1].table.cpu(), memories[0].table)
    assert torch.equal(read, memories[1].table[index])
