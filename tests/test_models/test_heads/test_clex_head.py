"""MultiViewClassifier with CLEXHead, and the plain network it leaves."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from mmengine.logging import MMLogger
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample

from mmfer.functional import complementary_suppression, exchange, lp_normalise, random_class_mask
from mmfer.models import CLEXHead, Geometry, Progress, Targets, View
from mmfer.models.heads import clex_head


def head(**kwargs):
    return CLEXHead(num_classes=7, in_channels=6, **kwargs).double()


def two_views(n=4, seed=0, dtype=torch.float64):
    generator = torch.Generator().manual_seed(seed)
    mirrored = torch.ones(n, dtype=torch.bool)
    views = []
    for i in range(2):
        feat = torch.rand(n, 6, 3, 3, generator=generator, dtype=dtype)
        logits = 2 * torch.randn(n, 7, generator=generator, dtype=dtype)
        views.append(
            View((feat,), feat.mean((2, 3)), logits, Geometry(mirrored if i else ~mirrored))
        )
    return views, Targets(torch.randint(0, 7, (n,), generator=generator))


def test_published_sizes_of_the_subsets():
    for classes, swapped, kept in ((7, 3, 5), (8, 3, 6)):
        clex = CLEXHead(num_classes=classes, in_channels=6)
        assert (clex.exchanged, clex.retained) == (swapped, kept)
    # floor(.6 * 5) is 3, although .6 * 5 may be stored a little below
    assert CLEXHead(num_classes=6, in_channels=6, gamma=0.6).exchanged == 3


def test_losses_equal_a_loop_over_samples():
    clex = head()
    views, targets = two_views()
    torch.manual_seed(5)
    losses = clex.view_loss(views, targets)

    torch.manual_seed(5)
    noise = torch.rand(2, 4, 7, dtype=torch.float32)
    swap = random_class_mask(noise[0], targets.label, 3)
    keep = random_class_mask(noise[1], targets.label, 5)
    csl = ce = ac = 0.0
    weight = clex.fc.weight.detach()
    for i in range(4):
        z = [view.logits[i].tolist() for view in views]
        e = [[z[1 - v][k] if swap[i, k] else z[v][k] for k in range(7)] for v in range(2)]
        for v in range(2):
            norm = sum(abs(x) ** 3 for x in e[v]) ** (1 / 3)
            u = [x / norm for x in e[v]]
            total = sum(math.exp(x) for x in u)
            csl += sum(math.log(math.exp(u[k]) / total) for k in range(7) if keep[i, k]) / 4
            total = sum(math.exp(x) for x in z[v])
            ce -= math.log(math.exp(z[v][targets.label[i]]) / total) / 4
        for k in range(7):
            maps = [sum(weight[k, d] * view.feat[i, d] for d in range(6)) for view in views]
            ac += ((maps[0] - maps[1].flip(-1)) ** 2).sum().item()
    ac /= 4 * 7 * 9
    assert losses['loss_csl'].item() == pytest.approx(csl, rel=1e-6)
    assert losses['loss_ce'].item() == pytest.approx(0.4 * ce, rel=1e-6)
    assert losses['loss_ac'].item() == pytest.approx(2 * ac, rel=1e-6)


def test_value_at_the_start():
    # Zero logits: every q is 1 / C, so L_CSL = -2 |R| log C.
    views, targets = two_views()
    views = [v._replace(logits=torch.zeros(4, 7)) for v in views]
    value = head(lambda_ac=0).view_loss(views, targets)['loss_csl'].item()
    assert value == pytest.approx(-2 * 5 * math.log(7), rel=1e-6)


def test_subsets_are_drawn_anew_each_step_and_by_the_seed():
    views, targets = two_views()
    clex = head(lambda_ac=0, lambda_ce=0)

    def steps():
        torch.manual_seed(0)
        return [clex.view_loss(views, targets)['loss_csl'] for _ in range(3)]

    first, second = steps(), steps()
    assert first == second
    assert len({value.item() for value in first}) == 3


def test_subsets_follow_each_samples_draw(monkeypatch):
    """Of the joined batch and of its halves the same, whatever torch draws."""
    masks = []

    def keep(*args):
        masks.append(random_class_mask(*args))
        return masks[-1]

    monkeypatch.setattr(clex_head, 'random_class_mask', keep)
    clex, draw = head(), torch.arange(4) * 7**21
    (first, second), targets = two_views()
    label = targets.label
    whole = clex.suppression(first.logits, second.logits, label, draw)
    halves = [
        clex.suppression(first.logits[part], second.logits[part], label[part], draw[part])
        for part in (slice(0, 2), slice(2, 4))
    ]
    assert sum(halves).item() / 2 == pytest.approx(whole.item(), rel=1e-9)
    swap, kept = masks[:2]
    assert torch.equal(torch.cat(masks[2::2]), swap) and torch.equal(torch.cat(masks[3::2]), kept)
    assert (swap.sum(1) == 3).all() and (kept.sum(1) == 5).all()
    losses = clex.view_loss(two_views()[0], targets._replace(draw=draw))
    assert losses['loss_csl'].item() == pytest.approx(whole.item(), rel=1e-9)
    # each subset of one class as often as another, and both apart from each other
    masks.clear()
    many = 7000
    logits, zeros = torch.randn(many, 7), torch.zeros(many, dtype=torch.long)
    clex.suppression(logits, logits, zeros, torch.arange(many) << 20)
    swap, kept = (mask[:, 1:].double() for mask in masks)
    assert (swap.mean(0) - 0.5).abs().max() < 4 * 0.5 / many**0.5
    assert (kept.mean(0) - 5 / 6).abs().max() < 4 * (5 / 36 / many) ** 0.5
    apart = torch.cat([swap, kept], 1).T.corrcoef()[:6, 6:]
    assert apart.abs().max() < 4 / many**0.5


def test_subsets_are_shared_by_the_views(monkeypatch):
    # What goes into the suppression: each class's two logits, one in each view, in either order,
    # and one R for both.
    seen = {}
    clex = head(lambda_ac=0)

    def spy(logits, mask, **kwargs):
        seen.update(logits=logits, mask=mask)
        return complementary_suppression(logits, mask, **kwargs)

    monkeypatch.setattr(clex_head, 'complementary_suppression', spy)
    monkeypatch.setattr(clex_head, 'lp_normalise', lambda z, **kwargs: z)
    views, targets = two_views()
    clex.view_loss(views, targets)
    first, second = seen['logits'].chunk(2)
    swapped = first != views[0].logits
    assert (swapped.sum(1) == clex.exchanged).all()
    assert not swapped.gather(1, targets.label[:, None]).any()
    for ours, other, mate in ((first, *views), (second, *views[::-1])):
        assert torch.equal(ours, torch.where(swapped, mate.logits, other.logits))
    one, two = seen['mask'].chunk(2)
    assert torch.equal(one, two) and (one.sum(1) == clex.retained).all()


def test_gradient_flows_through_the_exchange():
    views, targets = two_views()
    first, second = (v.logits.requires_grad_() for v in views)
    torch.manual_seed(0)
    noise = torch.rand(2, 4, 7)
    swap = random_class_mask(noise[0], targets.label, 3)
    # The loss of the first exchanged view alone, written out.
    e1, _ = exchange(first, second, swap)
    lp_normalise(e1).log_softmax(1)[:, 0].sum().backward()
    assert (second.grad[swap] != 0).all() and (second.grad[~swap] == 0).all()


def test_weight_zero_is_off_and_terms_sum():
    views, targets = two_views()
    assert set(head().view_loss(views, targets)) == {'loss_ce', 'loss_csl', 'loss_ac'}
    for name in ('csl', 'ce', 'ac'):
        losses = head(**{f'lambda_{name}': 0}).view_loss(views, targets)
        assert f'loss_{name}' not in losses and len(losses) == 2


def test_clip_mode_forms_and_reduction_reach_the_loss():
    views, targets = two_views()
    values = set()
    for kwargs in (
        dict(),
        dict(clip_mode='element'),
        dict(csl_form='nl'),
        dict(csl_form='prob'),
        dict(csl_reduction='mean'),
        dict(p=2.0),
        dict(d=2),
        dict(eps=10.0),
    ):
        torch.manual_seed(0)
        losses = head(**kwargs).view_loss(views, targets)
        values.add(round(losses['loss_csl'].item(), 9))
    assert len(values) == 8


def test_warm_up_follows_the_runners_iteration():
    views, targets = two_views()
    clex, plain = head(warmup_iters=4), head()
    plain.load_state_dict(clex.state_dict(), strict=True)

    def terms(module, done):
        module.progress = Progress(0, 1, done, 10)
        torch.manual_seed(0)
        return module.view_loss(views, targets)

    full = terms(plain, 0)
    for done, share in ((0, 0.25), (1, 0.5), (2, 0.75), (3, 1), (9, 1)):
        grown = terms(clex, done)
        for name in ('loss_csl', 'loss_ac'):
            torch.testing.assert_close(grown[name], share * full[name])
        assert torch.equal(grown['loss_ce'], full['loss_ce'])
    with pytest.raises(RuntimeError, match='MethodHook'):
        head(warmup_iters=4).view_loss(views, targets)


def test_half_precision_logits_give_float32_losses():
    views, targets = two_views(dtype=torch.float32)
    clex = CLEXHead(num_classes=7, in_channels=6)
    for dtype in (torch.float16, torch.bfloat16):
        low = [v._replace(stages=(v.feat.to(dtype),), logits=v.logits.to(dtype)) for v in views]
        torch.manual_seed(0)
        with torch.autocast('cpu', torch.bfloat16):
            losses = clex.view_loss(low, targets)
        torch.manual_seed(0)
        # the same numbers, rounded the same way, computed in float32
        rounded = [v._replace(stages=(v.feat.float(),), logits=v.logits.float()) for v in low]
        expected = clex.view_loss(rounded, targets)
        for name, value in losses.items():
            assert value.dtype == torch.float32
            torch.testing.assert_close(value, expected[name])


@pytest.mark.parametrize(
    'kwargs, named',
    [
        (dict(gamma=1.5), 'gamma=1.5'),
        (dict(d=6), '0 to 5'),
        (dict(d=-1), 'd=-1'),
        (dict(csl_form='lg'), "'lg' is unknown"),
        (dict(clip_mode='zz'), "'zz' is unknown"),
        (dict(p=0.5), 'p=0.5'),
    ],
)
def test_settings_that_do_not_fit(kwargs, named):
    with pytest.raises(ValueError, match=named):
        head(**kwargs)


def test_one_view_and_lost_geometry_are_errors():
    views, targets = two_views()
    with pytest.raises(ValueError, match='2 views of each image, got 1'):
        head().view_loss(views[:1], targets)
    blind = [v._replace(geometry=None) for v in views]
    with pytest.raises(ValueError, match='view_matrix'):
        head().view_loss(blind, targets)
    head(lambda_ac=0).view_loss(blind, targets)
    with pytest.raises(NotImplementedError, match='MultiViewClassifier'):
        head().loss((torch.zeros(1, 6),), None)


# --- the whole network

NET = dict(
    backbone=dict(type='ResNet', depth=18, num_stages=4, out_indices=(3,)),
    neck=dict(type='GlobalAveragePooling'),
)


def build(**kwargs):
    torch.manual_seed(0)
    cfg = dict(
        type='MultiViewClassifier',
        head=dict(type='CLEXHead', num_classes=7, in_channels=512),
        **NET,
    )
    return MODELS.build({**cfg, **kwargs})


def samples(n):
    out = []
    for i in range(n):
        sample = DataSample().set_gt_label(i % 7)
        sample.set_field(
            np.stack([np.eye(3), np.diag([-1.0, 1, 1])]).astype(np.float32), 'view_matrix'
        )
        out.append(sample)
    return out


def pair(n=4, size=64):
    x = torch.randint(
        0, 256, (n, 3, size, size), dtype=torch.uint8, generator=torch.Generator().manual_seed(0)
    )
    return dict(inputs=[x, x.flip(-1)], data_samples=samples(n))


@pytest.mark.parametrize('view_pass', ['separate', 'joint'])
def test_a_step_reaches_every_parameter(view_pass):
    model = build(view_pass=view_pass)
    data = model.data_preprocessor(pair(), training=True)
    losses = model(**data, mode='loss')
    total, logged = model.parse_losses(losses)
    assert {'loss', 'loss_csl', 'loss_ce', 'loss_ac'} == set(logged)
    torch.testing.assert_close(total, sum(losses.values()))
    total.backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert torch.isfinite(parameter.grad).all(), name


def test_a_step_in_mixed_precision():
    model = build()
    data = model.data_preprocessor(pair(), training=True)
    with torch.autocast('cpu', torch.bfloat16):
        view = model.extract_views(data['inputs'])[0]
        assert view.logits.dtype == view.feat.dtype == torch.bfloat16
        losses = model(**data, mode='loss')
    assert all(loss.dtype == torch.float32 for loss in losses.values())
    sum(losses.values()).backward()
    for name, parameter in model.named_parameters():
        assert torch.isfinite(parameter.grad).all(), name


def test_passes_differ_in_batch_norm_alone():
    data = build().data_preprocessor(pair(), training=True)
    outs = []
    for view_pass in ('separate', 'joint'):
        model = build(view_pass=view_pass).eval()
        outs.append(model.extract_views(data['inputs']))
        counts = model.backbone.bn1.num_batches_tracked.item()
        model.train()
        model.extract_views(data['inputs'])
        counts = model.backbone.bn1.num_batches_tracked.item() - counts
        assert counts == (2 if view_pass == 'separate' else 1)
    for separate, joint in zip(*outs):
        torch.testing.assert_close(separate.logits, joint.logits)
        torch.testing.assert_close(separate.feat, joint.feat)


def test_trained_weights_load_in_a_stock_classifier():
    model = build()
    optimiser = torch.optim.Adam(model.parameters(), 1e-4)
    data = model.data_preprocessor(pair(), training=True)
    loss, _ = model.parse_losses(model(**data, mode='loss'))
    loss.backward()
    optimiser.step()
    stock = MODELS.build(
        dict(
            type='ImageClassifier',
            head=dict(type='LinearClsHead', num_classes=7, in_channels=512),
            **NET,
        )
    )
    stock.load_state_dict(model.state_dict(), strict=True)
    model.eval(), stock.eval()
    x = data['inputs'][0]
    assert torch.equal(model(x), stock(x))
    predicted = model(x, mode='predict')
    assert torch.equal(torch.stack([s.pred_score for s in predicted]), F.softmax(stock(x), dim=1))


def test_same_seed_same_gradients():
    grads = []
    for _ in range(2):
        model = build()
        torch.manual_seed(1)
        data = model.data_preprocessor(pair(), training=True)
        sum(model(**data, mode='loss').values()).backward()
        grads.append(model.head.fc.weight.grad)
    assert torch.equal(*grads)


def test_plain_multi_view_head_trains_on_one_view_too():
    model = build(head=dict(type='MultiViewHead', num_classes=7, in_channels=512))
    x = torch.rand(3, 3, 64, 64)
    losses = model.eval()(x, samples(3), mode='loss')
    expected = F.cross_entropy(model(x), torch.arange(3))
    torch.testing.assert_close(losses['loss_ce'], expected)


def test_unknown_pass_is_refused():
    with pytest.raises(ValueError, match="allowed: \\('joint', 'separate'\\)"):
        build(view_pass='both')


@pytest.mark.parametrize('classes, d', [(2, 0), (3, 1), (7, 1), (8, 1)])
def test_d_follows_the_number_of_classes(classes, d):
    """As published from three on; of two, the single other class stays."""
    found = CLEXHead(classes, 8)
    assert found.retained == classes - 1 - d
    if d:
        assert found.retained == CLEXHead(classes, 8, d=1).retained
    else:
        with pytest.raises(
            ValueError, match='d=1 of the 1 non-target .*from 0 to 0, or None.*head.d'
        ):
            CLEXHead(classes, 8, d=1)
    with pytest.raises(ValueError, match='num_classes=1 leaves no class'):
        CLEXHead(1, 8)


@pytest.mark.parametrize(
    'classes, gamma, acts', [(7, 0.1, '0.1667'), (8, 0.1, '0.1429'), (2, 0.5, '1')]
)
def test_a_share_that_exchanges_none_is_told(classes, gamma, acts, caplog):
    MMLogger.get_instance(f'clex_{classes}').addHandler(caplog.handler)
    assert CLEXHead(classes, 8, gamma=gamma).exchanged == 0
    assert f'From gamma={acts} on one' in caplog.text
    caplog.clear()
    assert CLEXHead(classes, 8, gamma=float(acts)).exchanged == 1
    assert CLEXHead(classes, 8, gamma=0.0).exchanged == 0
    assert 'exchanges none' not in caplog.text
