"""Autocast on a CPU, and which wrapper a device gets."""

import torch
from mmengine.config import Config
from mmengine.device import get_device

from mmfer.engine import CPUAmpOptimWrapper
from mmfer.engine.mixed_precision import set_mixed_precision


def test_forward_in_bfloat16_weights_in_float32():
    model = torch.nn.Linear(4, 2)
    before = model.weight.detach().clone()
    wrapper = CPUAmpOptimWrapper(torch.optim.SGD(model.parameters(), lr=1.0))
    with wrapper.optim_context(model):
        output = model(torch.ones(3, 4))
    assert output.dtype == torch.bfloat16
    wrapper.update_params(output.float().sum())
    assert model.weight.dtype == torch.float32
    # d sum / d weight = 3 images x input 1, lr 1
    assert torch.equal(model.weight.detach(), before - 3.0)


def test_chosen_by_device(monkeypatch):
    cfg = Config(dict(optim_wrapper=dict(optimizer=dict(type='SGD', lr=1.0))))
    assert set_mixed_precision(cfg, amp=False) is None
    assert 'type' not in cfg.optim_wrapper
    line = set_mixed_precision(cfg, amp=True)
    expected = 'CPUAmpOptimWrapper' if get_device() == 'cpu' else 'AmpOptimWrapper'
    assert cfg.optim_wrapper.type == expected and expected in line


def test_config_that_asks_for_a_gpu(monkeypatch):
    monkeypatch.setattr('mmfer.engine.mixed_precision.get_device', lambda: 'cpu')
    cfg = Config(
        dict(
            optim_wrapper=dict(
                type='AmpOptimWrapper', loss_scale='dynamic', clip_grad=dict(max_norm=1)
            )
        )
    )
    assert 'bfloat16' in set_mixed_precision(cfg, amp=False)
    assert cfg.optim_wrapper == dict(type='CPUAmpOptimWrapper', clip_grad=dict(max_norm=1))
