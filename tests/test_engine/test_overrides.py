"""--noise and --init."""

from pathlib import Path

import mmpretrain
import pytest
from mmengine.config import Config

from mmfer.engine.overrides import IMAGENET, name_noise, read_init, read_noise, set_init, set_noise

CONFIGS = Path(__file__).parents[2] / 'configs'


@pytest.mark.parametrize(
    'words, noise, name',
    [
        ('asymmetric:.2', dict(kind='asymmetric', rate=0.2, seed=0), '_asymmetric20'),
        ('symmetric:0.125:3', dict(kind='symmetric', rate=0.125, seed=3), '_symmetric12-5_seed3'),
        ('file:/data/EAC/noise03.txt', dict(kind='file', path='/data/EAC/noise03.txt'), '_noise03'),
        (
            'file:C:\\data\\my noise.txt',
            dict(kind='file', path='C:\\data\\my noise.txt'),
            '_my-noise',
        ),
        ('none', None, '_clean'),
    ],
)
def test_noise(words, noise, name):
    assert read_noise(words) == noise and name_noise(noise) == name
    cfg = Config.fromfile(CONFIGS / 'clex/clex_r18_rafdb_noise30.py')
    assert set_noise(cfg, words) == name
    assert cfg.train_dataloader.dataset.noise == noise
    assert 'noise' not in cfg.val_dataloader.dataset
    wrapped = Config(
        dict(
            train_dataloader=dict(
                dataset=dict(type='RepeatDataset', times=2, dataset=dict(type='RAFDB'))
            )
        )
    )
    set_noise(wrapped, words)
    assert wrapped.train_dataloader.dataset.dataset.noise == noise


@pytest.mark.parametrize(
    'words',
    [
        'asymmetric',
        'asymmetric:',
        'asymmetric:a',
        'asymmetric:1.5',
        'asymmetric:-.1',
        'asymmetric:nan',
        'asymmetric:.2:x',
        'asymmetric:.2:-1',
        'asymmetric:.2:1:1',
        'gauss:.2',
        'file:',
        'none:1',
        '',
    ],
)
def test_noise_that_is_none(words):
    with pytest.raises(ValueError, match='--noise .*KIND:RATE.*e.g. asymmetric:.2'):
        read_noise(words)


def test_noise_of_several_data_sets():
    cfg = Config(
        dict(
            train_dataloader=dict(dataset=dict(type='ConcatDataset', datasets=[dict(type='RAFDB')]))
        )
    )
    with pytest.raises(ValueError, match='a ConcatDataset of several'):
        set_noise(cfg, 'symmetric:.1')


BACKBONES = ('r18', 'r50', 'mobilefacenet', 'vit-t', 'vit-s', 'vit-b')


def backbone(name):
    return (
        Config.fromfile(CONFIGS / f'_base_/backbones/{name}.py').model.backbone
        if not name.startswith('vit')
        else Config(
            dict(
                Config.fromfile(CONFIGS / 'pll/pll_vit-b_rafdb.py').model.backbone.to_dict(),
                arch={'vit-t': 'deit-tiny', 'vit-s': 'deit-small', 'vit-b': 'base'}[name],
            )
        )
    )


@pytest.mark.parametrize('name', BACKBONES)
def test_each_start_of_each_backbone(name):
    net = backbone(name)
    face = read_init('face:/w/a:b.pth', net)
    assert face['checkpoint'] == '/w/a:b.pth'
    assert (face['type'], face.get('keys')) == {
        'r': ('FaceWeights', 'torchvision'),
        'm': ('FaceWeights', 'mobilefacenet'),
        'v': ('EncoderWeights', None),
    }[name[0]]
    assert read_init('encoder:x.pth', net) == dict(type='EncoderWeights', checkpoint='x.pth')
    assert (read_init('none', net) is None) == (name[0] != 'r')
    if name == 'mobilefacenet':
        with pytest.raises(ValueError, match='no weights of a MobileFaceNet.*face:PATH'):
            read_init('imagenet', net)
    else:
        start = read_init('imagenet', net)
        assert start['type'] == 'Pretrained' and start['prefix'] == 'backbone'


