"""Networks by the names of their tensors: their blocks, and which one it probably is."""

import re
from collections.abc import Iterable, Mapping

# 'layer1.2.', 'layers.11.', 'stages.1.0.', 'encoder.layers.encoder_layer_3.', anywhere first
_BLOCK = re.compile(
    r'(?P<container>(?:[A-Za-z_]\w*\.)*?(?:\w*(?:layer|stage|block)s?_?(?=\d)|[A-Za-z_]\w*\.))'
    r'(?P<number>\d+(?:\.\d+)*)\.'
)
# What no forward pass needs: counters, indices that are computed, what a profiler left behind.
IDLE = re.compile(
    r'(^|\.)(num_batches_tracked|total_ops|total_params|relative_position_index|'
    r'relative_coords_table|attn_mask|mask_token)$'
)
_BASIC = {(2, 2, 2, 2): 18, (3, 4, 6, 3): 34}
_BOTTLENECK = {(3, 4, 6, 3): 50, (3, 4, 23, 3): 101, (3, 8, 36, 3): 152}
_IRESNET = {
    (2, 2, 2, 2): 18,
    (3, 4, 6, 3): 34,
    (3, 4, 14, 3): 50,
    (3, 13, 30, 3): 100,
    (6, 26, 60, 6): 200,
}
_VIT = {
    (12, 192): 'T',
    (12, 384): 'S',
    (12, 768): 'B',
    (24, 1024): 'L',
    (32, 1280): 'H',
    (40, 1408): 'g',
    (40, 1536): 'g',
}


def block_of(name: str) -> tuple[str, str] | None:
    """The container and the number of the block in which a tensor lies; None outside of all.

    >>> block_of('backbone.layer1.2.conv1.weight'), block_of('layers.11.ffn.layers.0.0.bias')
    (('backbone.layer', '1.2'), ('layers.', '11'))
    >>> block_of('conv1.weight')
    """
    match = _BLOCK.match(name)
    return match and (match['container'], match['number'])


def grouped(names: Iterable[str], most: int = 5) -> str:
    """Names by their blocks, with how many tensors each has; one alone in full.

    >>> grouped(['fc.weight', 'fc.bias', 'layer1.2.conv1.weight', 'mask_token'])
    '4: fc (2), layer1.2.conv1.weight, mask_token'
    """
    groups: dict[str, list[str]] = {}
    for name in names:
        block = block_of(name)
        group = ''.join(block) if block else name.rpartition('.')[0] or name
        groups.setdefault(group, []).append(name)
    if not groups:
        return 'none'
    told = [f'{group} ({len(its)})' if its[1:] else its[0] for group, its in groups.items()]
    more = f' and {len(told) - most} more' if len(told) > most else ''
    return f'{sum(map(len, groups.values()))}: {", ".join(told[:most])}{more}'


def further_blocks(placed: Iterable[str], left: Iterable[str]) -> list[str]:
    """Names left over that lie in blocks without any place, beside blocks that have one: of a
    deeper network, or of a further stage.

    >>> further_blocks(['layer1.0.w', 'layer1.1.w'], ['layer1.2.w', 'layer1.1.v', 'fc.0.w'])
    ['layer1.2.w']
    """
    blocks = {block_of(name) for name in placed} - {None}
    containers = {container for container, _ in blocks}
    found = [(name, block_of(name)) for name in left]
    return [n for n, block in found if block and block[0] in containers and block not in blocks]


def further_parts(placed: Iterable[str], left: Iterable[str]) -> list[str]:
    """Names left over that lie in a block which has a place: the file's blocks compute more.

    >>> further_parts(['layers.0.attn.w'], ['layers.0.ls1.gamma', 'layers.1.ls1.gamma', 'ls1'])
    ['layers.0.ls1.gamma']
    """
    blocks = {block_of(name) for name in placed} - {None}
    return [n for n in left if block_of(n) in blocks and not IDLE.search(n)]


def is_iresnet(names: Iterable[str]) -> bool:
    """Whether the blocks are those of InsightFace's networks, with a PReLU in each.

    >>> is_iresnet(['layer1.0.prelu.weight']), is_iresnet(['layer1.0.conv1.weight'])
    (True, False)
    """
    ours = re.compile(r'(^|\.)(layer\d\.\d+\.prelu\.|body\.\d+\.res_layer\.)')
    return any(ours.search(name) for name in names)


def network_of(shapes: Mapping[str, tuple]) -> str:
    """Which network a file probably holds, or ''.

    >>> network_of({f'layer{s}.{b}.conv1.weight': (64, 64, 3, 3) for s, n in enumerate(
    ...     (3, 4, 6, 3), 1) for b in range(n)})
    'ResNet-34'
    """
    stages: dict[int, set[int]] = {}
    layers: set[int] = set()
    for name in shapes:
        if match := re.search(r'(?:^|\.)layer(\d)\.(\d+)\.', name):
            stages.setdefault(int(match[1]), set()).add(int(match[2]))
        elif match := re.search(
            r'(?:^|\.|(?<!decoder)_)(?:layers\.|blocks\.(?:\d+\.)?|layer_)(\d+)\.'
            r'(?:attn|self_attention|norm1|ln)',
            name,
        ):
            layers.add(int(match[1]))
    if stages:
        counts = tuple(len(stages[stage]) for stage in sorted(stages))
        if is_iresnet(shapes):
            known = _IRESNET.get(counts)
            return f"InsightFace's iresnet{known}" if known else f"InsightFace's iresnet, {counts}"
        deep = any(re.search(r'layer\d\.\d+\.conv3\.', name) for name in shapes)
        known = (_BOTTLENECK if deep else _BASIC).get(counts)
        return f'ResNet-{known}' if known else f'ResNet with {counts} blocks'
    if layers:
        return _vit(shapes, len(layers))
    return ''


def _vit(shapes: Mapping[str, tuple], depth: int) -> str:
    tokens = [s for n, s in shapes.items() if n.rpartition('.')[2] in ('cls_token', 'class_token')]
    width = tokens[0][-1] if tokens else None
    size = _VIT.get((depth, width))
    blocks = f'{depth} blocks' + (f' of width {width}' if width else '')
    return f'ViT-{size} ({blocks})' if size else f'ViT with {blocks}'
