"""Candidate sets in a file: written with their provenance, read and checked."""

import os.path as osp
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from mmengine.logging import MMLogger

from ...functional import candidate_score
from .label_lists import LabelRow, class_ids, match_names
from .provenance import Header, check_header, check_names, read_header, write_rows
from .text import parse_id, read_lines

MARK = '# mmfer candidate file, format 1'
TOOL = 'tools/dataset_tools/make_candidates.py'
EMPTY = {'-', '[]', '{}', '()', 'none', 'None'}


class CandidateRow(NamedTuple):
    """A row: its line, the image's name, what stands beside it, the members as ids or class names,
    their weights, if any, and the label for which the set was made, where the file says it."""

    line: int
    name: str
    text: str
    members: tuple[str, ...]
    weights: tuple[float, ...] | None = None
    label: str | None = None


def write_candidate_file(
    path: str,
    names: Sequence[str],
    scores: np.ndarray,
    labels: np.ndarray,
    classes: Sequence[str],
    id_base: int,
    provenance: dict,
    clean: np.ndarray | None = None,
) -> Header:
    """Write candidate sets, ``name label|id,id`` a row, below a header.

    Where the members' shares differ, a row is ``name label|id:share,id:share``. The header holds
    ``provenance`` (scheme, arguments, seed ...) and what came out: the classes, the numbers of
    images by size of set, the coverage (the share of images whose clean label is in the set), and
    the rows' sha256.

    Args:
        path: a file to write; its folder has to be there.
        names: N image names.
        scores: (N, K); a row sums to 1, and is above 0 for members.
        labels: (N,) the given class ids from 0, for which they were made.
        id_base: the id to write for the first class.
        clean: (N,) class ids from 0, for the coverage; None leaves it out.

    Returns:
        The header.

    Raises:
        ValueError: on an empty set, or a name that would not read back.
    """
    check_names(names)
    scores = np.asarray(scores, dtype=np.float32)
    flat = candidate_score(scores).astype(np.float32)
    members = scores > 0
    header = dict(
        provenance,
        classes=list(classes),
        num_classes=len(classes),
        id_base=id_base,
        images=len(names),
        sizes=size_counts(members),
    )
    if clean is not None:
        covered = members[np.arange(len(names)), np.asarray(clean)]
        header['coverage'] = round(float(covered.mean()), 6)
    rows = []
    for name, label, score, even in zip(names, labels, scores, flat):
        held = np.flatnonzero(score)
        if np.array_equal(score, even):
            text = ','.join(str(i + id_base) for i in held)
        else:  # the shortest digits that give the same float32
            text = ','.join(f'{i + id_base}:{str(score[i])}' for i in held)
        rows.append(f'{name} {label + id_base}|{text}')
    return write_rows(path, MARK, header, rows)


def size_counts(sets: np.ndarray) -> dict[str, int]:
    """Images by size of set; keys are strings, as JSON keeps them.

    >>> size_counts([[1, 0], [1, 1], [0, 1]])
    {'1': 2, '2': 1}
    """
    sizes = Counter((np.asarray(sets) > 0).sum(axis=1).tolist())
    return {str(size): sizes[size] for size in sorted(sizes)}


def read_candidate_header(path: str) -> Header | None:
    """The header of a file of :func:`write_candidate_file`; None for others.

    Raises:
        ValueError: on a header line that cannot be read.
    """
    return read_header(path, MARK)


def read_candidate_rows(path: str) -> list[CandidateRow]:
    """Rows of ``name set``: the set without blanks, its members parted by commas, ids or class
    names, each perhaps with ``:weight``; before it perhaps the label that it was made for, and
    ``|``.

    Raises:
        ValueError: on an empty set, a member that comes twice, a weight that is no number above 0,
            or weights of some members only; names file and line.
    """
    rows = []
    for number, text in read_lines(path):
        if text.startswith('#'):
            continue
        where = f'{path}, line {number}'
        fields = text.rsplit(maxsplit=1)
        name, body = fields if len(fields) == 2 else (text, '')
        label, bar, members = body.rpartition('|')
        if members in EMPTY or not members.strip(','):
            raise ValueError(
                f'{where}: the candidate set of {name!r} is empty; each image needs "name '
                'member,member" with at least one class id or class name'
            )
        if name.endswith(','):
            raise ValueError(
                f'{where}: blanks between the members of a set: {text!r}; write "name 3,5"'
            )
        if bar and not label:
            raise ValueError(
                f'{where}: {body!r} of {name!r} has no label before the bar; leave the bar out'
            )
        rows.append(CandidateRow(number, name, body, *_parse(members, name, where), label or None))
    return rows


