"""A user's own table of faces: labels, votes, or annotators, by its header."""

import numpy as np
from mmengine.logging import MMLogger

from ..utils.class_names import canonical
from .label_lists import LabelRow, class_ids
from .split_names import find_split_column, split_name
from .tables import COLUMNS, find_column, read_table
from .text import join_inside, need_file, parse_id, parse_votes


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
        ValueError: on a header without images or anything to learn from, rows that do not fit it,
            labels that are no class, an image that comes twice; names file, line and value.
    """
    need_file(path, 'table', 'ann_file is taken below data_root')
    where, header, rows = read_table(path)
    rows = list(rows)
    if not rows:
        raise ValueError(f'{path}: has no rows below a header')
    places = _find_places(where, header, classes, columns, annotators, outside)
    used = [places['path'], places['label'], *places['annotators'], *places['votes']]
    places['split'] = find_split_column(where, header, rows, columns, used)
    _say_columns(where, header, places['split'], used)
    images, seen = [], {}
    for line, row in rows:
        name, where = row[places['path']], f'{path}, line {line}'
        image = join_inside(root, name, where)
        if (first := seen.setdefault(image, line)) != line:
            raise ValueError(f'{where}: {name!r} is listed on line {first} already; keep one')
        split = '' if places['split'] is None else split_name(row[places['split']], where)
        images.append(dict(name=name, img_path=image, split=split))
    labels, votes = _answers(path, rows, places, classes, outside, id_base)
    if labels is not None:
        _check_names_beside(path, header, rows, places['label'], labels, classes)
    return images, labels, votes


def _say_columns(where: str, header: list[str], split: int | None, used: list[int | None]) -> None:
    ignored = [title for i, title in enumerate(header) if i not in (*used, split)]
    by = 'no column' if split is None else repr(header[split])
    MMLogger.get_current_instance().info(
        f'{where}: splits by {by}; columns that are not used: {ignored or "none"}'
    )


def _check_names_beside(
    path: str,
    header: list[str],
    rows: list[tuple[int, list[str]]],
    place: int,
    labels: np.ndarray,
    classes: tuple[str, ...],
) -> None:
    """Refuse ids where another column names each one, in another order than ``classes``.

    Such a column gives each id one name and no two the same, mostly classes; what somebody else
    said of the images does not.
    """
    if any(parse_id(row[place]) is None or row[place] in classes for _, row in rows):
        return
    known = {canonical(name) for name in classes}
    for other, title in enumerate(header):
        pairs = {(int(label), canonical(row[other])) for label, (_, row) in zip(labels, rows)}
        ids, names = ({pair[i] for pair in pairs} for i in (0, 1))
        naming = len(pairs) == len(ids) == len(names) > 1
        if other == place or not naming or 2 * len(names & known) < len(names):
            continue
        for (line, row), label in zip(rows, labels):
            if canonical(row[other]) != canonical(classes[label]):
                raise ValueError(
                    f'{path}, line {line}: label {row[place]!r} is {classes[label]!r} by '
                    f'classes={classes}, but the column {title!r} says {row[other]!r}; give '
                    f'classes in the order of the ids, or columns=dict(label={title!r})'
                )


def _find_places(
    where: str,
    header: list[str],
    classes: tuple[str, ...],
    columns: dict[str, str],
    annotators: tuple[str, ...],
    outside: tuple[str, ...],
) -> dict:
    """Which column is what: a place or None for path and label, places for the others."""
    if len(set(header)) < len(header):
        raise ValueError(f'{where}: a column comes twice in {header}')
    places = {
        role: find_column(header, COLUMNS[role], where, columns, needed=role == 'path')
        for role in ('path', 'label')
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
            f'{COLUMNS["label"]}, columns of votes {classes}, or annotators=[their columns]'
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
    first: dict[str, tuple[int, str]] = {}  # where a word stands first
    for line, row in rows:
        for place in said:
            if row[place] or place in own:  # an annotator's empty field is no answer
                first.setdefault(row[place], (line, row[places['path']]))
    numbers = _class_numbers(path, first, classes, allowed, id_base)
    answers = np.array([[numbers.get(row[place], -1) for place in said] for _, row in rows])
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


def _class_numbers(
    path: str, first: dict, classes: tuple[str, ...], allowed: tuple[str, ...], id_base: int | None
) -> dict[str, int]:
    """Class names, or ids, to ids from 0; answers outside follow the classes."""
    ids = {word: parse_id(word) for word in first if word not in allowed}
    named = any(word in classes for word in first)
    for word, class_id in ids.items():
        if class_id is None or named:
            raise ValueError(
                f'{path}, line {first[word][0]}: label {word!r} is unknown; allowed: {allowed}, or '
                'in all rows the ids of the classes'
            )
    counted = [LabelRow(*first[word], class_id) for word, class_id in ids.items()]
    found = class_ids(path, counted, len(classes), id_base, None) if counted else []
    return {**{word: allowed.index(word) for word in allowed}, **dict(zip(ids, found))}
