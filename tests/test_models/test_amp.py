"""CLEX in mixed precision: on a CPU in bfloat16, and what float16 can hold."""

import sys
from pathlib import Path

import pytest
import torch
from mmengine.config import Config

from mmfer.engine.cli import make_parser
from mmfer.engine.mixed_precision import set_mixed_precision
from mmfer.functional import complementary_suppression, lp_normalise

CLEX = 'clex/clex_r18_rafdb_noise30.py'
TERMS = {'loss', 'loss_ce', 'loss_csl', 'loss_ac'}


def test_training_in_bfloat16_is_near_full_precision(tiny_runner):
    runs = []
    for wrapper in ('OptimWrapper', 'CPUAmpOptimWrapper'):
        runner = tiny_runner(CLEX, **{'optim_wrapper.type': wrapper, 'train_cfg.max_epochs': 1})
        runner.train()
        runs.append(runner)
    assert type(runs[1].optim_wrapper).__name__ == 'CPUAmpOptimWrapper'
    for full, low in zip(*(runner.losses for runner in runs)):
        assert set(full) == set(low) == TERMS
        # bfloat16 has 8 bits: 0.4 % in each layer
        assert low == pytest.approx(full, rel=0.05)
        assert low != full
    state = runs[1].model.state_dict()
    assert all(v.dtype in (torch.float32, torch.int64) for v in state.values())
    assert all(torch.isfinite(v).all() for v in state.values())


def test_gradients_point_the_same_way(tiny_runner):
    runner = tiny_runner(CLEX)
    model = runner.model.train()
    batch = next(iter(runner.build_dataloader(runner._train_dataloader)))
    data = model.data_preprocessor(batch, training=True)
    state = {k: v.clone() for k, v in model.state_dict().items()}
    grads = []
    for low in (False, True):
        model.load_state_dict(state)
        model.zero_grad()
        torch.manual_seed(0)  # the same random subsets
        with torch.autocast('cpu', torch.bfloat16, enabled=low):
            losses = model(**data, mode='loss')
        assert all(loss.dtype == torch.float32 for loss in losses.values())
        sum(losses.values()).backward()
        assert all(p.grad.dtype == torch.float32 for p in model.parameters())
        grads.append(torch.cat([p.grad.flatten() for p in model.parameters()]))
    full, low = grads
    assert torch.cosine_similarity(full, low, dim=0) > 0.99
    assert low.norm().item() == pytest.approx(full.norm().item(), rel=0.05)


def suppression_grad(scale, dtype, factor=1.0):
    """The gradient that reaches logits of this type and size."""
    logits = (scale * torch.tensor([[1.0, -2, 0.5, 3]])).to(dtype).requires_grad_()
    mask = torch.tensor([[False, True, True, False]])
    loss = complementary_suppression(lp_normalise(logits), mask).sum()
    (factor * loss).backward()
    return logits.grad


def test_normalised_logits_in_half_precision():
    # The gradient is 1 / |z| of that of logits of norm 1. float16 ends at 65504, so it holds logits
    # of norm 1e-3 with a loss scale of 16.
    reference = suppression_grad(1.0, torch.float32)
    for dtype in (torch.float16, torch.bfloat16):
        for scale in (1.0, 1e-2, 1e-3):
            grad = suppression_grad(scale, dtype, factor=16.0)
            assert grad.dtype == dtype
            torch.testing.assert_close(grad.float() * scale / 16, reference, rtol=0.05, atol=0.01)
    # At zero it is 1 / eps = 1e6: finite in bfloat16, not in float16.
    assert torch.isfinite(suppression_grad(0.0, torch.bfloat16)).all()
    assert not torch.isfinite(suppression_grad(0.0, torch.float16)).all()


def test_gradient_scaler_skips_what_float16_cannot_hold():
    # All logits of an image exactly 0 (a dead map and no bias): the step is left out and the next
    # one is taken, nothing becomes NaN.
    weight = torch.nn.Parameter(torch.zeros(4))
    optimiser = torch.optim.SGD([weight], lr=0.1)
    scaler = torch.amp.GradScaler('cpu', init_scale=4.0)
    mask = torch.tensor([[False, True, True, False]])
    moved = []
    for shift in (0.0, 1.0):
        optimiser.zero_grad()
        before = weight.detach().clone()
        logits = (weight + shift * torch.tensor([1.0, -2, 0.5, 3])).half()[None]
        loss = complementary_suppression(lp_normalise(logits), mask).sum()
        scaler.scale(loss).backward()
        scaler.step(optimiser)
        scaler.update()
        moved.append((weight.detach() != before).any().item())
        assert torch.isfinite(weight).all()
    assert moved == [False, True]


def config(**wrapper):
    return Config(dict(optim_wrapper=dict(optimizer=dict(type='SGD', lr=1.0), **wrapper)))


@pytest.mark.parametrize(
    'given, dtype, expected',
    [
        ({}, None, dict(dtype='float16', loss_scale='dynamic')),
        ({}, 'fp16', dict(dtype='float16', loss_scale='dynamic')),
        ({}, 'bf16', dict(dtype='bfloat16', loss_scale=dict(enabled=False))),
        (dict(dtype='bfloat16'), None, dict(dtype='bfloat16', loss_scale=dict(enabled=False))),
        (dict(dtype='bfloat16'), 'fp16', dict(dtype='float16', loss_scale='dynamic')),
        (
            dict(dtype='bfloat16', loss_scale=dict(enabled=False)),
            'fp16',
            dict(dtype='float16', loss_scale='dynamic'),
        ),
        (dict(loss_scale=512.0), None, dict(dtype='float16', loss_scale=512.0)),
        (dict(loss_scale=512.0), 'bf16', dict(dtype='bfloat16', loss_scale=dict(enabled=False))),
    ],
)
def test_types_on_a_gpu(given, dtype, expected, monkeypatch):
    monkeypatch.setattr('mmfer.engine.mixed_precision.get_device', lambda: 'cuda')
    cfg = config(**given)
    line = set_mixed_precision(cfg, amp=dtype is None, dtype=dtype)
    cfg.optim_wrapper.pop('optimizer')
    assert cfg.optim_wrapper == dict(type='AmpOptimWrapper', **expected)
    assert f'{expected["dtype"]} (AmpOptimWrapper)' in line
    # GradScaler takes what a dict says
    if isinstance(expected['loss_scale'], dict):
        scaler = torch.amp.GradScaler('cpu', **expected['loss_scale'])
        assert not scaler.is_enabled()


def test_a_cpu_has_bfloat16_alone(monkeypatch):
    monkeypatch.setattr('mmfer.engine.mixed_precision.get_device', lambda: 'cpu')
    for dtype in ('fp16', 'bf16'):
        cfg = config()
        assert 'bfloat16' in set_mixed_precision(cfg, amp=False, dtype=dtype)
        assert cfg.optim_wrapper.type == 'CPUAmpOptimWrapper'
    assert set_mixed_precision(config(), amp=False) is None


def test_command_line(monkeypatch, capsys):
    def parse(*words):
        monkeypatch.setattr(sys, 'argv', ['train.py', *words])
        return make_parser('', 'train').parse_args()

    # --amp takes no value, as the host's: a config may follow it
    args = parse('--amp', 'config.py')
    assert args.amp and args.amp_dtype is None and args.config == 'config.py'
    assert parse('config.py', '--amp-dtype', 'bf16').amp_dtype == 'bf16'
    with pytest.raises(SystemExit):
        parse('config.py', '--amp-dtype', 'int8')
    assert 'fp16' in capsys.readouterr().err
    assert Path(parse('a/b.py').config).stem == 'b'