def read_candidate_file(
    path: str,
    names: Sequence[str],
    labels: np.ndarray,
    classes: Sequence[str],
    default_base: int = 0,
    id_base: int | None = None,
    aliases: dict[str, str] | None = None,
) -> np.ndarray:
    """The candidate sets that a file gives to the images.

    Args:
        path: a file of :func:`write_candidate_file`, or rows as :func:`read_candidate_rows` takes
            them.
        names: N image names. Rows of other images are passed over.
        labels: (N,) the given class ids from 0, noise included. Sets that were made for other
            labels would tell them, and are refused.
        classes: K class names.
        default_base, id_base: of :func:`~mmfer.datasets.files.label_lists.class_ids`. With an
            ``id_base``, the caller's or the header's, what can be read as an id is one, also where
            a class has that name.
        aliases: of :func:`~mmfer.datasets.files.label_lists.match_names`.

    Returns:
        (N, K) float32 distributions; uniform over the set where the file has
        no weights, which else are divided by their sum.

    Raises:
        FileNotFoundError: where there is no such file.
        ValueError: on malformed rows, unknown ids or names, ids beside class names that can be read
            as ids without an ``id_base``, one that is not the header's, images without or with two
            rows, a file for other classes, images or labels, or rows that were changed after they
            were written; names file and line.
    """
    if not osp.isfile(path):
        raise FileNotFoundError(
            f'no candidate file at {path!r}; candidates["path"] is taken below data_root unless it '
            f'is absolute. {TOOL} makes one'
        )
    rows = read_candidate_rows(path)
    if not rows:
        raise ValueError(f'{path}: holds no rows; each image needs one')
    header = read_candidate_header(path)
    if header is not None:
        check_header(path, header, [f'{r.name} {r.text}' for r in rows], classes, TOOL)
        if id_base not in (None, header['id_base']):
            raise ValueError(
                f'{path}, line {header.lines["id_base"]}: its first class id is '
                f'{header["id_base"]}, but id_base={id_base!r} is given; leave it out, since the '
                'file says it'
            )
        id_base = header['id_base']
    ids, made_for, base = _numbers(path, rows, classes, id_base, default_base)
    _check_twice(path, rows)
    found = match_names(
        f'{path}, line {rows[0].line}',
        [LabelRow(r.line, r.name, 0) for r in rows],
        names,
        aliases or {},
    )
    scores = np.zeros((len(names), len(classes)), dtype=np.float32)
    for position, (name, label) in enumerate(zip(names, labels)):
        row = rows[found[name]]
        if made_for[found[name]] not in (None, label):
            raise ValueError(
                f'{path}, line {row.line}: the candidate set of {name!r} was made for the label '
                f'{classes[made_for[found[name]]]!r}, but this data set gives {classes[label]!r}. '
                'Is it the file of this data set, its label noise and its indices? Make one for it '
                f'with {TOOL}'
            )
        scores[position, ids[found[name]]] = _shares(path, row)
    MMLogger.get_current_instance().info(
        f'{path}: {len(found)} of its {len(rows)} rows are images of this split, '
        f'{len(rows) - len(found)} of others; '
        + ('classes by name' if base is None else f'first class id {base}')
    )
    return scores


def _shares(path: str, row: CandidateRow) -> np.ndarray:
    """The members' shares; they sum to 1."""
    weights = np.array(row.weights or [1] * len(row.members), dtype=float)
    largest = weights.max()  # by which no sum overflows
    total = (weights / largest).sum()
    if largest > 2 or abs(largest * total - 1) > 1e-5:
        weights = weights / largest / total  # else they read back as they were
    shares = weights.astype(np.float32)
    if not shares.all():
        raise ValueError(
            f'{path}, line {row.line}: the weights {row.text!r} of {row.name!r} are too far apart: '
            'a share rounds to 0, and its class would not be a candidate; leave it out or weigh it '
            'higher'
        )
    return shares


def _parse(body: str, name: str, where: str) -> tuple:
    parts = [part.split(':') for part in body.split(',')]
    if any(not part[0] or len(part) > 2 for part in parts):
        raise ValueError(
            f'{where}: {body!r} is no candidate set of {name!r}; it is "3,5", "fear,anger" or '
            '"3:.7,5:.3"'
        )
    members = tuple(part[0] for part in parts)
    if all(len(part) == 1 for part in parts):
        return members, None
    try:
        weights = tuple(float(part[1]) for part in parts)
    except (IndexError, ValueError):
        weights = (0.0,)
    if not all(0 < weight < np.inf for weight in weights):
        raise ValueError(
            f'{where}: the candidate set {body!r} of {name!r} needs a number above 0 for each '
            'member after its colon, or none at all'
        )
    return members, weights


def _numbers(
    path: str,
    rows: Sequence[CandidateRow],
    classes: Sequence[str],
    id_base: int | None,
    default_base: int,
) -> tuple:
    """Of each row the members' class ids from 0, and its label's or None; and the id of the first
    class in the file, None where it has names alone."""
    known = {name: i for i, name in enumerate(classes) if parse_id(name) is None}
    words = [(row, word) for row in rows for word in (*row.members, row.label) if word is not None]
    for row, word in words:
        if id_base is None and len(known) < len(classes) and parse_id(word) is not None:
            raise ValueError(
                f'{path}, line {row.line}: {word!r} in the candidate set of {row.name!r} may be a '
                f'class id or a class name, since numbers are among the names {tuple(classes)}; '
                'write ids and give id_base, the id of the first class'
            )
        if word not in known and parse_id(word) is None:
            raise ValueError(
                f'{path}, line {row.line}: {word!r} in the candidate set of {row.name!r} is no '
                f'class; allowed: class ids, or {tuple(classes)}'
            )
    written = [
        LabelRow(row.line, row.name, parse_id(word)) for row, word in words if word not in known
    ]
    from_0 = class_ids(path, written, len(classes), id_base, default_base)
    base = written[0].id - from_0[0] if written else None
    ids = iter(from_0)

    def number(word: str) -> int:
        return known[word] if word in known else next(ids)

    found, labels = [], []
    for row in rows:
        members = [number(word) for word in row.members]
        if len(set(members)) < len(members):
            raise ValueError(
                f'{path}, line {row.line}: the candidate set {row.text!r} of {row.name!r} has a '
                'class twice'
            )
        found.append(members)
        labels.append(None if row.label is None else number(row.label))
    return found, labels, base


def _check_twice(path: str, rows: Sequence[CandidateRow]) -> None:
    first: dict[str, int] = {}
    for row in rows:
        if row.name in first:
            raise ValueError(
                f'{path}, line {row.line}: {row.name!r} has a candidate set already, in line '
                f'{first[row.name]}; each image has one row'
            )
        first[row.name] = row.line
