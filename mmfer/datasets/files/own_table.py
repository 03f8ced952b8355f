"""A user's own table of faces: labels, votes, or annotators, by its header."""

import numpy as np

from .label_lists import LabelRow, class_ids
from .tables import COLUMNS, find_column, read_table
from .text import join_inside, need_file, parse_id, parse_votes

SPLITS = dict(
    train=('train', 'training'), valid=('valid', 'val', 'validation'), test=('test', 'testing')
)


def read_own_table(
    path: str,
    root: str,
    classes: tuple[str, ...],
    columns: dict[str, str],
    annotators: tuple[str, ...],
    outside: tuple[str, ...],
    id_base: int | None,
) -> tuple[list[dict], np.ndarray | None, np.ndarray | None]:
    """Read a table with a header; see :class:`~mmfer.datasets.FERFolder`.

    Args:
        root: the folder that the file's paths start from and stay below.

    Returns:
        N dicts of ``name``, as in the file, ``img_path`` and ``split`` ('' without such a column);
        and, or None where the file has none, (N,) labels from 0 and (N, K + outside) votes.

    Raises:
        FileNotFoundError: where there is no such file.
        ValueError: on a header without images or anything to learn from, rows that do not fit it,
            labels that are no class, an image that comes twice; names file, line and value.
    """
    need_file(path, 'table', 'ann_file is taken below data_root')
    where, header, rows = read_table(path)
    rows = list(rows)
    if not rows:
        raise ValueError(f'{path}: has no rows below a header')
    places = _find_places(where, header, classes, columns, annotators, outside)
    images, seen = [], {}
    for line, row in rows:
        name, where = row[places['path']], f'{path}, line {line}'
        image = join_inside(root, name, where)
        if (first := seen.setdefault(image, line)) != line:
            raise ValueError(f'{where}: {name!r} is listed on line {first} already')
        split = '' if places['split'] is None else split_name(row[places['split']], where)
        images.append(dict(name=name, img_path=image, split=split))
    return images, *_answers(path, rows, places, classes, outside, id_base)


def _find_places(
    where: str,
    header: list[str],
    classes: tuple[str, ...],
    columns: dict[str, str],
    annotators: tuple[str, ...],
    outside: tuple[str, ...],
) -> dict:
    """Which column is what: a place or None for path, label and split, places for the others."""
    if len(set(header)) < len(header):
        raise ValueError(f'{where}: a column comes twice in {header}')
    places = {
        role: find_column(header, COLUMNS[role], where, columns, needed=role == 'path')
        for role in ('path', 'label', 'split')
    }
    if lost := [name for name in annotators or outside if name not in header]:
        raise ValueError(f'{where}: no column {lost} in the header {header}')
    lost = [name for name in classes if name not in header]
    if 0 < len(lost) < len(classes):
        raise ValueError(f'{where}: the header {header} has columns of votes, but none for {lost}')
    voted = () if lost or annotators else (*classes, *outside)
    places['annotators'] = [header.index(name) for name in annotators]
    places['votes'] = [header.index(name) for name in voted]
    if places['label'] is None and not voted and not annotators:
        raise ValueError(
            f'{where}: the header {header} has nothing to learn from; allowed: a column of labels '
            f'{COLUMNS["label"]}, a column of votes for each of the classes {classes}, or '
            'annotators=[...] with the names of their columns'
        )
    return places


def _answers(
    path: str,
    rows: list[tuple[int, list[str]]],
    places: dict,
    classes: tuple[str, ...],
    outside: tuple[str, ...],
    id_base: int | None,
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Labels and votes; ids count from the same number in all columns."""
    own = [] if places['label'] is None else [places['label']]
    said = [*own, *places['annotators']]
    allowed = (*classes, *(outside if places['annotators'] else ()))
    # An annotator's empty field is no answer.
    cells = [
        (i, k, LabelRow(line, row[places['path']], 0), row[place])
        for i, (line, row) in enumerate(rows)
        for k, place in enumerate(said)
        if row[place] or place in own
    ]
    answers = np.full((len(rows), len(said)), -1)
    for (i, k, *_), answer in zip(cells, _class_ids(path, cells, allowed, len(classes), id_base)):
        answers[i, k] = answer
    labels = answers[:, 0] if own else None
    votes = None
    if places['annotators']:
        votes = (answers[:, len(own) :, None] == np.arange(len(allowed))).sum(1, dtype=np.float32)
    elif places['votes']:
        votes = np.zeros((len(rows), len(places['votes'])), dtype=np.float32)
        for i, (line, row) in enumerate(rows):
            fields = [row[place] or '0' for place in places['votes']]
            votes[i] = parse_votes(fields, len(fields), f'{path}, line {line}')
    return labels, votes


def _class_ids(
    path: str, cells: list[tuple], allowed: tuple[str, ...], num_classes: int, id_base: int | None
) -> list[int]:
    """Ids from 0 of class names or ids; answers outside follow the classes."""
    named = any(text in allowed[:num_classes] for *_, text in cells)
    counted = []
    for *_, row, text in cells:
        if text in allowed:
            continue
        class_id = parse_id(text)
        if class_id is None or named:
            raise ValueError(
                f'{path}, line {row.line}: label {text!r} is unknown; allowed: {allowed}, or in '
                'all rows the ids of the classes'
            )
        counted.append(row._replace(id=class_id))
    ids = iter(class_ids(path, counted, num_classes, id_base, None) if counted else ())
    return [allowed.index(text) if text in allowed else next(ids) for *_, text in cells]


def split_name(value: str, where: str) -> str:
    """The split that a value of the column means.

    Raises:
        ValueError: on another value.

    >>> split_name('Val', 'labels.csv, line 2')
    'valid'
    """
    for split, spellings in SPLITS.items():
        if value.lower() in spellings:
            return split
    raise ValueError(f'{where}: split {value!r} is unknown; allowed: {sum(SPLITS.values(), ())}')
