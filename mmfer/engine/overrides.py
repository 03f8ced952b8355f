"""``--noise`` and ``--init`` of tools/train.py, as changes of a config."""

import re

from mmengine.config import Config, ConfigDict

DRAWN = ('symmetric', 'symmetric_inclusive', 'pair', 'asymmetric')
INITS = 'face:PATH, encoder:PATH, imagenet or none'
# The host's published weights by type and depth or arch; its metafiles have them.
_RESNET, _DEIT = (
    f'https://download.openmmlab.com/mmclassification/v0/{kind}' for kind in ('resnet', 'deit')
)
IMAGENET = {
    ('ResNet', 18): f'{_RESNET}/resnet18_8xb32_in1k_20210831-fbbb1da6.pth',
    ('ResNet', 50): f'{_RESNET}/resnet50_8xb32_in1k_20210831-ea4938fc.pth',
    ('VisionTransformer', 'deit-tiny'): f'{_DEIT}/deit-tiny_pt-4xb256_in1k_20220218-13b382a0.pth',
    ('VisionTransformer', 'deit-small'): f'{_DEIT}/deit-small_pt-4xb256_in1k_20220218-9425b9bb.pth',
    ('VisionTransformer', 'base'): f'{_DEIT}/deit-base_pt-16xb64_in1k_20220216-db63c16c.pth',
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

    Raises:
        ValueError: On anything else.

    Examples:
        >>> read_noise('asymmetric:.2:1')
        {'kind': 'asymmetric', 'rate': 0.2, 'seed': 1}
    """
    if words == 'none':
        return None
    kind, _, rest = words.partition(':')
    if kind == 'file' and rest:
        return dict(kind='file', path=rest)
    number, *seeds = rest.split(':')
    try:
        rate, seed = float(number), int(seeds[0]) if seeds else 0
    except ValueError:
        rate, seed = -1.0, 0
    if kind not in DRAWN or len(seeds) > 1 or not 0 <= rate <= 1 or seed < 0:
        raise ValueError(
            f'--noise {words}: give KIND:RATE or KIND:RATE:SEED with a kind of {", ".join(DRAWN)} '
            'and a rate from 0 to 1, e.g. asymmetric:.2; or file:PATH, or none'
        )
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
    """``--noise``: the training set's noise, instead of the config's, which is changed in place;
    what it adds to the name of the work dir.

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


def check_init(words: str) -> None:
    """Raise a ValueError on what can be no words of ``--init``."""
    if not re.fullmatch('none|imagenet|(face|encoder):.+', words):
        raise ValueError(f'--init {words}: allowed are {INITS}')


def read_init(words: str, backbone: ConfigDict):
    """``init_cfg`` for the words of ``--init`` and a backbone's config.

    Raises:
        ValueError: On other words, or where there is no such start.
    """
    check_init(words)
    kind, _, path = words.partition(':')
    if kind == 'none':
        return RANDOM_RESNET if backbone.type == 'ResNet' else None
    if kind == 'face' and backbone.type in FACE_KEYS:
        return dict(type='FaceWeights', checkpoint=path, keys=FACE_KEYS[backbone.type])
    if kind in ('face', 'encoder'):  # by the backbone's own names
        return dict(type='EncoderWeights', checkpoint=path)
    size = backbone.get('depth', backbone.get('arch'))
    known = {one: url for (name, one), url in IMAGENET.items() if name == backbone.type}
    other = 'take face:PATH, encoder:PATH or none'
    if not isinstance(size, (int, str)) or size not in known:
        name = f'{backbone.type} {size}' if isinstance(size, (int, str)) else backbone.type
        there = f', but of {list(known)}' if known else ''
        raise ValueError(
            f'--init imagenet: the host publishes no weights of a {name}{there}; {other}'
        )
    changed = {k: backbone[k] for k, width in WIDTHS.items() if backbone.get(k, width) != width}
    if changed:  # the host would load what fits, and say no more than a warning
        raise ValueError(
            f'--init imagenet: the published {backbone.type} {size} does not fit a backbone with '
            f'{changed}; {other}'
        )
    return dict(type='Pretrained', checkpoint=known[size], prefix='backbone')


def set_init(cfg: Config, words: str, options: dict | None = None) -> list[str]:
    """``--init``: the backbone's first weights, instead of the config's; lines for the log.

    ``options``, dotted keys and values that the user sets besides, stay. A peer starts as the first
    network, unless the config gives it a start of its own.
    """
    backbone, options = cfg.model.backbone, options or {}
    backbone.init_cfg = read_init(words, backbone)
    place = 'model.backbone.init_cfg'
    cfg.merge_from_dict({k: value for k, value in options.items() if k.startswith(place)})
    if words != 'none':
        return [f'--init {words}: {backbone.init_cfg["type"]}']
    lines = ['--init none: random weights']
    paramwise = cfg.optim_wrapper.get('paramwise_cfg') or {}
    decays = paramwise.get('layer_decay_rate', 1.0) != 1.0
    if decays and 'optim_wrapper.paramwise_cfg.layer_decay_rate' not in options:
        lines.append(
            f'--init none: layer decay {paramwise.layer_decay_rate} is switched off; it would '
            'leave the lower layers as they were drawn'
        )
        paramwise.layer_decay_rate = 1.0
    head = cfg.model.get('head') or {}
    at_once = head.get('type') == 'CLEXHead' and not head.get('warmup_iters')
    if at_once and 'model.head.warmup_iters' not in options:
        lines.append(
            '--init none: while the logits are tiny, L_CSL and L_AC outweigh the cross-entropy; '
            'let them grow over the first steps, e.g. --cfg-options model.head.warmup_iters=1920'
        )
    return lines
