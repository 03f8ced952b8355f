"""The names that networks have elsewhere, as MMPretrain's backbones and ours have them."""

import re
from collections.abc import Callable, Collection, Iterable
from typing import NamedTuple

from torch import Tensor

from ..backbones.mobilefacenet import STAGES

# (stage, number in it) of the bottlenecks, which published files count through
_BLOCKS = [(stage, i) for stage, (_, _, count, _) in enumerate(STAGES) for i in range(count)]
_SLOTS = [f'{a}.{b}' for a in ('expand', 'depthwise', 'project') for b in ('conv', 'bn', 'act')]
# Module names of the InsightFace port of MobileFaceNet: stage, first block; parts of a block.
_PORT = dict(
    conv_23=(0, 0), conv_3=(0, 1), conv_34=(1, 0), conv_4=(2, 0), conv_45=(3, 0), conv_5=(4, 0)
)
_PARTS = dict(conv='expand', conv_dw='depthwise', project='project')
_BEGINNINGS = {
    'conv1.': 'stem.0.',
    'dw_conv1.': 'stem.1.',
    'conv2_dw.': 'stem.1.',
    'conv2.': 'last.',
    'conv_6_sep.': 'last.',
}
# torch.nn.Sequential(*resnet.children())
_CHILDREN = {'0': 'conv1', '1': 'bn1', '8': 'avgpool', '9': 'fc'}
_CHILDREN |= {str(i + 3): f'layer{i}' for i in range(1, 5)}
# Parts of a ViT's block, and what lies outside, in timm, MAE, DINO v2 and in torchvision.
_VIT_PARTS = {
    'norm1': 'ln1',
    'norm2': 'ln2',
    'ln_1': 'ln1',
    'ln_2': 'ln2',
    'mlp.fc1': 'ffn.layers.0.0',
    'mlp.fc2': 'ffn.layers.1',
    'mlp.0': 'ffn.layers.0.0',
    'mlp.3': 'ffn.layers.1',
    'mlp.linear_1': 'ffn.layers.0.0',
    'mlp.linear_2': 'ffn.layers.1',
    'mlp.w12': 'ffn.w12',
    'mlp.w3': 'ffn.w3',
    'self_attention.out_proj': 'attn.proj',
    'ls1.gamma': 'attn.gamma1.weight',
    'ls2.gamma': 'ffn.gamma2.weight',
    'gamma_1': 'attn.gamma1.weight',
    'gamma_2': 'ffn.gamma2.weight',
    'self_attention.in_proj_weight': 'attn.qkv.weight',
    'self_attention.in_proj_bias': 'attn.qkv.bias',
}
_VIT_OUTSIDE = {
    'patch_embed.proj': 'patch_embed.projection',
    'conv_proj': 'patch_embed.projection',
    'norm_pre': 'pre_norm',
    'norm': 'ln1',
    'fc_norm': 'ln2',
    'encoder.ln': 'ln1',
    'class_token': 'cls_token',
    'encoder.pos_embedding': 'pos_embed',
}
_VIT_BLOCK = re.compile(r'(?:blocks(?:\.\d+)?|encoder\.layers\.encoder_layer_?)[._]?(\d+)\.(.+)')
# Of two networks that fit alike, the one to leave.
_COPY = re.compile(r'(^|[._])(momentum|ema|teacher|k|key|target|peer|average|averaged|avg)([._]|$)')


def mobilefacenet_key(key: str) -> str:
    """A published MobileFaceNet key as :class:`MobileFaceNet` names it.

    Two families circulate: ``conv1, dw_conv1, blocks.{0..14}.conv.{0..7}, conv2, linear7, linear1``
    and the InsightFace port's ``conv1, conv2_dw, conv_23, conv_3.model.0, ..., conv_6_sep,
    conv_6_dw, linear, bn``. The embedding layers have no place here and give ''. Blocks beyond the
    last go on in the last stage, which has no place for them either.

    >>> mobilefacenet_key('blocks.5.conv.4.weight')
    'stages.1.0.depthwise.bn.weight'
    >>> mobilefacenet_key('conv_4.model.2.project.bn.bias')
    'stages.2.2.project.bn.bias'
    """
    key = key.replace('prelu.', 'act.')
    for old, new in _BEGINNINGS.items():
        if key.startswith(old):
            return new + key[len(old) :]
    if match := re.fullmatch(r'blocks\.(\d+)\.conv\.([0-7])\.(\w+)', key):
        number, (stage, block) = int(match[1]), _BLOCKS[-1]
        beyond = number - len(_BLOCKS) + 1
        stage, block = _BLOCKS[number] if beyond <= 0 else (stage, block + beyond)
        return f'stages.{stage}.{block}.{_SLOTS[int(match[2])]}.{match[3]}'
    if match := re.fullmatch(r'(conv_\d+)\.(?:model\.(\d+)\.)?(conv_dw|conv|project)\.(.+)', key):
        if match[1] in _PORT:
            stage, first = _PORT[match[1]]
            return f'stages.{stage}.{first + int(match[2] or 0)}.{_PARTS[match[3]]}.{match[4]}'
    return key if key.startswith(('stem.', 'stages.', 'last.')) else ''


