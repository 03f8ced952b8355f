"""``--noise`` and ``--init`` of tools/train.py, as changes of a config."""

import re

from mmengine.config import Config, ConfigDict

DRAWN = ('symmetric', 'symmetric_inclusive', 'pair', 'asymmetric')
INITS = 'face:PATH, encoder:PATH, imagenet or none'
# The host's published weights by (type, depth or arch); its metafiles have them.
_HOST = 'https://download.openmmlab.com/mmclassification/v0/'
IMAGENET = {
    ('ResNet', 18): f'{_HOST}resnet/resnet18_8xb32_in1k_20210831-fbbb1da6.pth',
    ('ResNet', 50): f'{_HOST}resnet/resnet50_8xb32_in1k_20210831-ea4938fc.pth',
    (
        'VisionTransformer',
        'deit-tiny',
    ): f'{_HOST}deit/deit-tiny_pt-4xb256_in1k_20220218-13b382a0.pth',
    (
        'VisionTransformer',
        'deit-small',
    ): f'{_HOST}deit/deit-small_pt-4xb256_in1k_20220218-9425b9bb.pth',
    ('VisionTransformer', 'base'): f'{_HOST}deit/deit-base_pt-16xb64_in1k_20220216-db63c16c.pth',
}
FACE_KEYS = {'ResNet': 'torchvision', 'MobileFaceNet': 'mobilefacenet'}
# Of the published networks.
WIDTHS = dict(stem_channels=64, base_channels=64, deep_stem=False, patch_size=16)
RANDOM_RESNET = [
    dict(type='Kaiming', layer='Conv2d'),
    dict(type='Constant', val=1, layer='_BatchNorm'),
]


def read_noise(words: str) -> dict | None:
    """``KIND:RATE[:SEED]``, ``file:PATH`` or ``none`` as ``noise=`` of a data set.

    Args:
        words: Of the command line.

    Raises:
        ValueError: On anything else.

    Examples:
        >>> read_noise('asymmetric:.2:1')
        {'kind': 'asymmetric', 'rate': 0.2, 'seed': 1}
    """
    fix = (
        f'give KIND:RATE or KIND:RATE:SEED with a kind of {", ".join(DRAWN)} and a rate from 0 to '
        '1, e.g. asymmetric:.2; or file:PATH, or none'
    )
    if words == 'none':
        return None
    kind, _, rest = words.partition(':')
    if kind == 'file' and rest:
        return dict(kind='file', path=rest)
    parts = rest.split(':')
    if kind not in DRAWN or len(parts) > 2:
        raise ValueError(f'--noise {words}: {fix}')
    try:
        rate, seed = float(parts[0]), int(parts[1]) if parts[1:] else 0
    except ValueError:
        raise ValueError(f'--noise {words}: {fix}') from None
    if not 0 <= rate <= 1 or seed < 0:
        raise ValueError(f'--noise {words}: {fix}')
    return dict(kind=kind, rate=rate, seed=seed)


def name_noise(noise: dict | None) -> str:
    """What the noise adds to the name of a work dir.

    Examples:
        >>> name_noise(dict(kind='asymmetric', rate=.2, seed=1)), name_noise(None)
        ('_asymmetric20_seed1', '_clean')
    """
    if noise is None:
        return '_clean'
    if noise['kind'] == 'file':
        stem = noise['path'].replace('\\', '/').rsplit('/', 1)[-1].rsplit('.', 1)[0]
        return f'_{re.sub(r"[^0-9A-Za-z_-]", "-", stem)}'
    rate = f'{100 * noise["rate"]:g}'.replace('.', '-')
    return f'_{noise["kind"]}{rate}' + (f'_seed{noise["seed"]}' if noise['seed'] else '')


def set_noise(cfg: Config, words: str) -> str:
    """``--noise``: the training set's noise, instead of the config's.

    Args:
        cfg: Changed in place.
        words: Of the command line.

    Returns:
        What it adds to the name of the work dir.

    Raises:
        ValueError: On wrong words, or where the training set takes no noise.
    """
    noise = read_noise(words)
    dataset = cfg.train_dataloader.dataset
    while 'dataset' in dataset:
        dataset = dataset.dataset
    if 'datasets' in dataset:
        raise ValueError(
            f'--noise {words}: the training set is a {dataset.type} of several data sets; set '
            'noise of each in the config. Pre-training uses no labels'
        )
    dataset.noise = noise
    return name_noise(noise)


