"""Candidate sets in a file: columns ``label`` and ``candidates`` of an image table, or a list."""

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ..functional import candidate_score
from ..utils.class_names import find_class
from .image_table import (
    AGAIN,
    Header,
    Images,
    about,
    open_table,
    own_rows,
    read_rows,
    write_image_table,
)
from .label_lists import LabelRow, class_ids
from .text import DELIMITERS, parse_id, parse_numbers, read_lines

MIN_HELD = 0.5  # share of the images whose set has the given label
EMPTY = ('', '-', '[]', '{}', '()', 'none', 'None')


class _Set(NamedTuple):
    """Members as ids or class names; their shares sum to 1. ``label``: '' where it is not said."""

    line: int
    name: str
    members: list[str]
    shares: list[float]
    label: str


def size_counts(sets: np.ndarray) -> dict[str, int]:
    """Images by size of set; keys are strings, as JSON keeps them.

    >>> size_counts([[1, 0], [1, 1], [0, 1]])
    {'1': 2, '2': 1}
    """
    sizes, counts = np.unique((np.asarray(sets) > 0).sum(axis=1), return_counts=True)
    return dict(zip(map(str, sizes.tolist()), counts.tolist()))


def write_candidates(
    path: str,
    images: Images,
    scores: np.ndarray,
    labels: np.ndarray,
    said: dict,
    clean: np.ndarray | None = None,
) -> Header:
    """Write candidate sets, none of them empty, with the members' shares where they differ.

    Args:
        scores: (N, K); a row sums to 1, above 0 for members. They read back to the same float32.
        labels: (N,) the given class ids from 0, for which they were made.
        clean: (N,) class ids from 0; the header tells the share of images with theirs in the set.
    """
    scores, base = np.asarray(scores, dtype=np.float32), images.id_base
    even = (scores == candidate_score(scores).astype(np.float32)).all(axis=1)
    header = dict(about(images, said), sizes=size_counts(scores))
    if clean is not None:
        header['coverage'] = round(float((scores[np.arange(len(scores)), clean] > 0).mean()), 6)
    sets = []
    for row, alike in zip(scores, even):
        members = np.flatnonzero(row)  # str gives the shortest digits of the same float32
        sets.append(';'.join(f'{i + base}' if alike else f'{i + base}:{row[i]!s}' for i in members))
    columns = dict(label=np.asarray(labels) + base, candidates=sets)
    return write_image_table(path, images.names, columns, header)


def read_candidates(
    path: str,
    images: Images,
    labels: np.ndarray,
    id_base: int | None = None,
    min_held: float | None = None,
) -> np.ndarray:
    """(N, K) float32 distributions, the candidate sets that a file gives to the images: uniform
    over the set where it has no weights, which else are divided by their sum.

    Args:
        path: a table, or a list with a row ``name 3,5`` an image: class ids or names, each perhaps
            with ``:weight``; before them perhaps the label that they were made for, and ``|``.
        labels: (N,) the given class ids from 0, noise included. Sets that were made for others
            would tell them, and are refused.
        id_base: the id of the first class, or None. With it, or the header's, what can be read as
            an id is one, also where a class has that name.
        min_held: of :func:`check_held`; None: .5 for a file without a header, which may count or
            order the classes otherwise, and 0 for one with it.

    Raises:
        ValueError: as all readers, and on an empty set, weights that are not above 0 or of some
            members only, a class twice, and what may be an id and a name.
    """
    header, id_base = open_table(path, 'candidate file', images, id_base)
    rows = _read_sets(path, images.classes)
    numbers = _class_numbers(path, rows, images, id_base)
    own = own_rows(path, rows, images)
    scores = np.zeros((len(own), len(images.classes)), dtype=np.float32)
    for score, row, label in zip(scores, own, labels):
        where = f'{path}, line {row.line}: the candidate set of {row.name!r}'
        made_for = numbers.get(row.label, label)
        if made_for != label:
            raise ValueError(
                f'{where} was made for the label {images.classes[made_for]!r}, but this data set '
                f'gives {images.classes[label]!r}. Is it the file of this data set, its label '
                f'noise and its indices? If not, {AGAIN}'
            )
        members = [numbers[word] for word in row.members]
        score[members] = row.shares
        if len(set(members)) < len(members):
            raise ValueError(f'{where} has a class twice')
        if not score[members].all():
            raise ValueError(f'{where} has weights too far apart: one rounds to 0; leave it out')
    held = scores[np.arange(len(own)), labels] > 0
    least = (MIN_HELD if header is None else 0) if min_held is None else min_held
    check_held(
        f'{path}, line {own[int(held.argmin())].line}: the candidate set of',
        images,
        held,
        least,
        ', and does a | part the label from its set (members are parted by , or ;)'
        if any(row.label for row in own)
        else '',
    )
    return scores


