"""NaN, infinity, negative numbers, fractions, truth values and texts as settings: refused when a
part is built, in everything that a config can name, and in what it passes them to."""

import inspect
from functools import partial

import mmpretrain.registry as registries
import numpy as np
import pytest
import torch
from mmengine.registry import Registry, init_default_scope

import mmfer.datasets
import mmfer.engine
import mmfer.evaluation
from mmfer.functional import LOSSES, UPDATES
from mmfer.models import (
    ConfidenceRevision,
    FeatureQueue,
    LabelMemory,
    MultiViewClassifier,
    Prototypes,
)

nan, inf = float('nan'), float('inf')
LINEAR = dict(num_classes=5, in_channels=8)
TINY = dict(embed_dims=24, num_layers=1, num_heads=3, feedforward_channels=48)
ViT = dict(type='VisiblePatchViT', arch=TINY, img_size=32, patch_size=16)
TOKENS = dict(type='MaskFeatViT', arch=TINY, img_size=32, patch_size=16)
RESNET = dict(type='ResNet', depth=18, num_stages=1, out_indices=(0,), strides=(1,), dilations=(1,))
PLAIN = dict(backbone=RESNET, neck=dict(type='GlobalAveragePooling'))
WHOLE, NUMBER = True, False
# Of each registered part: what it needs to be built, its numbers, and whether whole ones are meant.
# A nested name ('ema.momentum', 'scale.0') is a place in a setting.
HEAD = dict(num_classes=WHOLE, in_channels=WHOLE, topk=WHOLE)
PARTS = {
    'MultiViewHead': (LINEAR, HEAD),
    'EACHead': (LINEAR, dict(HEAD, lambda_ac=NUMBER)),
    'CLEXHead': (
        LINEAR,
        dict(
            HEAD,
            **dict.fromkeys(('lambda_csl', 'lambda_ce', 'lambda_ac', 'gamma', 'p', 'eps'), NUMBER),
            d=WHOLE,
            warmup_iters=WHOLE,
        ),
    ),
    'CoTeachingHead': (LINEAR, dict(HEAD, forget_rate=NUMBER, ramp_epochs=WHOLE)),
    'ELRHead': (LINEAR, dict(HEAD, beta=NUMBER, lambda_elr=NUMBER)),
    'PartialLabelHead': (LINEAR, dict(HEAD, **{'confidence.threshold': NUMBER})),
    'LabelQueryHead': (
        LINEAR,
        dict(
            HEAD,
            **dict.fromkeys(('width', 'blocks', 'heads', 'feedforward'), WHOLE),
            **dict.fromkeys(('dropout', 'embedding_norm', 'lambda_uniformity', 'tau'), NUMBER),
        ),
    ),
    'MultiViewClassifier': (
        dict(PLAIN, head=dict(type='MultiViewHead', **LINEAR)),
        {'views.0': WHOLE},
    ),
    'MultiViewPreprocessor': (
        dict(mean=[1.0] * 3, std=[1.0] * 3),
        {'mean.0': NUMBER, 'std.0': NUMBER, 'pad_size_divisor': WHOLE, 'pad_value': NUMBER},
    ),
    'SampleLoss': (dict(fn='ce'), dict(loss_weight=NUMBER)),
    'MobileFaceNet': (
        dict(out_indices=[5]),
        {'frozen_stages': WHOLE, 'out_indices.0': WHOLE},
    ),
    'VisiblePatchViT': (ViT, dict(mask_ratio=NUMBER)),
    'SimMIMViT': (TOKENS, {}),
    'HOGTarget': (
        dict(patch=16),
        dict(patch=WHOLE, bins=WHOLE, cell=WHOLE, window=WHOLE, channels=WHOLE),
    ),
    'MaskFeatMAE': (
        dict(backbone=ViT, neck=dict(decoder_embed_dim=16, decoder_num_heads=2)),
        {'target_generator.bins': WHOLE},
    ),
    'MaskFeatTokens': (dict(backbone=TOKENS), dict(mask_ratio=NUMBER)),
    'EncoderWeights': (dict(checkpoint='x.pth'), {}),
    'FaceWeights': (dict(checkpoint='x.pth'), {}),
    'CropFaceBox': ({}, dict(margin=NUMBER)),
    'FaceAffine': (
        dict(scale=[0.9, 1.1]),
        {'degrees': NUMBER, 'shift': NUMBER, 'mirror': NUMBER, 'scale.0': NUMBER},
    ),
    'GaussianNoise': ({}, dict(variance=NUMBER, prob=NUMBER)),
    'MultiViewTransform': (dict(views=[[]]), {}),
    'AccuracySummaryHook': ({}, dict(window=WHOLE)),
    'DisambiguationHook': ({}, dict(num_images=WHOLE, seed=WHOLE)),
    'PictureHook': ({}, dict(interval=WHOLE, wait_time=NUMBER)),
    'MeanClassAccuracy': ({}, {}),
}
# Parts whose numbers are the host's, or are looked at once the data is read.
NOT_HERE = {
    **dict.fromkeys(
        ('RAFDB', 'FERPlus', 'FER2013', 'UnlabelledFER'),
        'max_pixels; tests/test_datasets/test_fer_dataset.py',
    ),
    'AffectNet': 'num_classes is 7 or 8; tests/test_datasets/test_affectnet{,_mirrors}.py',
    'ExpW': 'held_out_share; tests/test_datasets/test_expw.py',
    'FERFolder': 'id_base and min_votes: of the table that is read; tests/test_datasets',
    'FERFold': 'fold: of the file; tests/test_datasets/test_folds.py',
    'ClassBalancedSampler': 'is built with its data set: below',
    'CPUAmpOptimWrapper': 'is the host wrapper',
    'WholeCheckpointHook': "takes the host's settings",
}
ALLOWED = {
    ('CropFaceBox', 'margin', 1.5): 'half as much again at each side and more',
    ('MultiViewPreprocessor', 'mean.0', -1): 'pixels are shifted by any number',
    ('MultiViewPreprocessor', 'pad_value', -1): 'of any range of pixels',
}
WRONG = [nan, inf, -inf, -1, 1.5, True, '1']
# 1.5 is right where no whole number is meant, but as a share
SHARES = {'gamma', 'forget_rate', 'beta', 'dropout', 'mask_ratio', 'mirror', 'prob'}


