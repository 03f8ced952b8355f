"""Tensors of a file from elsewhere in a module: matched by name and shape, loaded, told."""

import re
from typing import NamedTuple

from mmengine.logging import MMLogger
from torch import Tensor, nn

from ..functional.arguments import check_choice
from .fit import compare
from .networks import further_blocks, further_parts, grouped, is_iresnet, network_of

DEEPER = ('refuse', 'cut')
# Parts that none of the backbones here has, or only by a setting: what to do.
ELSEWHERE = {
    r'(^|\.)(register_tokens?|reg_token|storage_tokens)$': (
        'register tokens, which the backbone lacks; take the weights without registers'
    ),
    r'(^|\.)(dist_token|head_dist\.\w+)$': (
        'a distillation token, which the backbone lacks; take weights without distillation, or '
        'type=DistilledVisionTransformer'
    ),
    r'(attn\.gamma1|ffn\.gamma2)\.weight$': (
        'LayerScale; set model.backbone.layer_scale_init_value=1e-5'
    ),
    r'ffn\.w(12|3)\.(weight|bias)$': (
        "SwiGLU; set model.backbone.layer_cfgs=dict(ffn_type='swiglu_fused')"
    ),
    r'attn\.(q_bias|v_bias|q_norm\.\w+|k_norm\.\w+|relative_position_bias_table)$': (
        'another attention (BEiT, EVA and others), which a plain ViT lacks; take weights of a '
        'plain ViT'
    ),
    r'(^|\.)(rope_embed\.\w+|rope\.\w+)$': (
        'rotary positions, which the backbone lacks; take weights of a plain ViT'
    ),
}
IRESNET = (
    'it is a network of InsightFace (iresnet, IR-50 ...: a PReLU in each block, batch norm before '
    'its first convolution), which computes something else than a ResNet, whatever its size, and '
    'there is no backbone for it here; take face weights of a ResNet by torchvision, or of '
    'MobileFaceNet'
)


class Report(NamedTuple):
    """Names: ``matched``, of both; ``missing``, the module's that keep their first values;
    ``unexpected``, the file's without a place; with both shapes, ``wrong``, of another shape, and
    ``resized``, brought to it."""

    matched: list[str]
    missing: list[str]
    unexpected: list[str]
    wrong: list[str]
    resized: list[str] = []

    def __str__(self) -> str:
        total = len(self.matched) + len(self.missing) + len(self.wrong)
        return (
            f'{len(self.matched)} of {total} tensors matched; resized: {_some(self.resized)}; '
            f'missing, as they were: {_some(self.missing)}; of another shape: {_some(self.wrong)}; '
            f'left over in the file: {grouped(self.unexpected)}'
        )


def _some(names: list[str]) -> str:
    more = f' and {len(names) - 5} more' if len(names) > 5 else ''
    return f'{names[:5]}{more}' if names else 'none'


def match(own: dict[str, Tensor], given: dict[str, Tensor]) -> Report:
    """What of a file's tensors fits a module's.

    >>> import torch
    >>> own = dict(weight=torch.ones(2), bias=torch.ones(2))
    >>> print(match(own, dict(weight=torch.ones(3), fc=torch.ones(2))))
    0 of 2 tensors matched; resized: none; missing, as they were: ['bias']; of another shape: \
['weight (3,) for (2,)']; left over in the file: 1: fc
    """
    fit = compare(_shapes(own), _shapes(given))
    apart = {*fit.missing, *(name for name, *_ in fit.wrong)}
    return Report(
        matched=[k for k in own if k not in apart],
        missing=fit.missing,
        unexpected=fit.left,
        wrong=[f'{name} {theirs} for {ours}' for name, theirs, ours in fit.wrong],
    )


def _shapes(tensors: dict[str, Tensor]) -> dict[str, tuple]:
    return {name: tuple(one.shape) for name, one in tensors.items()}


def load(
    module: nn.Module,
    path: str,
    given: dict[str, Tensor],
    optional: tuple[str, ...] = (),
    resized: list[str] | None = None,
    deeper: str = 'refuse',
    hint: str = '',
) -> Report:
    """Load what fits of the file ``path``, and log the report.

    What the file has besides, its classifier for instance, is told there.

    Args:
        given: tensors by the module's names.
        optional: beginnings and ends of names that the file may lack.
        resized: for the report.
        deeper: ``'cut'`` takes the first blocks of a deeper network.
        hint: for the error.

    Raises:
        ValueError: where nothing matched, a tensor has another shape, or one that is not optional
            is missing; where the file has whole further blocks (unless cut), or its blocks have
            parts that those of the module lack.
    """
    check_choice('deeper', deeper, DEEPER)
    own = module.state_dict()
    report = match(own, given)._replace(resized=resized or [])
    kind = type(module).__name__
    if is_iresnet(given) and not is_iresnet(own):
        raise ValueError(f'{path}: {IRESNET}')
    _refuse_elsewhere(path, kind, report)
    lacking = [k for k in report.missing if not k.startswith(optional) and not k.endswith(optional)]
    guess = _guess(own, given, kind)
    if not report.matched or report.wrong or lacking:
        raise ValueError(
            f'{path}: {report}; needed of the missing: {_some(lacking)}. Is this a network of the '
            f'same kind and the same size as the {kind}?{guess} Its names begin with '
            f"{list(given)[:3]}, the {kind}'s with {list(own)[:3]}{hint}"
        )
    if parts := further_parts(report.matched, report.unexpected):
        raise ValueError(
            f'{path}: its blocks have parts that those of the {kind} lack, {grouped(parts)} (the '
            f'first: {parts[0]}), so it computes something else.{guess} Take weights of the same '
            'kind of network'
        )
    blocks = further_blocks(report.matched, report.unexpected)
    if blocks and deeper == 'refuse':
        raise ValueError(
            f'{path} has blocks that the {kind} lacks, {grouped(blocks)}: it is a deeper network.'
            f'{guess} Take a backbone of its depth or weights of this depth; to start from its '
            "first blocks all the same, set deeper='cut' in init_cfg"
        )
    module.load_state_dict({k: given[k] for k in report.matched}, strict=False)
    MMLogger.get_current_instance().info(f'{path}: {report}')
    return report


def _refuse_elsewhere(path: str, kind: str, report: Report) -> None:
    """Refuse by name what a backbone cannot take of the networks that the field knows."""
    if not report.matched:
        return
    for pattern, told in ELSEWHERE.items():
        if name := next((n for n in report.unexpected if re.search(pattern, n)), None):
            raise ValueError(f'{path} does not fit the {kind}: its {name} is of {told}')


def _guess(own: dict[str, Tensor], given: dict[str, Tensor], kind: str) -> str:
    theirs, ours = network_of(_shapes(given)), network_of(_shapes(own))
    if not theirs or theirs == ours:
        return ''
    return f' The file is probably a {theirs}' + (f', this {kind} a {ours}.' if ours else '.')
