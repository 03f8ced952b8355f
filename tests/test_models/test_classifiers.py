"""What a MultiViewClassifier hands to a head, with one view as with several."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from methods import LINEAR, METHODS, RESNET, K, Noise, build
from mmengine.dataset import default_collate
from mmengine.registry import init_default_scope
from mmpretrain.registry import MODELS
from torch import nn

from mmfer.functional import Progress
from mmfer.models import MultiViewHead, SampleLoss, Targets, View


def make(head, **settings):
    init_default_scope('mmpretrain')
    torch.manual_seed(0)
    return MODELS.build(
        dict(
            dict(
                type='MultiViewClassifier',
                backbone=RESNET,
                neck=dict(type='GlobalAveragePooling'),
                head=head,
                data_preprocessor=dict(mean=[128.0] * 3, std=[64.0] * 3),
            ),
            **settings,
        )
    )


class Spy(MultiViewHead):
    """Keeps what it is given."""

    extra = ()

    def view_loss(self, views, targets):
        self.seen = views, targets
        return super().view_loss(views, targets)


def batch(views, n=3, **fields):
    data = Noise(views)
    items = [data[i] for i in range(n)]
    for item in items:
        for name, value in fields.items():
            item['data_samples'].set_field(value, name)
    return default_collate(items)


@pytest.mark.parametrize('views', [1, 2])
def test_soft_labels_and_index_reach_the_head(views):
    model, data = make(dict(type=Spy, **LINEAR)), Noise(views)
    model(**model.data_preprocessor(batch(views), training=True), mode='loss')
    seen, targets = model.head.seen
    assert len(seen) == views
    assert targets.label.tolist() == targets.index.tolist() == [0, 1, 2]
    assert torch.equal(targets.soft, data.score[:3]) and targets.extra == {}
    for v, view in enumerate(seen):
        assert view.geometry.mirrored.tolist() == 3 * [v == 1]
        assert torch.equal(view.feat, view.stages[-1])
        torch.testing.assert_close(view.embed, view.feat.mean((2, 3)))
        torch.testing.assert_close(view.logits, model.head.fc(view.embed))
        assert view.code is None


def test_all_stages_and_a_code():
    class Projecting(Spy):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            self.project = nn.Linear(self.in_channels, 2)

    net = dict(RESNET, num_stages=2, out_indices=(0, 1), strides=(1, 2), dilations=(1, 1))
    for view_pass in ('separate', 'joint'):
        model = make(
            dict(type=Projecting, num_classes=K, in_channels=16), backbone=net, view_pass=view_pass
        ).eval()
        model(**model.data_preprocessor(batch(2), training=True), mode='loss')
        for view in model.head.seen[0]:
            assert [one.shape[1] for one in view.stages] == [8, 16]
            assert all(one.shape[0] == 3 for one in view.stages)
            torch.testing.assert_close(view.code, model.head.project(view.embed))


def test_the_mean_over_views():
    logits = torch.randn(3, K)
    targets = Targets(torch.arange(3))
    for loss in (
        None,
        dict(type='SampleLoss', fn='gce'),
        dict(type='LabelSmoothLoss', label_smooth_val=0.1),
    ):
        init_default_scope('mmpretrain')
        head = MultiViewHead(**LINEAR, loss=loss)
        (one,) = head.view_loss([View((), None, logits)], targets).values()
        (two,) = head.view_loss(2 * [View((), None, logits)], targets).values()
        torch.testing.assert_close(one, two)
        torch.testing.assert_close(one, head.loss_module(logits, targets.label))


def test_the_loss_of_the_config_is_the_one_that_is_used():
    logits, targets = torch.randn(3, K), Targets(torch.arange(3))
    init_default_scope('mmpretrain')
    values = set()
    for loss in (
        None,
        dict(type='SampleLoss', fn='gce', q=0.5),
        dict(type='SampleLoss', fn='sce'),
        dict(type='LabelSmoothLoss', label_smooth_val=0.2),
        dict(type='CrossEntropyLoss', loss_weight=2.0),
    ):
        (value,) = (
            MultiViewHead(**LINEAR, loss=loss).view_loss([View((), None, logits)], targets).values()
        )
        values.add(round(value.item(), 6))
    assert len(values) == 5
    # soft labels where there are some, as in the host's heads
    soft = torch.tensor([[0.5, 0.5, 0, 0, 0]])
    (value,) = (
        MultiViewHead(**LINEAR)
        .view_loss([View((), None, torch.zeros(1, K))], Targets(torch.tensor([4]), soft))
        .values()
    )
    torch.testing.assert_close(value, torch.tensor(5.0).log())


@pytest.mark.parametrize('name', ['clex', 'eac', 'coteaching', 'pll linear', 'pll decoder'])
def test_a_loss_that_would_have_no_effect_is_refused(name):
    head = dict(METHODS[name][0], loss=dict(type='CrossEntropyLoss'))
    init_default_scope('mmpretrain')
    with pytest.raises(ValueError, match='does not use loss=.*its loss is'):
        MODELS.build(head)


def test_accuracy_while_training():
    model = make(dict(type='MultiViewHead', cal_acc=True, topk=(1, 2), **LINEAR))
    data = model.data_preprocessor(batch(1, 12), training=True)
    losses = model(**data, mode='loss')
    with torch.no_grad():
        logits = model(data['inputs'])
    label = data['targets'].label
    expected = 100 * (logits.argmax(1) == label).float().mean()
    torch.testing.assert_close(losses['accuracy_top-1'], expected)
    assert losses['accuracy_top-2'] >= losses['accuracy_top-1']
    assert 'accuracy_top-1' not in make(dict(type='MultiViewHead', **LINEAR))(**data, mode='loss')


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


def test_a_head_without_view_loss():
    with pytest.raises(ValueError, match='a LinearClsHead, which has no view_loss'):
        make(dict(type='LinearClsHead', **LINEAR))


def test_views_that_the_pipeline_does_not_make():
    model = make(dict(type='MultiViewHead', **LINEAR), views=(0, 2))
    with pytest.raises(ValueError, match=r'views=\(0, 2\) of own, but the pipeline makes 2'):
        model(**model.data_preprocessor(batch(2), training=True), mode='loss')


def test_landmarks_in_the_frame_of_each_view():
    points = np.array([[-0.5, 0.25], [0.5, 0.0]], np.float32)

    class Landmarks(Spy):
        extra = ('landmarks',)

    model = make(dict(type=Landmarks, **LINEAR))
    data = model.data_preprocessor(batch(2, landmarks=points), training=True)
    model(**data, mode='loss')
    views, targets = model.head.seen
    given = targets.extra['landmarks']
    assert given.shape == (3, 2, 2)
    first, second = (view.geometry.locate(given)[0].tolist() for view in views)
    assert first == points.tolist()
    assert second == [[0.5, 0.25], [-0.5, 0.0]]  # mirrored
    swapped = [view.geometry.locate(given, swap=(1, 0))[0].tolist() for view in views]
    assert swapped == [points.tolist(), [[-0.5, 0.0], [0.5, 0.25]]]
    with pytest.raises(ValueError, match="learns from 'landmarks'"):
        model.data_preprocessor(batch(2), training=True)


def test_landmarks_follow_a_turn():
    """A point that is drawn is where the matrix says, also after a turn."""
    from mmfer.datasets import MultiViewTransform

    image = np.zeros((101, 101, 3), np.uint8)
    image[30:33, 60:63] = 255  # centre (61.5, 31.5) in pixels from the edge
    np.random.seed(0)
    step = MultiViewTransform([[], [dict(type='FaceAffine', degrees=20.0, mirror=1.0)]])
    out = step.transform(dict(img=image, img_shape=(101, 101)))
    point = torch.tensor([[[2 * 61.5 / 101 - 1, 2 * 31.5 / 101 - 1]]])
    from mmfer.functional import move_points

    for v in range(2):
        moved = move_points(point, torch.from_numpy(out['view_matrix'][v])[None])[0, 0]
        bright = np.argwhere(out['img'][v][..., 0] > 100).mean(0)[::-1] + 0.5
        np.testing.assert_allclose((moved.numpy() + 1) * 101 / 2, bright, atol=0.6)


def test_sample_loss_in_the_hosts_own_head():
    init_default_scope('mmpretrain')
    head = MODELS.build(
        dict(
            type='LinearClsHead', **LINEAR, loss=dict(type='SampleLoss', fn='gce', loss_weight=2.0)
        )
    )
    samples = [Noise(1).sample(i) for i in range(3)]
    feats = (torch.randn(3, 8),)
    value = head.loss(feats, samples)['loss']
    p = head(feats).softmax(1)
    torch.testing.assert_close(value, 2 * (Noise(1).score[:3] * (1 - p**0.7) / 0.7).sum(1).mean())
    for settings, named in (
        (dict(fn='gcee'), "fn='gcee' is unknown.*'gce'"),
        (dict(fn='gce', p=0.7), r"does not take \['p'\]; allowed: \['q'\]"),
        (dict(fn='gce', q=2.0), 'q=2.0'),
    ):
        with pytest.raises(ValueError, match=named):
            SampleLoss(**settings)
    with pytest.raises(TypeError, match='weight'):
        SampleLoss('ce')(torch.zeros(1, 2), torch.zeros(1, dtype=torch.long), weight=3)


def test_an_old_checkpoint_of_the_decoder_loads():
    init_default_scope('mmpretrain')
    cfg = dict(METHODS['pll decoder'][0], width=4)
    new, fresh = MODELS.build(cfg), MODELS.build(cfg)
    state = {
        key.replace('reduce.', 'project.')
        if key.startswith('reduce')
        else f'classify.{key[3:]}'
        if key.startswith('fc.')
        else key: value
        for key, value in new.state_dict().items()
    }
    assert 'project.weight' in state and 'classify.weight' in state
    fresh.load_state_dict(state, strict=True)
    feat = (torch.randn(2, 8, 3, 3),)
    assert torch.equal(fresh.eval()(feat), new.eval()(feat))


def test_batch_augments_mix_what_a_loss_learns_from():
    model = make(
        dict(type=Spy, **LINEAR),
        data_preprocessor=dict(mean=[128.0] * 3, std=[64.0] * 3, num_classes=K),
        train_cfg=dict(augments=dict(type='Mixup', alpha=1.0)),
    )
    data = batch(1, 6)
    for sample in data['data_samples']:
        del sample.gt_score
    torch.manual_seed(0)
    np.random.seed(0)
    model(**model.data_preprocessor(data, training=True), mode='loss')
    soft = model.head.seen[1].soft
    assert soft.shape == (6, K) and ((soft > 0).sum(1) > 1).any()
    torch.testing.assert_close(soft.sum(1), torch.ones(6))
    assert F.one_hot(model.head.seen[1].label, K).shape == soft.shape


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


def test_mixed_images_where_nothing_is_learnt_from_them():
    mixup = dict(
        train_cfg=dict(augments=dict(type='Mixup', alpha=1.0)),
        data_preprocessor=dict(mean=[128.0] * 3, std=[64.0] * 3, num_classes=K),
    )
    for choice in ('label', 'candidates'):
        with pytest.raises(ValueError, match='PartialLabelHead does not learn from mixed images'):
            make(dict(type='PartialLabelHead', **LINEAR, learn_from=choice), **mixup)
    make(dict(type='MultiViewHead', **LINEAR), **mixup)
