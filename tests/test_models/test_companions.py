"""A peer, an average, and settings of them that do not fit."""

import pytest
import torch
from methods import LINEAR, METHODS, K, batch, build, make

from mmfer.functional import Progress


def test_a_peer_is_of_the_same_make_and_starts_elsewhere():
    model = build('coteaching')
    own = {k: v for k, v in model.state_dict().items() if not k.startswith('peer.')}
    peer = {k[5:]: v for k, v in model.state_dict().items() if k.startswith('peer.')}
    assert {k: v.shape for k, v in own.items() if k.startswith(('backbone', 'head'))} == {
        k: v.shape for k, v in peer.items()
    }
    assert not torch.equal(own['head.fc.weight'], peer['head.fc.weight'])
    changed = make(METHODS['coteaching'][0], peer=dict(backbone=dict(frozen_stages=1)))
    assert changed.peer.backbone.frozen_stages == 1 and changed.backbone.frozen_stages == -1


def test_a_peers_layers_decay_as_the_first_networks():
    vit = dict(
        type='VisionTransformer',
        arch='deit-tiny',
        img_size=16,
        patch_size=8,
        out_type='avg_featmap',
    )
    model = make(
        dict(type='CoTeachingHead', num_classes=K, in_channels=192),
        backbone=vit,
        neck=None,
        peer=dict(),
    )
    depths = {name: model.get_layer_depth(name) for name, _ in model.named_parameters()}
    assert depths['peer.backbone.pos_embed'] == (0, 14)
    for name in depths:
        if name.startswith('peer.'):
            assert depths[name] == depths[name.removeprefix('peer.')]
    with pytest.raises(NotImplementedError, match='layer decay for ResNet 18; set optim_wrapper'):
        make(
            dict(type='MultiViewHead', **LINEAR), backbone=dict(type='ResNet', depth=18)
        ).get_layer_depth('backbone.conv1.weight')


def test_an_average_follows_and_learns_nothing():
    model = build('contrast').train()
    model.head.prepare(12, torch.ones(K))
    for module in model.modules():
        if hasattr(type(module), 'progress'):
            module.progress = Progress(0, 1, 0, 1)
    average = model.ema.module['backbone'].conv1.weight
    model.start_training()
    first = model.backbone.conv1.weight.detach().clone()
    assert torch.equal(average, first)
    losses = model(**model.data_preprocessor(batch(2, 6), training=True), mode='loss')
    sum(losses.values()).backward()
    assert average.grad is None and not average.requires_grad
    with torch.no_grad():
        model.backbone.conv1.weight += 1
    model.finish_step()
    torch.testing.assert_close(average, 0.9 * first + 0.1 * (first + 1))
    # statistics are copied
    assert torch.equal(
        model.ema.module['backbone'].bn1.running_mean, model.backbone.bn1.running_mean
    )


def test_without_its_hook_an_average_is_an_error():
    model = build('contrast')
    model.head.prepare(12, torch.ones(K))
    with pytest.raises(RuntimeError, match='MethodHook'):
        model(**model.data_preprocessor(batch(2), training=True), mode='loss')


@pytest.mark.parametrize(
    'name, settings, named',
    [
        (
            'coteaching',
            dict(peer=None),
            r"needs the companions \['peer'\], but the classifier has none",
        ),
        ('ce', dict(peer={}), 'needs the companions none'),
        ('ce', dict(ema={}), r"has \['ema'\]"),
        ('coteaching', dict(peer=dict(backbnoe={})), r"peer does not take \['backbnoe'\]"),
        ('contrast', dict(ema=dict(momentum=1.0)), 'momentum=1.0'),
        ('ce', dict(view_pass='both'), "allowed: \\('joint', 'separate'\\)"),
    ],
)
def test_companions_that_do_not_fit(name, settings, named):
    head, _, given = METHODS[name]
    with pytest.raises(ValueError, match=named):
        make(head, **{**given, **settings})


@pytest.mark.parametrize(
    'settings, named',
    [
        (dict(views=()), r'views=\(\) of own'),
        (dict(views=(-1,)), r'views=\(-1,\) of own'),
        (dict(peer=dict(views=[])), r'views=\(\) of peer.*at least one'),
        (dict(peer=True), r'peer=True.*peer=dict\(\)'),
        (dict(ema=0.9), r'ema=0.9.*ema=dict\(\)'),
        (dict(ema=dict(decay=0.9)), r"ema does not take \['decay'\].*'momentum', 'views'"),
    ],
)
def test_settings_of_networks_that_are_none(settings, named):
    with pytest.raises(ValueError, match=named):
        make(dict(type='MultiViewHead', **LINEAR), **settings)
