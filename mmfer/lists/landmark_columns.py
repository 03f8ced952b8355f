"""What the columns of a landmark table hold, by its header."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from .tables import COLUMNS

KNOWN = {
    5: 'left eye, right eye, nose tip, left and right mouth corner of the picture',
    68: 'iBUG 300-W, as dlib and OpenFace have it',
    98: 'WFLW',
}
ALLOWED = f'{"; ".join(f"{n} ({order})" for n, order in KNOWN.items())}'
UNKNOWN = 'of others, such as 106, which come in two orders, give these 5'
WORDS = ('left_eye', 'right_eye', 'nose', 'mouth_left', 'mouth_right')

_NAMES = {*COLUMNS['path'], 'subdirectory_filepath', 'image_id', 'image_name', 'image_path'}
_NAMES |= {'img_name', 'file_name', 'file_path', 'filepath', 'imagepath', 'imagename', 'fname'}
_JOINED = ('landmarks', 'landmark', 'keypoints', 'kps', 'points', 'facial_landmarks')
_OPENFACE = {'face', 'face_id', 'frame', 'timestamp', 'confidence', 'success'}
_BOXES = tuple(
    tuple(f'{before}{name}' for name in names)
    for before in ('', 'face_', 'box_', 'bbox_')
    for names in (('x', 'y', 'width', 'height'), ('x', 'y', 'w', 'h'))
)
_TOKEN = re.compile('[A-Z]?[a-z]+|[A-Z]+|[0-9]+')
# A name of these alone is one of a point; `left_eye_inner_corner_x`, `mouth_top_x` are others.
_PARTS = '(left|right|eyes?|pupil|nose|mouth|lips?|tip|corner|center|centre|[lrxy])'
_PART = dict(eye='eye', pup='eye', mou='mouth', lip='mouth', nos='nose')
_POINT = re.compile(rf'[\W_]*({_PARTS}[\W_]*)+')


class Columns(NamedTuple):
    """Places of columns. ``name``: of the image's path, or None; ``points``: of x and y of each
    point; ``joined``: of all coordinates in one field, or None; ``named``: the header says by words
    which point is which, though not whose left it means; ``box``: of x, y, width, height, or ();
    ``success``: of OpenFace's mark that it found a face, or None; ``title`` says what is read."""

    name: int | None
    points: tuple[tuple[int, int], ...] = ()
    joined: int | None = None
    named: bool = False
    box: tuple[int, ...] = ()
    success: int | None = None
    title: str = ''


def find_columns(header: Sequence[str], where: str) -> Columns | None:
    """The columns of a table of landmarks; None where its header tells of no coordinates.

    Raises:
        ValueError: where it tells of other numbers of points than are known, of points that lack a
            coordinate or come twice, or of no image.
    """
    plain = [re.sub(r'[\s-]+', '_', field.lower()) for field in header]
    points, named, title = _by_words(header, where), True, ', '.join(WORDS)
    if not points:
        points, title = _by_numbers(header, where)
        named = False
    joined = next((plain.index(name) for name in _JOINED if name in plain), None)
    if not points and joined is None:
        return None
    box = next((b for b in _BOXES if all(plain.count(name) == 1 for name in b)), ())
    box = tuple(map(plain.index, box))
    used = {*box, *(place for pair in points for place in pair)} | ({joined} - {None})
    return Columns(
        _find_name(header, plain, used, where),
        points,
        None if points else joined,
        named,
        box,
        plain.index('success') if plain.count('success') == 1 else None,
        title if points else header[joined],
    )


def _find_name(
    header: Sequence[str], plain: Sequence[str], used: set[int], where: str
) -> int | None:
    places = [i for i, name in enumerate(plain) if name in _NAMES and i not in used]
    if len(places) > 1:
        both = [header[place] for place in places]
        raise ValueError(f'{where}: {both} may all be the image; leave one of these columns')
    if places:
        return places[0]
    if 0 not in used and plain[0] not in _OPENFACE:
        return 0
    if 'confidence' in plain and 'timestamp' not in plain:
        return None  # OpenFace's table of one image
    raise ValueError(
        f'{where}: the header {[*header[:4]]} ... has no column of the images; add one called '
        "'file', with their paths"
    )


