"""Classes of a network and of the data that it is tested on: one for the other by their names."""

from collections.abc import Mapping, Sequence

from ..utils.class_names import Match, is_known, match

NAME_THEM = (
    "name the checkpoint's classes in its own order, as the data set does where they mean the "
    'same: --cfg-options checkpoint_classes=NAME,NAME,...'
)


def told_classes(checkpoint: Mapping) -> tuple[str, ...] | None:
    """The classes that a checkpoint says it was trained on; None where it says nothing.

    MMEngine writes ``meta['dataset_meta']['classes']``, MMClassification 0.x wrote
    ``meta['CLASSES']``.

    >>> told_classes(dict(meta=dict(dataset_meta=dict(classes=['sad', 'happy']))))
    ('sad', 'happy')
    """
    meta = checkpoint.get('meta') if isinstance(checkpoint, Mapping) else None
    meta = meta if isinstance(meta, Mapping) else {}
    data = meta.get('dataset_meta')
    data = data if isinstance(data, Mapping) else {}
    names = data.get('classes') or data.get('CLASSES') or meta.get('CLASSES')
    return tuple(map(str, names)) if isinstance(names, (list, tuple)) and names else None


def cross(
    own: Sequence[str],
    other: Sequence[str],
    whose: str = 'the checkpoint',
    fix: str = NAME_THEM,
    named: bool = False,
) -> Match:
    """Which output of a network is which class of a data set.

    Args:
        own: classes of the data set, in the order of its labels.
        other: classes of the network, in the order of its outputs.
        whose: where the latter come from.
        fix: what to do where they cannot be matched.
        named: somebody named them for this test, so that what is left over on both sides is no
            misunderstanding.

    Raises:
        ValueError: Fewer than two classes are shared, two classes of one side mean the same, or
            names that nobody knows are left over where they may stand for one another.

    >>> cross(('happy', 'sad', 'contempt'), ('sadness', 'happiness')).places
    [1, 0, -1]
    """
    both = f'{whose} has the classes {tuple(other)}, the data set {tuple(own)}'
    try:
        found = match(own, other)
    except ValueError as error:
        raise ValueError(f'{both}: {error}; {fix}') from None
    if len(own) - len(found.lost) < min(2, len(own)):
        shared = len(own) - len(found.lost) or 'none'
        raise ValueError(f'{both}: {shared} of the names are the same; {fix}')
    over = [name for name in (*found.lost, *found.left) if not is_known(name)]
    if found.lost and found.left and over and not named:
        raise ValueError(
            f'{both}: {found.lost} of the data set and {found.left} of the network have no '
            f'partner, and {over} may be the same as one of the others; {fix}'
        )
    return found


def table(own: Sequence[str], other: Sequence[str], found: Match) -> str:
    """A line a class: of the data set, and which output of the network is taken for it.

    >>> print(table(('happy', 'fear'), ('sad', 'happiness'), match(('happy', 'fear'),
    ...                                                            ('sad', 'happiness'))))
      data set    network
      0 happy     1 happiness
      1 fear      -
      -           0 sad
    """
    left = [(None, i) for i, name in enumerate(other) if name in found.left]
    pairs = [*enumerate(found.places), *left]
    cells = [('data set', 'network')]
    for mine, theirs in pairs:
        cells.append(
            (
                '-' if mine is None else f'{mine} {own[mine]}',
                '-' if theirs < 0 else f'{theirs} {other[theirs]}',
            )
        )
    width = max(len(first) for first, _ in cells) + 4
    return '\n'.join(f'  {first:{width}}{second}'.rstrip() for first, second in cells)


def rule(found: Match, left_out: int = 0, images: int = 0) -> str:
    """In words: what is done with classes that one side lacks; empty where there are none.

    >>> rule(match(('happy', 'fear'), ('happy', 'sad')), 3, 10)
    "images of classes that the network lacks are not tested: 'fear' (3 of 10 images left out); \
scores of classes that the data set lacks do not count: 'sad'"
    """
    parts = []
    if found.lost:
        names = ', '.join(map(repr, found.lost))
        parts.append(
            f'images of classes that the network lacks are not tested: {names} ({left_out} of '
            f'{images} images left out)'
        )
    if found.left:
        names = ', '.join(map(repr, found.left))
        parts.append(f'scores of classes that the data set lacks do not count: {names}')
    return '; '.join(parts)