def registered():
    """Name, registry and class of all that is ours."""
    for registry in vars(registries).values():
        if isinstance(registry, Registry):
            for name, kind in registry.module_dict.items():
                if kind.__module__.startswith('mmfer.'):
                    yield name, registry, kind


FOUND = {name: (registry, kind) for name, registry, kind in registered()}


def wrong():
    for name, (_, numbers) in PARTS.items():
        for setting, whole in numbers.items():
            for value in WRONG:
                if value == 1.5 and not whole and setting not in SHARES:
                    continue
                if (name, setting, value) not in ALLOWED:
                    yield pytest.param(name, setting, value, id=f'{name}-{setting}-{value!r}')


def build(name, setting=None, value=None):
    init_default_scope('mmpretrain')
    needed, _ = PARTS[name]
    settings = {k: list(v) if isinstance(v, list) else v for k, v in needed.items()}
    if setting is not None:
        key, _, inner = setting.partition('.')
        if inner.isdecimal():
            settings[key] = [*settings.get(key, [0])]
            settings[key][int(inner)] = value
        elif inner:
            settings[key] = {**settings.get(key, {}), inner: value}
        else:
            settings[key] = value
    registry, kind = FOUND[name]
    return registry.build(dict(settings, type=kind))


def test_everything_that_a_config_can_name_is_here():
    assert set(PARTS) | set(NOT_HERE) >= {
        name for name, (_, kind) in FOUND.items() if numbers_of(kind)
    }
    for name in PARTS:
        given = {setting.partition('.')[0] for setting in PARTS[name][1]}
        assert numbers_of(FOUND[name][1]) <= given, name