def vit_key(key: str) -> str:
    """A key of a ViT in timm, DeiT, MAE, DINO v2 or torchvision as MMPretrain names it; other keys
    stay.

    >>> vit_key('blocks.3.mlp.fc1.weight'), vit_key('blocks.1.7.ls1.gamma')
    ('layers.3.ffn.layers.0.0.weight', 'layers.7.attn.gamma1.weight')
    >>> vit_key('encoder.layers.encoder_layer_3.self_attention.in_proj_weight')
    'layers.3.attn.qkv.weight'
    """
    number, names, rest = '', _VIT_OUTSIDE, key
    if match := _VIT_BLOCK.fullmatch(key):
        number, names, rest = f'layers.{match[1]}.', _VIT_PARTS, match[2]
    if rest in names:
        return number + names[rest]
    module, _, field = rest.rpartition('.')
    return f'{number}{names.get(module, module)}.{field}' if module else number + rest


def child_key(key: str) -> str:
    """A key of ``torch.nn.Sequential(*resnet.children())`` as the ResNet names it.

    >>> child_key('4.0.conv1.weight'), child_key('fc.weight')
    ('layer1.0.conv1.weight', 'fc.weight')
    """
    first, _, rest = key.partition('.')
    return f'{_CHILDREN[first]}.{rest}' if first in _CHILDREN and rest else key


Naming = Callable[[str], str]
# mmpretrain's ResNet has torchvision's and timm's names
RESNET: tuple[Naming, ...] = (str, child_key)
MOBILEFACENET: tuple[Naming, ...] = (str, mobilefacenet_key)
ANY: tuple[Naming, ...] = (str, vit_key, child_key, mobilefacenet_key)


class Names(NamedTuple):
    """``prefix``: before the network's names in the file; ``new``: what each of them is called in
    the module, or as in the file where it has no place."""

    prefix: str
    new: dict[str, str]


def find_names(own: Collection[str], names: Iterable[str], namings: tuple[Naming, ...]) -> Names:
    """Where a module's network lies in a file, and how the file calls its tensors: the prefix and
    the naming by which most of the module's names are found.

    Raises:
        ValueError: several networks of the file fit alike; names their prefixes.

    >>> find_names(['conv1.weight'], ['net.features.0.weight', 'fc.bias'], RESNET)
    Names(prefix='net.features.', new={'net.features.0.weight': 'conv1.weight', \
'fc.bias': 'fc.bias'})
    """
    own, names = set(own), list(names)
    prefixes = {''}
    for name in names:
        parts = name.split('.')
        prefixes |= {'.'.join(parts[:n]) + '.' for n in range(1, min(len(parts), 6))}
    found: list[tuple[int, bool, str, int]] = []
    for prefix in prefixes:
        inside = [name[len(prefix) :] for name in names if name.startswith(prefix)]
        for number, naming in enumerate(namings):
            count = len(own & {naming(name) or name for name in inside})
            found.append((-count, bool(_COPY.search(prefix)), prefix, number))
    found.sort(key=lambda one: (one[0], one[1], len(one[2]), one[2], one[3]))
    count, copy, prefix, number = found[0]
    if -count * 8 < len(own):  # by chance, as layers of a block are called in all networks
        return Names('', {name: name for name in names})
    alike = {one[2] for one in found if one[:2] == (count, copy)}
    if len(alike) > 1:
        raise ValueError(
            f'it holds several networks that fit alike, below {sorted(alike)}; keep one of them: '
            'torch.save({k: v for k, v in tensors.items() if k.startswith(PREFIX)}, PATH)'
        )
    new = {}
    for name in names:
        inside = name[len(prefix) :] if name.startswith(prefix) else None
        new[name] = (namings[number](inside) or inside) if inside else name
    return Names(prefix, new)


def name_tensors(
    own: Collection[str], tensors: dict[str, Tensor], namings: tuple[Naming, ...], path: str
) -> dict[str, Tensor]:
    """A file's tensors by a module's names; what has no place keeps its own.

    Raises:
        ValueError: as :func:`find_names`; names the file.
    """
    try:
        prefix, new = find_names(own, tensors, namings)
    except ValueError as error:
        raise ValueError(f'{path}: {error}') from None
    inside = sorted(new, key=lambda name: name.startswith(prefix))  # its own come last, and stay
    named = {new[name]: tensors[name] for name in inside}
    token = named.get('mask_token')
    if token is not None and token.dim() == 2:  # DINO v2's
        named['mask_token'] = token[None]
    return named
