"""A last batch of one image, alone and in whole trainings."""

import copy
import math
from pathlib import Path

import pytest
import torch
import torch._dynamo
from mmengine.logging import MMLogger
from mmengine.model import BaseModule
from torch import nn

from mmfer.models import MobileFaceNet
from mmfer.models.batch_norm import OneValueBatchNorm1d, OneValueBatchNorm2d, take_single_values


def layers():
    return [
        (nn.BatchNorm1d(2), OneValueBatchNorm1d(2), (2,)),
        (nn.BatchNorm2d(2), OneValueBatchNorm2d(2), (2, 1, 1)),
    ]


@pytest.mark.parametrize('kind', [0, 1])
def test_one_value_by_hand(kind):
    stock, ours, shape = layers()[kind]
    x = torch.tensor([3.0, -1]).reshape(1, *shape).requires_grad_()
    with pytest.raises(ValueError, match='more than 1 value per channel'):
        stock(x)
    with torch.no_grad():
        ours.weight.copy_(torch.tensor([2.0, 1]))
        ours.bias.copy_(torch.tensor([0.0, 5]))
        ours.running_mean.copy_(torch.tensor([1.0, 0]))
        ours.running_var.copy_(torch.tensor([4.0, 1]) - ours.eps)
    state = copy.deepcopy(ours.state_dict())
    out = ours(x)
    torch.testing.assert_close(out.flatten(), torch.tensor([2.0, 4]))
    out.sum().backward()
    torch.testing.assert_close(x.grad.flatten(), torch.tensor([1.0, 1]))
    torch.testing.assert_close(ours.weight.grad, torch.tensor([1.0, -1]))
    for name, value in ours.state_dict().items():
        assert torch.equal(value, state[name]), name


@pytest.mark.parametrize('kind', [0, 1])
def test_everything_else_is_as_ever(kind):
    stock, ours, shape = layers()[kind]
    ours.load_state_dict(stock.state_dict(), strict=True)
    batches = [torch.randn(3, *shape), torch.randn(2, *shape)]
    if kind:
        batches.append(torch.randn(1, 2, 1, 2))
    for batch in batches:
        assert torch.equal(stock(batch), ours(batch))
    for name, value in stock.state_dict().items():
        assert torch.equal(value, ours.state_dict()[name]), name
    one = torch.randn(1, *shape)
    assert torch.equal(stock.eval()(one), ours.eval()(one))
    # without running statistics there is nothing to take
    bare = type(ours)(2, track_running_stats=False)
    with pytest.raises(ValueError, match='more than 1 value per channel'):
        bare(one)


def test_compiled(caplog):
    layer = OneValueBatchNorm2d(2)
    # a run is known by its logger
    logger = MMLogger.get_instance('batch_norm_compiled')
    logger.addHandler(caplog.handler)
    torch._dynamo.reset()
    compiled = torch.compile(layer, backend='eager')
    found = [compiled(torch.ones(1, 2, 1, 1)) for _ in range(2)]
    # telling is left out of the graph, and happens all the same
    assert len([r for r in caplog.records if 'one value a channel' in r.getMessage()]) == 1
    expected = layer(torch.ones(1, 2, 1, 1))
    assert torch.equal(found[0], expected) and torch.equal(found[1], expected)


def test_a_model_is_changed_in_place():
    model = nn.Sequential(
        nn.Conv2d(3, 4, 1),
        nn.BatchNorm2d(4),
        nn.Sequential(nn.BatchNorm1d(4)),
        nn.SyncBatchNorm(4),
        nn.GroupNorm(2, 4),
    )
    parameters, state = list(model.parameters()), model.state_dict()
    take_single_values(model)
    assert [type(m) for m in (model[1], model[2][0], model[3], model[4])] == [
        OneValueBatchNorm2d,
        OneValueBatchNorm1d,
        nn.SyncBatchNorm,
        nn.GroupNorm,
    ]
    assert all(a is b for a, b in zip(parameters, model.parameters()))
    assert list(model.state_dict()) == list(state)
    # several GPUs: it is still found where batch norm is asked for
    synced = nn.SyncBatchNorm.convert_sync_batchnorm(model)
    assert isinstance(synced[1], nn.SyncBatchNorm)


@pytest.mark.parametrize('layer', ['_BatchNorm', 'BatchNorm2d'])
def test_initialisers_find_it_by_name(layer):
    for kind in (nn.BatchNorm2d, OneValueBatchNorm2d):
        module = BaseModule(init_cfg=dict(type='Constant', val=0.25, bias=3.0, layer=layer))
        module.norm = kind(2)
        module.init_weights()
        assert module.norm.weight.tolist() == [0.25, 0.25]
        assert module.norm.bias.tolist() == [3, 3]


def test_mobilefacenet_on_one_tiny_image():
    net = MobileFaceNet().train()
    (out,) = net(torch.rand(1, 3, 16, 16))
    assert out.shape == (1, 512, 1, 1) and torch.isfinite(out).all()


RUNS = {
    # 16 px end in a map of 1 x 1
    'clex/clex_mobilefacenet_rafdb.py': (16, {}),
    'ce/ce_mobilefacenet_rafdb.py': (16, {}),
    # all four stages: 32 px end in 1 x 1
    'clex/clex_r18_rafdb_noise30.py': (
        32,
        {
            'model.backbone.num_stages': 4,
            'model.backbone.out_indices': (3,),
            'model.backbone.strides': (1, 2, 2, 2),
            'model.backbone.dilations': (1, 1, 1, 1),
            'model.head.in_channels': 64,
        },
    ),
}


@pytest.mark.parametrize('config', RUNS)
def test_training_ends_on_a_batch_of_one(config, tiny_runner, caplog):
    size, options = RUNS[config]
    # 3, 3 and 1 image; 3 is the number that the host takes for colours
    runner = tiny_runner(
        config,
        size,
        **options,
        **{
            'train_dataloader.batch_size': 3,
            'train_dataloader.dataset.indices': 7,
            'val_dataloader.batch_size': 3,
            'train_cfg.max_epochs': 1,
            'custom_hooks': [dict(type='SyncStatisticsHook'), dict(type='EMAHook', momentum=0.1)],
        },
    )
    runner.logger.addHandler(caplog.handler)
    before = {k: v.clone() for k, v in runner.model.state_dict().items()}
    runner.train()
    assert len(runner.losses) == 3
    assert all(math.isfinite(step['loss']) for step in runner.losses)
    told = [r for r in caplog.records if 'one value a channel' in r.getMessage()]
    assert len(told) == 1
    after = runner.model.state_dict()
    assert all(torch.isfinite(value).all() for value in after.values())
    counts = {k: int(after[k] - before[k]) for k in after if k.endswith('num_batches_tracked')}
    views = 2 if 'clex' in config else 1
    # the batch of one is not counted where its map had one value
    assert set(counts.values()) == {2 * views, 3 * views}
    saved = torch.load(Path(runner.work_dir) / 'epoch_1.pth', weights_only=True)
    assert all(torch.isfinite(v).all() for v in saved['ema_state_dict'].values())