def check_held(said: str, images: Images, held: np.ndarray, least: float, also: str = '') -> None:
    """Refuse sets or votes most of which say something else than the given labels: their columns or
    ids are those of other classes.

    Args:
        said: what stands before the name of the first image without it.
        held: (N,) bool, whether they have the given label.
        least: the share that has to.
        also: what else to ask the user.
    """
    is_number = isinstance(least, (int, float)) and not isinstance(least, bool)
    if not is_number or not 0 <= least <= 1:
        raise ValueError(f'min_held={least!r}; it is a share of the images in [0, 1]')
    if len(held) and held.mean() < least:
        raise ValueError(
            f'{said} {images.names[int(held.argmin())]!r} lacks the given label, as '
            f'{int((~held).sum())} of {len(held)} do; allowed: a share of {least} has it. Are the '
            f'classes in the order {tuple(images.classes)}, and is id_base right{also}? If it is '
            'as it should be, insist with candidates=dict(..., min_held=0)'
        )


def _read_sets(path: str, classes: Sequence[str]) -> list[_Set]:
    lines = [(number, text) for number, text in read_lines(path) if text[0] != '#']
    if lines and _is_header(lines[0][1]):
        return [
            _parse_set(path, line, name, fields['candidates'], fields.get('label', ''))
            for line, name, fields in read_rows(path, classes, ['candidates'])
        ]
    rows = []
    for number, text in lines:
        name, body = [*text.rsplit(maxsplit=1), ''][:2]
        label, bar, members = body.rpartition('|')
        if name.endswith(',') or (bar and not label):
            raise ValueError(
                f'{path}, line {number}: {text!r} has blanks between the members of a set, or no '
                'label before the bar; write "name 3,5"'
            )
        rows.append(_parse_set(path, number, name, members, label))
    return rows


def _is_header(text: str) -> bool:
    """Whether a line names the columns of a table, with whatever delimiter."""
    fields = {field.strip('"') for field in re.split(f'[{DELIMITERS}]', text)}
    return 'image' in text.split(',') or (
        'candidates' in fields and bool({'image', 'name'} & fields)
    )


def _parse_set(path: str, line: int, name: str, text: str, label: str) -> _Set:
    members, colons, given = zip(*(part.partition(':') for part in re.split('[,;]', text)))
    weights = parse_numbers(given).tolist() if any(colons) else [1.0] * len(members)
    if text in EMPTY or not all(members) or not all(0 < weight < np.inf for weight in weights):
        raise ValueError(
            f'{path}, line {line}: {text!r} is no candidate set of {name!r}; it has at least one '
            'class id or name, "3;5", or each with a number above 0, "3:.7;5:.3"'
        )
    largest = max(weights)  # by which no sum overflows
    total = sum(weight / largest for weight in weights)
    if largest > 2 or abs(largest * total - 1) > 1e-5:  # else they read back as they were
        weights = [weight / largest / total for weight in weights]
    return _Set(line, name, list(members), weights, label)


def _class_numbers(
    path: str, rows: Sequence[_Set], images: Images, id_base: int | None
) -> dict[str, int]:
    """The class ids from 0 of all words, which are checked where they come first."""
    classes = tuple(images.classes)
    numbers = {name: i for i, name in enumerate(classes) if parse_id(name) is None}
    named = len(numbers)
    written: dict[str, _Set] = {}
    for row in rows:
        for word in (*row.members, row.label):
            if word and word not in numbers:
                written.setdefault(word, row)
    for word in [word for word in written if parse_id(word) is None]:
        if (place := find_class(word, classes)) is not None:  # in any case, or a synonym
            numbers[word] = place
            del written[word]
    for word, row in written.items():
        where = f'{path}, line {row.line}: {word!r} in the candidate set of {row.name!r}'
        if parse_id(word) is None:
            raise ValueError(
                f'{where} is no class; allowed: class ids, or {classes} and their synonyms; '
                'members of a set are parted by ; or ,'
            )
        if id_base is None and named < len(classes):
            raise ValueError(
                f'{where} may be a class id or a class name, since numbers are among the names '
                f'{classes}; write ids and give id_base, the id of the first class'
            )
    first = [LabelRow(row.line, row.name, parse_id(word)) for word, row in written.items()]
    ids = class_ids(path, first, len(classes), id_base, images.id_base)
    return {**numbers, **dict(zip(written, ids))}
