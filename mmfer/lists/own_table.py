"""A user's own table of faces: labels, votes, or annotators, by its header."""

import numpy as np
from mmengine.logging import MMLogger

from ..utils.class_names import canonical, find_class
from .label_lists import LabelRow, class_ids
from .split_names import find_split_column, split_name
from .tables import COLUMNS, find_column, find_columns, read_table
from .text import join_inside, need_file, parse_id, parse_votes

# Of labels, where none is called as in COLUMNS.
LABELS = ('class_name', 'class_id', 'class_label', 'label_name', 'label_id', 'category')
LABELS += ('emotion_label', 'emotion_name', 'emotion_id', 'expression_label', 'target_label')


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
    places = _find_places(where, header, rows, classes, columns, annotators, outside)
    used = [places['path'], places['label'], *places['annotators'], *places['votes']]
    places['split'] = find_split_column(where, header, rows, columns, used)
    _say_columns(where, header, places, used)
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


def _say_columns(where: str, header: list[str], places: dict, used: list[int | None]) -> None:
    ignored = [title for i, title in enumerate(header) if i not in (*used, places['split'])]
    said = ', '.join(
        f'{role} by {"no column" if places[role] is None else repr(header[places[role]])}'
        for role in ('path', 'label', 'split')
    )
    for role in ('annotators', 'votes'):
        said += f', {role} by {[header[i] for i in places[role]]}' if places[role] else ''
    MMLogger.get_current_instance().info(
        f'{where}: {said}; columns that are not used: {ignored or "none"}'
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
    words = {row[place] for _, row in rows}
    if any(parse_id(word) is None or word in classes for word in words):
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
    rows: list[tuple[int, list[str]]],
    classes: tuple[str, ...],
    columns: dict[str, str],
    annotators: tuple[str, ...],
    outside: tuple[str, ...],
) -> dict:
    """Which column is what: a place or None for path and label, places for the others."""
    titles = [title for title in header if title]  # pandas leaves that of its index empty
    if len(set(titles)) < len(titles):
        raise ValueError(f'{where}: a column comes twice in {header}')
    places = dict(
        path=find_column(header, COLUMNS['path'], where, columns),
        label=_find_label(where, header, rows, classes, columns),
    )
    if lost := [name for name in annotators or outside if name not in header]:
        raise ValueError(f'{where}: no column {lost} in the header {header}')
    places['annotators'] = [header.index(name) for name in annotators]
    places['votes'] = [] if annotators else _find_votes(where, header, classes)
    voted = places['votes']
    if voted:
        voted += [header.index(name) for name in outside]
    if places['label'] is None and not voted and not annotators:
        raise ValueError(
            f'{where}: the header {header} has nothing to learn from; allowed: a column of labels '
            f'{COLUMNS["label"]}, columns of votes {classes}, or annotators=[their columns]'
        )
    return places


def _find_label(
    where: str,
    header: list[str],
    rows: list[tuple[int, list[str]]],
    classes: tuple[str, ...],
    columns: dict[str, str],
) -> int | None:
    """The column of the labels. Of several, the one with the names of classes, where the others
    hold an id for each name; any other choice would be a guess."""
    names = COLUMNS['label']
    if 'label' not in columns and not find_columns(header, names):
        names = (names[0], *LABELS)
    found = find_columns(header, names)
    if 'label' in columns or len(found) < 2:
        return find_column(header, names, where, columns, needed=False)
    known = {row[i]: find_class(row[i], classes) for _, row in rows for i in found}
    named = [i for i in found if all(known[row[i]] is not None for _, row in rows)]
    if len(named) == 1:
        others = [i for i in found if i != named[0]]
        pairs = {(known[row[named[0]]], *(parse_id(row[i]) for i in others)) for _, row in rows}
        if all(len({*column} - {None}) == len(pairs) for column in zip(*pairs)):
            return named[0]
    return find_column(header, names, where, columns, needed=False)


def _find_votes(where: str, header: list[str], classes: tuple[str, ...]) -> list[int]:
    """The column of each class, called as it is, or in any case, or all as synonyms; [] where there
    are none."""
    places = [find_class(name, header) for name in classes]
    lower = {title.lower() for title in header}
    if None not in places and len({*places}) == len(places):
        return places
    if any(name.lower() in lower for name in classes):
        lost = [n for n, place in zip(classes, places) if place is None or places.count(place) > 1]
        raise ValueError(
            f'{where}: the header {header} has columns of votes, but none for {lost}, or several'
        )
    return []


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
    known = {word: find_class(word, allowed) for word in first}
    ids = {word: parse_id(word) for word, place in known.items() if place is None}
    named = any(place is not None and place < len(classes) for place in known.values())
    for word, class_id in ids.items():
        if class_id is None or named:
            raise ValueError(
                f'{path}, line {first[word][0]}: label {word!r} is unknown; allowed: {allowed} and '
                'their synonyms, or in all rows the ids of the classes'
            )
    numbers = {word: place for word, place in known.items() if place is not None}
    _say_names({word: allowed[place] for word, place in numbers.items()}, path)
    counted = [LabelRow(*first[word], class_id) for word, class_id in ids.items()]
    found = class_ids(path, counted, len(classes), id_base, None) if counted else []
    return {**numbers, **dict(zip(ids, found))}


def _say_names(meant: dict[str, str], path: str) -> None:
    """Tell synonyms; other capitals need no word."""
    meant = {word: name for word, name in meant.items() if word.lower() != name.lower()}
    if meant:
        MMLogger.get_current_instance().info(f'{path}: names of classes that are taken as: {meant}')