def _random_weights(backbone: ConfigDict):
    return RANDOM_RESNET if backbone.type == 'ResNet' else None


def check_init(words: str) -> None:
    """Whether these can be words of ``--init``.

    Raises:
        ValueError: On others.
    """
    if not re.fullmatch('none|imagenet|(face|encoder):.+', words):
        raise ValueError(f'--init {words}: allowed are {INITS}')


def read_init(words: str, backbone: ConfigDict):
    """``init_cfg`` of a backbone for the words of ``--init``.

    Args:
        words: Of the command line.
        backbone: Its config.

    Raises:
        ValueError: On other words, or where there is no such start.
    """
    check_init(words)
    kind, _, path = words.partition(':')
    if kind == 'none':
        return _random_weights(backbone)
    if kind == 'face':
        if backbone.type in FACE_KEYS:
            return dict(type='FaceWeights', checkpoint=path, keys=FACE_KEYS[backbone.type])
        # by the backbone's own names
        return dict(type='EncoderWeights', checkpoint=path)
    if kind == 'encoder':
        return dict(type='EncoderWeights', checkpoint=path)
    key = (backbone.type, backbone.get('depth', backbone.get('arch')))
    known = [one for one in IMAGENET if one[0] == backbone.type]
    if not isinstance(key[1], (int, str)) or key not in IMAGENET:
        raise ValueError(
            f'--init imagenet: the host publishes no weights of a {backbone.type} '
            f'{key[1] if isinstance(key[1], (int, str)) else ""}'.rstrip()
            + (f', but of {[one[1] for one in known]}' if known else '')
            + '; take face:PATH, encoder:PATH or none'
        )
    if changed := {
        name: backbone[name] for name in WIDTHS if backbone.get(name, WIDTHS[name]) != WIDTHS[name]
    }:
        # the host would load what fits, and say no more than a warning
        raise ValueError(
            f'--init imagenet: the published {backbone.type} {key[1]} does not fit a backbone with '
            f'{changed}; take face:PATH, encoder:PATH or none'
        )
    return dict(type='Pretrained', checkpoint=IMAGENET[key], prefix='backbone')


def set_init(cfg: Config, words: str, options: dict | None = None) -> list[str]:
    """``--init``: the backbone's first weights, instead of the config's.

    Args:
        cfg: With the options; changed in place. A peer starts as the first network, unless the
            config gives it a start of its own.
        words: Of the command line.
        options: Dotted keys and values that the user sets besides; they stay.

    Returns:
        Lines for the log.

    Raises:
        ValueError: As :func:`read_init`.
    """
    backbone, options = cfg.model.backbone, options or {}
    backbone.init_cfg = read_init(words, backbone)
    start = {
        key: value for key, value in options.items() if key.startswith('model.backbone.init_cfg')
    }
    cfg.merge_from_dict(start)
    if words != 'none':
        return [f'--init {words}: {backbone.init_cfg["type"]}']
    lines = ['--init none: random weights']
    paramwise = cfg.optim_wrapper.get('paramwise_cfg') or {}
    if (
        paramwise.get('layer_decay_rate', 1.0) != 1.0
        and 'optim_wrapper.paramwise_cfg.layer_decay_rate' not in options
    ):
        lines.append(
            f'--init none: layer decay {paramwise.layer_decay_rate} is switched off; it would '
            'leave the lower layers as they were drawn'
        )
        paramwise.layer_decay_rate = 1.0
    head = cfg.model.get('head') or {}
    if (
        head.get('type') == 'CLEXHead'
        and not head.get('warmup_iters')
        and 'model.head.warmup_iters' not in options
    ):
        lines.append(
            '--init none: while the logits are tiny, L_CSL and L_AC outweigh the cross-entropy; '
            'let them grow over the first steps, e.g. --cfg-options model.head.warmup_iters=1920'
        )
    return lines