def numbers_of(kind):
    """Numeric settings in the signatures that are ours."""
    found = set()
    for one in inspect.getmro(kind):
        if one.__module__.startswith('mmfer.') and '__init__' in vars(one):
            for p in inspect.signature(one.__init__).parameters.values():
                words = str(p.annotation).replace('|', ' ').split()
                if p.annotation in (int, float) or {'int', 'float'} & set(words):
                    found.add(p.name)
    return found


@pytest.mark.parametrize('name', PARTS)
def test_what_is_right_is_built(name):
    build(name)


@pytest.mark.parametrize('name, setting, value', list(wrong()))
def test_a_wrong_number_is_refused_when_built(name, setting, value):
    with pytest.raises(ValueError) as told:
        build(name, setting, value)
    key = setting.partition('.')
    named = key[2] if key[2] and not key[2].isdecimal() else key[0]
    assert named in str(told.value) and 'allowed' in str(told.value), told.value
    assert repr(value) in str(told.value)


@pytest.mark.parametrize('name, setting, value', ALLOWED)
def test_what_the_table_allows(name, setting, value):
    build(name, setting, value)


# What is not registered, and takes its numbers from a config all the same.
NUMBERS = {
    'queue': (partial(FeatureQueue, size=3, width=2), dict(size=WHOLE, width=WHOLE)),
    'memory': (partial(LabelMemory, width=2), dict(width=WHOLE)),
    'prototypes': (
        partial(Prototypes, num_classes=3, width=2),
        dict(num_classes=WHOLE, width=WHOLE, momentum=NUMBER),
    ),
    'average': (
        lambda momentum: MultiViewClassifier(
            RESNET, head=dict(type=Contrast, **LINEAR), ema=dict(momentum=momentum)
        ),
        dict(momentum=NUMBER),
    ),
    'sampler': (
        lambda **settings: mmfer.datasets.ClassBalancedSampler(Labels(), **settings),
        dict(num_samples=WHOLE),
    ),
    **{
        f'loss {fn}': (
            partial(one, torch.zeros(1, 2), torch.zeros(1, dtype=torch.long)),
            {
                p.name: NUMBER
                for p in inspect.signature(one).parameters.values()
                if isinstance(p.default, float)
            },
        )
        for fn, one in LOSSES.items()
    },
    **{
        f'update {fn}': (
            partial(ConfidenceRevision, 3, fn),
            {
                p.name: NUMBER
                for p in inspect.signature(one).parameters.values()
                if isinstance(p.default, float)
            },
        )
        for fn, one in UPDATES.items()
    },
}


class Labels(list):
    def get_gt_labels(self):
        return np.array([0, 1])


class Contrast(mmfer.models.MultiViewHead):
    def view_loss(self, views, targets, ema):
        return {}


@pytest.mark.parametrize(
    'name, setting, value',
    [
        pytest.param(name, setting, value, id=f'{name}-{setting}-{value!r}')
        for name, (_, numbers) in NUMBERS.items()
        for setting, whole in numbers.items()
        for value in WRONG
        if (value != 1.5 or whole) and (setting, value) != ('floor', -1)
    ],
)
def test_a_wrong_number_is_refused_beyond_the_registry(name, setting, value):
    init_default_scope('mmpretrain')
    with pytest.raises(ValueError, match=setting):
        NUMBERS[name][0](**{setting: value})


def test_whole_numbers_may_be_written_as_floats():
    """1e3 is how many write a thousand."""
    head = build('CLEXHead', 'warmup_iters', 1e3)
    assert head.warmup_iters == 1000 and isinstance(head.warmup_iters, int)
    assert build('LabelQueryHead', 'blocks', np.int64(3)).blocks[2] is not None
    assert build('CLEXHead', 'd', 2.0).retained == 2
    assert build('CLEXHead', 'p', np.float32(2.5)).norm['p'] == 2.5
