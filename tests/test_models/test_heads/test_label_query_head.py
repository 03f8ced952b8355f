"""The label-query decoder: tokens, embeddings, attention."""

import math

import pytest
import torch
import torch.nn.functional as F
from methods import METHODS, K
from mmpretrain.models.backbones import ResNet, VisionTransformer
from mmpretrain.registry import MODELS

from mmfer.functional import uniformity
from mmfer.models import LabelQueryHead, Targets, View


def make(in_channels=12, **kwargs):
    """A small head with weights set, in eval mode."""
    torch.manual_seed(0)
    settings = dict(heads=2, feedforward=16, confidence=dict(fn=None))
    head = LabelQueryHead(K, in_channels, **{**settings, **kwargs})
    head.init_weights()
    return head.eval()


def tokens(n=3, count=10, width=12, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(n, count, width, generator=generator)


def cosines(q):
    q = F.normalize(q.detach(), dim=1)
    return (q @ q.T)[~torch.eye(len(q), dtype=torch.bool)]


def test_vit_tokens_and_the_class_token():
    other = tokens()
    other[:, 0] += 5
    for use, length in (('dropped', 9), ('kept', 10), ('none', 10)):
        head = make(class_token=use)
        logits, weights = head((tokens(),)), head.attention((tokens(),))
        assert logits.shape == (3, K) and weights.shape == (3, K, length)
        moved = (head((other,)) - logits).abs().max()
        assert (moved > 1e-3) == (use != 'dropped')
    # the head of all tokens but the first is that of tokens without a first
    dropped, none = make(class_token='dropped'), make(class_token='none')
    torch.testing.assert_close(dropped((tokens(),)), none((tokens()[:, 1:],)))


def test_a_real_vit_and_its_feature_map_give_the_same():
    torch.manual_seed(0)
    arch = dict(embed_dims=12, num_layers=2, num_heads=2, feedforward_channels=24)
    raw = VisionTransformer(arch, img_size=32, patch_size=8, out_type='raw')
    maps = VisionTransformer(arch, img_size=32, patch_size=8, out_type='featmap')
    maps.load_state_dict(raw.state_dict())
    raw.eval(), maps.eval()
    image = torch.randn(2, 3, 32, 24)
    head = make()
    torch.testing.assert_close(head(raw(image)), head(maps(image)))
    assert head.attention(raw(image)).shape == (2, K, 4 * 3)


@pytest.mark.parametrize('position', ['none', 'sine'])
def test_resnet_map(position):
    torch.manual_seed(0)
    net = ResNet(18, base_channels=4, stem_channels=4, out_indices=(3,))
    net.eval()
    feats = net(torch.randn(2, 3, 96, 64))
    assert feats[-1].shape == (2, 32, 3, 2)
    head = make(32, width=12, position=position)
    logits = head(feats)
    weights = head.attention(feats)
    assert logits.shape == (2, K) and weights.shape == (2, K, 6)
    # rows of the map one after the other
    flat = feats[-1].flatten(2)
    order = torch.tensor([3, 1, 4, 0, 5, 2])
    shuffled = (flat[:, :, order].unflatten(2, (3, 2)),)
    moved = (head(shuffled) - logits).abs().max()
    if position == 'none':
        assert moved < 1e-5
        torch.testing.assert_close(head.attention(shuffled), weights[:, :, order])
    else:
        assert moved > 1e-4


@pytest.mark.parametrize('self_attention', [False, True])
def test_attention_rows_sum_to_one(self_attention):
    head = make(self_attention=self_attention, blocks=3)
    for block in (0, 1, -1):
        weights = head.attention((tokens(),), block)
        assert weights.min() >= 0
        torch.testing.assert_close(weights.sum(2), torch.ones(3, K))
    assert (head.attention((tokens(),), 0) - weights).abs().max() > 1e-4


@pytest.mark.parametrize('self_attention', [False, True])
def test_classes_have_no_order_and_meet_only_in_self_attention(self_attention):
    head = make(self_attention=self_attention)
    logits = head((tokens(),))
    with torch.no_grad():
        head.label_embeddings[0] += 1
    moved = (head((tokens(),)) - logits).abs().amax(0)
    assert moved[0] > 1e-4 and (moved[1:] > 1e-6).all() == self_attention
    assert self_attention or (moved[1:] == 0).all()

    logits, order = head((tokens(),)), torch.tensor([2, 0, 4, 1, 3])
    with torch.no_grad():
        for p in (head.label_embeddings, head.fc.weight, head.fc.bias):
            p.copy_(p[order])
    torch.testing.assert_close(head((tokens(),)), logits[:, order])


def test_images_are_independent():
    head = make(self_attention=True)
    torch.testing.assert_close(head((tokens()[1:2],)), head((tokens(),))[1:2])


def test_optimal_positions_before_training():
    head = make(embeddings='optimal')
    torch.testing.assert_close(
        cosines(head.label_embeddings), torch.full((20,), -0.25), atol=1e-6, rtol=0
    )
    # as long as standard normal ones, or as told
    assert head.label_embeddings.norm(dim=1).tolist() == pytest.approx([12**0.5] * K)
    assert make(embedding_norm=1.0).label_embeddings.norm(dim=1).tolist() == pytest.approx(
        [1.0] * K
    )
    # too narrow for a simplex of five: in the plane, 72 degrees
    narrow = make(width=2, heads=1, tau=0.01)
    assert cosines(narrow.label_embeddings).max().item() == pytest.approx(
        math.cos(math.radians(72)), abs=0.02
    )


def test_embeddings_by_name():
    optimised = make(embeddings='optimised')
    torch.testing.assert_close(
        cosines(optimised.label_embeddings), torch.full((20,), -0.25), atol=2e-3, rtol=0
    )
    assert cosines(make(embeddings='normal').label_embeddings).std() > 0.1
    # built, but without first weights: normal
    assert cosines(LabelQueryHead(K, 12, heads=2).label_embeddings).std() > 0.1


@pytest.mark.parametrize('freeze', [False, True])
def test_frozen_or_learnt(freeze):
    head = make(freeze_embeddings=freeze).train()
    before = head.label_embeddings.detach().clone()
    optimiser = torch.optim.SGD(head.parameters(), lr=1.0)
    head((tokens(),)).square().sum().backward()
    optimiser.step()
    assert torch.equal(head.label_embeddings, before) == freeze
    others = [p.grad for n, p in head.named_parameters() if n != 'label_embeddings']
    assert all(g is not None for g in others)
    # either loads the other
    make(freeze_embeddings=not freeze).load_state_dict(head.state_dict())


def test_uniformity_as_a_loss():
    feats = (tokens(),)
    soft = torch.eye(K)[:3]

    def losses(**kwargs):
        head = make(embeddings='normal', **kwargs)
        return head, head.view_loss(
            [View(feats, None, head(feats))], Targets(torch.arange(3), soft)
        )

    assert list(losses()[1]) == ['loss_pll']
    head, found = losses(lambda_uniformity=0.5, tau=0.01)
    assert list(found) == ['loss_pll', 'loss_uniformity']
    expected = 0.5 * uniformity(head.label_embeddings, 0.01).mean()
    torch.testing.assert_close(found['loss_uniformity'], expected)
    found['loss_uniformity'].backward()
    assert head.label_embeddings.grad.abs().max() > 1e-3
    assert all(p.grad is None for n, p in head.named_parameters() if n != 'label_embeddings')


@pytest.mark.parametrize(
    'feat, settings, named',
    [
        (torch.ones(2, 12), {}, 'pooled already'),
        (torch.ones(2, 12, 3, 3), dict(class_token='kept'), "class_token='kept'.*has none"),
        (torch.ones(2, 9, 12), dict(position='sine'), "position='sine' is for feature maps"),
    ],
)
def test_features_that_do_not_fit(feat, settings, named):
    with pytest.raises(ValueError, match=named):
        make(**settings)((feat,))


@pytest.mark.parametrize(
    'settings, named',
    [
        (dict(class_token='first'), "class_token='first'.*'dropped'"),
        (dict(position='learnt'), "position='learnt'.*'sine'"),
        (dict(embeddings='simplex'), "embeddings='simplex'.*'optimal'"),
        (dict(heads=5), 'width=12 cannot be divided among heads=5'),
        (dict(freeze_embeddings=True, lambda_uniformity=1.0), 'lambda_uniformity=1.0.*frozen'),
        (dict(tau=0), 'tau=0'),
    ],
)
def test_settings_that_do_not_fit(settings, named):
    with pytest.raises(ValueError, match=named):
        make(**settings)


def test_mixed_precision():
    head = make(embeddings='normal', lambda_uniformity=1.0, self_attention=True)
    feats, soft = (tokens(),), torch.eye(K)[:3]
    exact = head((tokens(),))
    with torch.autocast('cpu', dtype=torch.bfloat16):
        logits = head(feats)
        losses = head.view_loss([View(feats, None, logits)], Targets(torch.arange(3), soft))
    torch.testing.assert_close(logits.float(), exact, atol=0.05, rtol=0)
    # at tau .001 bfloat16 cosines would be off by several units
    torch.testing.assert_close(
        losses['loss_uniformity'], uniformity(head.label_embeddings, 0.001).mean()
    )
    assert losses['loss_pll'].dtype == torch.float32
    sum(losses.values()).backward()
    assert all(torch.isfinite(p.grad).all() for p in head.parameters())


@pytest.mark.parametrize(
    'settings, named',
    [
        (dict(embedding_norm=0), 'embedding_norm=0'),
        (dict(embedding_norm=-1), 'embedding_norm=-1'),
        (dict(lambda_uniformity=-1.0), 'lambda_uniformity=-1.0'),
        (dict(in_channels=10, position='sine'), "'sine' needs a width divisible by 4, not 10"),
    ],
)
def test_numbers_out_of_range(settings, named):
    with pytest.raises(ValueError, match=named):
        make(**settings)


def test_an_old_checkpoint_of_the_decoder_loads():
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