def test_published_weights_are_those_of_the_host():
    folder = Path(mmpretrain.__file__).parent / '.mim/configs'
    told = '\n'.join(path.read_text() for path in folder.rglob('metafile.yml'))
    assert all(url in told for url in IMAGENET.values())


@pytest.mark.parametrize(
    'config, named',
    [
        ('demo/ce_r18_synthetic_noise30.py', "stem_channels': 32, 'base_channels': 32"),
        ('demo/pll_vit-t_synthetic.py', 'no weights of a VisionTransformer, but of'),
    ],
)
def test_published_weights_fit(config, named):
    """The host would load what fits, and go on."""
    with pytest.raises(ValueError, match=f'--init imagenet.*{named}.*take face:PATH'):
        read_init('imagenet', Config.fromfile(CONFIGS / config).model.backbone)


def test_settings_besides_a_random_start_stay():
    cfg = Config.fromfile(CONFIGS / 'pll/pll_vit-b_rafdb.py')
    given = {'optim_wrapper.paramwise_cfg.layer_decay_rate': 0.9}
    cfg.merge_from_dict(given)
    assert set_init(cfg, 'none', given) == ['--init none: random weights']
    assert cfg.optim_wrapper.paramwise_cfg.layer_decay_rate == 0.9
    cfg = Config.fromfile(CONFIGS / 'clex/clex_r18_rafdb.py')
    assert set_init(cfg, 'none', {'model.head.warmup_iters': 1920}) == [
        '--init none: random weights'
    ]


@pytest.mark.parametrize('words', ['face', 'face:', 'imagenet:x', 'none:x', 'msceleb', ''])
def test_starts_that_are_none(words):
    with pytest.raises(ValueError, match='allowed are face:PATH'):
        read_init(words, backbone('r18'))


def test_random_weights_change_what_needs_a_start():
    cfg = Config.fromfile(CONFIGS / 'pll/pll_vit-b_rafdb.py')
    told = set_init(cfg, 'none')
    assert cfg.model.backbone.init_cfg is None
    assert cfg.optim_wrapper.paramwise_cfg.layer_decay_rate == 1.0
    assert any('layer decay 0.65 is switched off' in line for line in told)
    cfg = Config.fromfile(CONFIGS / 'clex/clex_r18_rafdb.py')
    assert any('warmup_iters' in line for line in set_init(cfg, 'none'))
    assert set_init(Config.fromfile(CONFIGS / 'own/clex_r18_own.py'), 'face:x.pth') == [
        '--init face:x.pth: FaceWeights'
    ]


def test_a_start_is_that_of_the_backbone_that_options_make():
    """The host would load what fits of a ResNet-18 into a ResNet-50, and go on."""
    cfg = Config.fromfile(CONFIGS / 'elr/elr_r18_rafdb.py')
    for key, value, named in (('depth', 50, 'resnet50'), ('depth', 18, 'resnet18')):
        options = {f'model.backbone.{key}': value}
        cfg.merge_from_dict(options)
        set_init(cfg, 'imagenet', options)
        assert named in cfg.model.backbone.init_cfg.checkpoint
    for key, value in (('depth', 101), ('base_channels', 32)):
        options = {f'model.backbone.{key}': value}
        cfg.merge_from_dict(options)
        with pytest.raises(ValueError, match='--init imagenet'):
            set_init(cfg, 'imagenet', options)
        cfg.model.backbone.depth = 18
    options = {'model.backbone.init_cfg.checkpoint': 'x.pth', 'model.backbone.base_channels': 64}
    cfg.merge_from_dict(options)
    set_init(cfg, 'imagenet', options)
    assert cfg.model.backbone.init_cfg == dict(
        type='Pretrained', checkpoint='x.pth', prefix='backbone'
    )
    # narrow in the config, as published by the options
    cfg = Config.fromfile(CONFIGS / 'demo/ce_r18_synthetic_noise30.py')
    options = {'model.backbone.base_channels': 64, 'model.backbone.stem_channels': 64}
    cfg.merge_from_dict(options)
    set_init(cfg, 'imagenet', options)
    assert 'resnet18' in cfg.model.backbone.init_cfg.checkpoint