def _by_words(header: Sequence[str], where: str) -> tuple[tuple[int, int], ...]:
    """Places of x and y of the five points; () where no column is called so."""
    found: dict[tuple[str, str], list[int]] = {}
    for place, field in enumerate(header):
        if point := _name_point(field):
            found.setdefault(point, []).append(place)
    if not found:
        return ()
    needed = [(name, axis) for name in WORDS for axis in 'xy']
    wrong = [f'{"no" if point not in found else "two"} {point[0]}_{point[1]}' for point in needed
             if len(found.get(point, ())) != 1]  # fmt: skip
    if wrong:
        shown = [header[place] for places in found.values() for place in places]
        raise ValueError(
            f'{where}: of the points by name, {shown}, there is {", ".join(wrong)}; needed: x and '
            f'y of {", ".join(WORDS)}, once each'
        )
    places = [found[point][0] for point in needed]
    return tuple(zip(places[::2], places[1::2]))


def _name_point(field: str) -> tuple[str, str] | None:
    """One of ``WORDS`` and the axis.

    >>> _name_point('leftEye_x'), _name_point('x_mouth_left_corner'), _name_point('left_ear_x')
    (('left_eye', 'x'), ('mouth_left', 'x'), None)
    """
    if not _POINT.fullmatch(field.lower()):
        return None
    words = re.findall(_PARTS, field.lower())
    side = {'l': 'left', 'r': 'right'}
    axes = [word for word in words if word in ('x', 'y')]
    sides = [side.get(word, word) for word in words if word in ('left', 'right', 'l', 'r')]
    parts = {_PART[word[:3]] for word in words if word[:3] in _PART}
    if len(axes) != 1 or len(parts) != 1 or len(sides) > 1:
        return None
    (part,) = parts
    if part == 'nose':
        return None if sides else ('nose', axes[0])
    if not sides:
        return None
    return (f'{sides[0]}_eye' if part == 'eye' else f'mouth_{sides[0]}'), axes[0]


def _by_numbers(header: Sequence[str], where: str) -> tuple[tuple[tuple[int, int], ...], str]:
    """Places of x and y of points by number, such as x_0, y_0; and what they are called."""
    families: dict[str, dict[str, dict[int, list[int]]]] = {}
    for place, field in enumerate(header):
        tokens = _TOKEN.findall(field)
        axes = [t for t in tokens if t in ('x', 'y', 'z', 'X', 'Y', 'Z')]
        numbers = [t for t in tokens if t.isdigit()]
        if len(axes) == len(numbers) == 1 and len(numbers[0]) < 4:
            # X_0 of OpenFace is not x_0
            style = [('@' if t.islower() else '^') if t in axes else t for t in tokens]
            style = ' '.join('#' if t in numbers else t for t in style)
            axis = families.setdefault(style, {}).setdefault(axes[0].lower(), {})
            axis.setdefault(int(numbers[0]), []).append(place)
    flat = {style: axes for style, axes in families.items() if 'z' not in axes}
    sizes = {style: max(map(len, axes.values())) for style, axes in flat.items()}
    known = [style for style, size in sizes.items() if size in KNOWN]
    if len(known) == 1:
        return _both_axes(header, flat[known[0]], where)
    if not sizes:
        return (), ''
    shown = {_example(header, flat[style]): size for style, size in sizes.items()}
    if known:
        raise ValueError(f'{where}: several sets of points, {shown}; leave one of them')
    raise ValueError(f'{where}: numbers of points {shown}; allowed: {ALLOWED}; {UNKNOWN}')


def _example(header: Sequence[str], axes: dict[str, dict[int, list[int]]]) -> str:
    return header[min(place for axis in axes.values() for same in axis.values() for place in same)]


def _both_axes(
    header: Sequence[str], axes: dict[str, dict[int, list[int]]], where: str
) -> tuple[tuple[tuple[int, int], ...], str]:
    numbers = sorted({number for axis in axes.values() for number in axis})
    count = Counter(number for axis in ('x', 'y') for number in axes.get(axis, ()))
    gaps = [n for n in range(numbers[0], numbers[-1] + 1) if count[n] < 2]
    twice = [header[same[1]] for axis in axes.values() for same in axis.values() if len(same) > 1]
    if gaps or twice or numbers[0] > 1:
        raise ValueError(
            f'{where}: points {numbers[0]} to {numbers[-1]}, without both x and y: {gaps[:5]}, '
            f'twice: {twice[:3]}; needed: x and y of each point, from 0 or 1 on, once'
        )
    pairs = tuple((axes['x'][n][0], axes['y'][n][0]) for n in numbers)
    first, last = pairs[0], pairs[-1]
    title = f'{header[first[0]]}, {header[first[1]]} to {header[last[0]]}, {header[last[1]]}'
    return pairs, title
