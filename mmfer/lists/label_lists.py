"""Lists of image names and class ids, in the forms that circulate; noise files among them."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from mmengine.logging import MMLogger

from ..functional import transition_matrix
from .image_table import LIST_MARK, Header, Images, about, open_table, own_rows, write_image_table
from .noise_checks import INSIST, UNSTATED, check_change, likelier_base
from .tables import COLUMNS, find_column, find_columns
from .text import SNIFFED, parse_id, raw_lines, sniff_delimiter, split_csv

CHANGED = {'0': False, '1': True, 'False': False, 'True': True}


def _of_labels(*words: str) -> tuple[str, ...]:
    """Each word before and behind what a column of labels is called: ``noisy_label`` ..."""
    pairs = [(word, label) for word in words for label in COLUMNS['label']]
    return tuple(f'{a}_{b}' for word, label in pairs for a, b in ((word, label), (label, word)))


# Columns beside, or instead of, that of the label.
NOISY = (*_of_labels('noisy', 'given', 'observed', 'train', 'new', 'corrupted'), 'noise_label')
NO_MARK = '-'  # where a table has no column of it
CLEAN = _of_labels('clean', 'true', 'original', 'old')


class LabelRows(list):
    """Rows of one file. ``noisy``: the title of the column that the labels are of, where it says
    that they are noisy; ``beside``: titles of columns that are not used and hold ids, too."""

    def __init__(self, rows=(), noisy: str = '', beside: Sequence[str] = ()):
        super().__init__(rows)
        self.noisy, self.beside = noisy, list(beside)


class LabelRow(NamedTuple):
    """``id``: as in the file; ``changed``: the mark of a changed label; ``clean``: the id before
    noise, as in the file."""

    line: int
    name: str
    id: int
    changed: bool | None = None
    clean: int | None = None


def read_label_rows(path: str) -> LabelRows:
    """Rows of ``name id``, with blanks, commas or another delimiter between.

    - EAC, RAF-DB, ReSup: ``train_00001.jpg 5``;
    - SCN: ``/a/path/train_00001_aligned.jpg 4``;
    - NLA: a third column, 1 where the label was changed, else 0; or CSV with the columns (path,
      label[, noise]) or (type, path, label[, noise]);
    - a table with a header that names the columns path, label and perhaps noise, in any order; of a
      column of ``NOISY`` beside label, or of label beside one of ``CLEAN``, the first is what
      training sees and the second is the clean label;
    - mmfer's own: image tables, and those of earlier versions: as EAC, below lines with ``#``.

    All rows have as many fields as most have, so that a row that lost one is refused.
    """
    given = [(line, text.strip(' ')) for line, text in raw_lines(path)]
    lines = [(line, text) for line, text in given if not text.startswith('#')]
    delimiter = sniff_delimiter([text for _, text in lines[:SNIFFED]])
    if any(text == LIST_MARK for _, text in given):
        delimiter = ' '  # names may have commas
    places, noisy, beside = _find_columns(path, lines, delimiter) if lines else ({}, '', [])
    split = [
        (line, text, _split(text, f'{path}, line {line}', delimiter, places))
        for line, text in (lines[1:] if places else lines)
    ]
    width = Counter(len(fields) for _, _, fields in split).most_common(1)[0][0] if split else 0
    rows = LabelRows([], noisy, beside)
    for line, text, fields in split:
        class_id = parse_id(fields[1]) if len(fields) in (2, 3, 4) else None
        clean = parse_id(fields[3]) if fields[3:] and places else None
        lost = fields[3:] and clean is None
        if class_id is None or lost or not {*fields[2:3]} <= {*CHANGED, *(NO_MARK,) * bool(places)}:
            raise ValueError(
                f'{path}, line {line}: {text!r} is not "name id" (with an integer class id), nor '
                '"name id changed" (with 0 or 1); a header has a column called path and one called '
                'label or noisy_label, or the like'
            )
        if len(fields) != width:
            raise ValueError(
                f'{path}, line {line}: {text!r} has {len(fields)} fields (name, id ...), but most '
                f'rows have {width}; did it lose its label or its mark? Give each row the same'
            )
        changed = CHANGED.get(fields[2]) if fields[2:] else None
        rows.append(LabelRow(line, fields[0], class_id, changed, clean))
    return rows


def _find_columns(
    path: str, lines: list[tuple[int, str]], delimiter: str
) -> tuple[dict[str, int], str, list[str]]:
    """Places of path, label and, perhaps, flag and clean ({} where the first line is no header);
    and the two titles of :class:`LabelRows`."""
    where = f'{path}, line {lines[0][0]}'
    header = split_csv(lines[0][1], where, delimiter)
    fields = [*header]
    named = [*COLUMNS['label'], *NOISY, *COLUMNS['flag']]
    if any(parse_id(field) is not None for field in header) or not find_columns(header, named):
        return {}, '', []
    noisy, marks = find_columns(header, NOISY), find_columns(header, COLUMNS['flag'])
    if marks and not noisy:  # "noisy" may hold marks or labels
        body = [split_csv(text, f'{path}, line {line}', delimiter) for line, text in lines[1:]]
        noisy = [i for i in marks if _has_labels({row[i] for row in body if i < len(row)})]
    label = [*COLUMNS['label']]
    if noisy:
        places = dict(label=find_column(fields, [fields[i] for i in noisy], where))
        fields[places['label']] = ''  # it is neither flag nor clean
        clean = [*CLEAN, *label]
    elif not find_columns(header, label):
        return {}, '', []
    else:
        places, clean = dict(label=find_column(header, label, where)), CLEAN
    places['path'] = find_column(fields, COLUMNS['path'], where)
    places['flag'] = find_column(fields, COLUMNS['flag'], where, needed=False)
    places['clean'] = find_column(fields, clean, where, needed=False)
    beside = _tell_ignored(path, header, lines[1:], delimiter, places)
    title = header[places['label']] if noisy else ''
    return {role: place for role, place in places.items() if place is not None}, title, beside


def _tell_ignored(
    path: str,
    header: list[str],
    lines: list[tuple[int, str]],
    delimiter: str,
    places: dict[str, int | None],
) -> list[str]:
    """Columns that are not used and hold ids as the labels do; the log warns, since one may be the
    noisy one."""
    rows = [split_csv(text, f'{path}, line {line}', delimiter) for line, text in lines]
    values = {
        i: {row[i] for row in rows if i < len(row)}
        for i, title in enumerate(header)
        if i == places['label'] or i not in places.values()
    }
    labels = set(map(parse_id, values.pop(places['label'])))
    like = [header[i] for i, found in values.items() if set(map(parse_id, found)) <= labels]
    if rows and like:
        MMLogger.get_current_instance().warning(
            f'{path}: the labels are those of the column {header[places["label"]]!r}; {like} hold '
            f'ids, too, and are not used. The noisy one is called {NOISY[0]!r}, or the like'
        )
    return like if rows else []


def _has_labels(values: set[str]) -> bool:
    return not values <= {*CHANGED} and all(parse_id(value) is not None for value in values)


def _split(text: str, where: str, delimiter: str, places: dict[str, int]) -> list[str]:
    """(path, label[, flag[, clean]]) of a row; less or more where it has another form."""
    if places:
        fields = split_csv(text, where, delimiter)
        if max(places.values()) >= len(fields):
            return fields[:1]
        flag = fields[places['flag']] if 'flag' in places else NO_MARK
        found = [fields[places['path']], fields[places['label']], flag]
        if 'clean' in places:
            return [*found, fields[places['clean']]]
        return found if 'flag' in places else found[:2]
    if delimiter in ' \t':  # names may have blanks
        fields = text.strip().rsplit(maxsplit=2)
        has_flag = len(fields) == 3 and parse_id(fields[1]) is not None
        return fields if has_flag else text.strip().rsplit(maxsplit=1)
    fields = split_csv(text, where, delimiter)
    has_type = len(fields) > 2 and parse_id(fields[1]) is None
    return fields[1:] if has_type else fields


def find_base(path: str, rows: Sequence[LabelRow], num_classes: int, default: int | None) -> int:
    """The id of the first class in a file: 0 where the id 0 occurs, 1 where the id K occurs, which
    the other way of counting does not have; where neither occurs, the default, or None refuses."""
    first = {row.id: row.line for row in reversed(rows)}
    if {0, num_classes} <= set(first):
        raise ValueError(
            f'{path}: class id 0 (line {first[0]}) and class id {num_classes} (line '
            f'{first[num_classes]}) are mixed, but {num_classes} classes are 0 to '
            f'{num_classes - 1} or 1 to {num_classes}; give id_base if one of them is a mistake'
        )
    if 0 in first or num_classes in first:
        return 0 if 0 in first else 1
    if default is None and all(0 < number < num_classes for number in first):
        raise ValueError(
            f'{path}: the class ids {sorted(first)[:9]} have neither 0 nor {num_classes}; do they '
            'count from 0 or from 1? Give id_base'
        )
    return default or 0


def class_ids(
    path: str,
    rows: Sequence[LabelRow],
    num_classes: int,
    id_base: int | None,
    default_base: int | None,
) -> list[int]:
    """The rows' class ids, from 0.

    Args:
        id_base: the id of the first class in the file; None finds it, by :func:`find_base`.
    """
    if id_base is None:
        id_base = find_base(path, rows, num_classes, default_base)
    if not isinstance(id_base, int):
        raise ValueError(f'id_base={id_base!r}; it is an integer, the id of the first class')
    for row in rows:
        if not id_base <= row.id < id_base + num_classes:
            raise ValueError(
                f'{path}, line {row.line}: class id {row.id} of {row.name!r} is unknown; allowed: '
                f'{id_base} to {id_base + num_classes - 1} (id_base={id_base})'
            )
    return [row.id - id_base for row in rows]


def write_noise(
    path: str, images: Images, clean: np.ndarray, noisy: np.ndarray, said: dict
) -> Header:
    """Write noisy labels; both are (N,) class ids from 0. The header holds what is ``said``
    (scheme, rate, seed ...), how many changed, and the transition matrix (row: true class)."""
    changed = np.asarray(clean) != noisy
    header = dict(
        about(images, said),
        changed=int(changed.sum()),
        rate_changed=round(float(changed.mean()), 6),
        transition_matrix=transition_matrix(clean, noisy, len(images.classes)).round(6).tolist(),
    )
    columns = dict(label=np.asarray(noisy) + images.id_base, changed=changed.astype(int))
    return write_image_table(path, images.names, columns, header)


def read_noise(
    path: str,
    images: Images,
    clean: np.ndarray,
    id_base: int | None = None,
    expect_rate: float | str | None = UNSTATED,
) -> np.ndarray:
    """(N,) int64 class ids from 0, the labels that a file gives to the images.

    Args:
        path: a table, or another list of :func:`read_label_rows`.
        clean: (N,) class ids from 0, without noise, with which the marks of changed labels, and a
            column of clean labels, have to agree.
        id_base: of :func:`class_ids`; where the ids do not tell, of
            :func:`~mmfer.lists.noise_checks.likelier_base`.
        expect_rate: of :func:`~mmfer.lists.noise_checks.check_change`.
    """
    header, id_base = open_table(path, 'noise file', images, id_base)
    rows, count = read_label_rows(path), len(images.classes)
    said = [*rows, *(row._replace(id=row.clean) for row in rows if row.clean is not None)]
    own = None
    if id_base is None and all(0 < row.id < count for row in said):
        own = own_rows(path, rows, images)
        ids = [row.id if row.clean is None else row.clean for row in own]
        id_base = likelier_base(path, np.array(ids), np.asarray(clean))
    ids = class_ids(path, said, count, id_base, images.id_base)
    own = own or own_rows(path, rows, images)
    base = rows[0].id - ids[0]
    given = np.array([row.id for row in own], dtype=np.int64) - base
    for row, old, new in zip(own, clean, given):
        if row.clean not in (None, old + base):
            raise ValueError(
                f'{path}, line {row.line}: the clean label of {row.name!r} is '
                f'{images.classes[row.clean - base]!r} there, but the data set says '
                f'{images.classes[old]!r}. Are file and id_base right?'
            )
        # Others may mark a row that was drawn anew and came out the same.
        if row.changed not in (None, old != new) and (header or not row.changed):
            raise ValueError(
                f'{path}, line {row.line}: {row.name!r} is marked as '
                f'{"changed" if row.changed else "unchanged"} with class {images.classes[new]!r}, '
                f'but the data set says {images.classes[old]!r}. Are file and id_base right?'
            )
    if rows.beside and expect_rate is not None and (given == clean).all():
        raise ValueError(
            f'{path}, line {rows[0].line - 1}: the column read as the label changes none of '
            f'{len(given)} labels, and {rows.beside} hold ids, too: call the noisy one '
            f'{NOISY[0]!r}; {INSIST}'
        )
    check_change(path, clean, given, images.classes, expect_rate, header is not None)
    return given
