"""Whether the tensors of a checkpoint are those of a model, told in one line."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from .networks import IDLE, further_blocks, further_parts, grouped, network_of

Shapes = Mapping[str, tuple]  # by name

# Networks beside the trained one; a test needs none of them.
_BESIDE = re.compile(r'(peer|ema)\.|(momentum|target)_|encoder_k\.|queue')
# What a method remembers of its training; tables grow with the data.
_REMEMBERED = re.compile(r'\.(table|written|features|labels|count|vectors|steps)$')
# Of a backbone that gives more stages than in training; they are drawn.
_STAGE_NORMS = re.compile(r'backbone\.norm\d\.')
_FIXES = dict(
    test='Take the config that it was trained by',
    resume='Take the config of that run, or start anew from its weights by load_from',
    finetune='Take a backbone of the same kind and size, or leave load_from out',
)


class Fit(NamedTuple):
    """Names: ``missing`` in the file, ``left`` over in it, of another shape (``wrong``: name, the
    file's, the model's)."""

    missing: list[str]
    left: list[str]
    wrong: list[tuple[str, tuple, tuple]]


class Verdict(NamedTuple):
    """What is to be said, each perhaps None."""

    error: str | None
    warning: str | None


def compare(own: Shapes, given: Shapes) -> Fit:
    """What of a file's tensors fits a model's.

    >>> compare(dict(a=(2,), b=(3,)), dict(a=(4,), c=(1,)))
    Fit(missing=['b'], left=['c'], wrong=[('a', (4,), (2,))])
    """
    return Fit(
        [name for name in own if name not in given],
        [name for name in given if name not in own],
        [
            (name, tuple(given[name]), tuple(shape))
            for name, shape in own.items()
            if name in given and tuple(given[name]) != tuple(shape)
        ],
    )


def class_counts(wrong: list[tuple[str, tuple, tuple]]) -> tuple[int, int] | None:
    """The classes of the file and of the model, where nothing but the head's number of classes
    differs, which is the first side of its tensors; the others are widths.

    >>> class_counts([('head.fc.weight', (7, 512), (8, 512)), ('head.fc.bias', (7,), (8,))])
    (7, 8)
    """
    pairs = set()
    for name, theirs, ours in wrong:
        if not re.match(r'(peer\.)?head\.', name) or theirs[1:] != ours[1:]:
            return None
        if not (theirs and ours):  # a single number
            return None
        pairs.add((theirs[0], ours[0]))
    return pairs.pop() if len(pairs) == 1 else None


def classifier_sizes(own: Shapes, given: Shapes) -> tuple[int, int] | None:
    """:func:`class_counts` of what a test needs.

    >>> fc = 'head.fc.weight'
    >>> classifier_sizes({fc: (8, 4), 'a': (1,)}, {fc: (7, 4), 'peer.head.fc.bias': (3,)})
    (7, 8)
    """
    return class_counts(_needed(compare(own, given), 'test').wrong)


def has_other_shapes(own: Shapes, given: Shapes) -> bool:
    """Whether a test will refuse the file, whatever its classes are called.

    >>> has_other_shapes(dict(a=(2,)), dict(a=(3,))), has_other_shapes(dict(a=(2,)), {})
    (True, False)
    """
    return bool(_needed(compare(own, given), 'test').wrong)


def judge(own: Shapes, given: Shapes, fit: Fit, use: str) -> Verdict:
    """Whether a model may be used with a file's weights.

    Args:
        own, given: shapes of the model's and the file's tensors.
        fit: how they fit; :func:`compare`, where no module renames what it reads.
        use: ``'test'``: all that a forward pass needs has to be there, and no more of a backbone;
            ``'resume'``: nothing may be missing or left over; ``'finetune'``: the backbone has to
            be there, whatever the head; ``'part'``: something has to be there.
    """
    fit = _needed(fit, use)
    if not _common(own, fit):
        return Verdict(_nothing(own, given), None)
    if use == 'part':
        return Verdict(None, None)
    placed = [name for name in given if name in own]
    deeper = further_blocks(placed, fit.left), further_parts(placed, fit.left)
    bad, rest = _sort(own, fit, {*deeper[0], *deeper[1]}, use)
    error = warning = None
    if any(bad):
        counts = class_counts(bad.wrong)
        error = '; '.join(_parts(own, bad, deeper)) + ('' if counts else _guess(own, given))
        error += f'. {_FIXES[use]}'
        if counts and use == 'test':
            error += (
                ', in a test name its classes (--cfg-options checkpoint_classes=NAME,NAME,... : '
            )
            error += f'they are matched by name), or set model.head.num_classes={counts[0]}'
    elif any(rest):
        start = 'not loaded: ' if use == 'finetune' else ''
        warning = start + '; '.join(_parts(own, rest, ([], [])))
    return Verdict(error, warning)


def _counts(name: str, use: str = '') -> bool:
    """Whether a tensor makes a difference."""
    idle = IDLE.search(name) or _REMEMBERED.search(name)
    return not idle and not (use == 'test' and _BESIDE.match(name))


def _needed(fit: Fit, use: str) -> Fit:
    return Fit(
        # a mask token that is left over was for pre-training; one that is missing is needed there
        [n for n in fit.missing if _counts(n, use) or n.endswith('.mask_token')],
        [name for name in fit.left if _counts(name, use)],
        [one for one in fit.wrong if _counts(one[0], use)],
    )


def _sort(own: Shapes, fit: Fit, deeper: set[str], use: str) -> tuple[Fit, Fit]:
    """What is wrong, and what is only to be told."""
    if use == 'resume':
        return fit, Fit([], [], [])
    trunk = ('backbone.', 'neck.') if use == 'test' else ('backbone.',)
    trunk = tuple(part for part in trunk if any(name.startswith(part) for name in own))
    if use == 'test':
        missing = [n for n in fit.missing if not _STAGE_NORMS.match(n)]
        left = [n for n in fit.left if n in deeper or n.startswith(trunk)]
        bad = Fit(missing, left, fit.wrong)
    else:
        inside = [n for n in fit.missing if n.startswith(trunk)] if trunk else []
        # a norm or token more or less is what fine-tuning adds
        half = sum(n.startswith(trunk) for n in own) / 2
        bad = Fit(
            inside if len(inside) > half else [],
            [n for n in fit.left if n in deeper and n.startswith(trunk)],
            [one for one in fit.wrong if trunk and one[0].startswith(trunk)],
        )
    return bad, Fit(*([one for one in all_ if one not in some] for all_, some in zip(fit, bad)))


def _common(own: Shapes, fit: Fit) -> bool:
    apart = {*fit.missing, *(name for name, *_ in fit.wrong)}
    return any(_counts(name) and name not in apart for name in own)


def _nothing(own: Shapes, given: Shapes) -> str:
    if not given:
        return 'it holds no tensors by name; a checkpoint of a run has state_dict'
    return f'none of its tensors does: they are {list(given)[:3]}, the model has {list(own)[:3]}'


def _parts(own: Shapes, fit: Fit, deeper: tuple[list[str], list[str]]) -> list[str]:
    parts = []
    if counts := class_counts(fit.wrong):
        parts.append(f'its classifier has {counts[0]} classes, the model {counts[1]}')
    if fit.wrong:
        first = ', '.join(f'{name} {theirs} for {ours}' for name, theirs, ours in fit.wrong[:3])
        more = ', ...' if len(fit.wrong) > 3 else ''
        parts.append(f'{len(fit.wrong)} of {len(own)} tensors have another shape: {first}{more}')
    if fit.missing:
        parts.append(f'missing in it are {grouped(fit.missing)}')
    left = [name for name in fit.left if name not in {*deeper[0], *deeper[1]}]
    if names := [name for name in fit.left if name in deeper[0]]:
        parts.append(f'it has blocks that the model lacks, {grouped(names)}')
    if names := [name for name in fit.left if name in deeper[1]]:
        parts.append(f'its blocks have parts that those of the model lack, {grouped(names)}')
    if left:
        parts.append(f'left over in it are {grouped(left)}')
    return parts


def _guess(own: Shapes, given: Shapes) -> str:
    theirs, ours = network_of(given), network_of(own)
    if not theirs or theirs == ours:
        return ''
    return f'; it is probably a {theirs}' + (f', the model a {ours}' if ours else '')
