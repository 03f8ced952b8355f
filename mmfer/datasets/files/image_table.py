"""One format for what is said of images: given labels, candidate sets, scores, folds.

A CSV with a row an image, below a header that says where it comes from::

    # mmfer image table, format 1
    # scheme: "symmetric"
    # classes: ["surprise", "fear", "disgust"]
    # id_base: 1
    # sha256: "456e3cff0be9..."
    image,label,changed
    train_00001.jpg,3,0

Of the columns beside ``image``, each may be left out:

- ``label``: the class id that training sees (of a set: for which it was made), from ``id_base`` on;
- ``changed``: 1 where the data set says another label, else 0;
- ``candidates``: class ids or names, ``3;5``, or with their weights, ``3:.7;5:.3``; see
  :mod:`~mmfer.datasets.files.candidate_sets`;
- a column a class: scores, larger for a likelier class;
- ``fold``, from 0 on.

``sha256`` is that of the lines without ``#``; a table without the header is taken on trust.

Readers take what earlier versions and other projects wrote, too. They pass over rows of other
images, and raise a FileNotFoundError, or a ValueError that names file and line: on malformed rows,
unknown classes, images without or with two rows, a file for other classes, and rows that were
changed after they were written.
"""

import csv
import hashlib
import io
import json
import os.path as osp
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from mmengine.logging import MMLogger

from ...functional import transition_matrix
from ...utils.files import write_whole
from .label_lists import class_ids, match_names, read_label_rows
from .text import parse_id, read_csv, read_lines

MARKS = (
    '# mmfer image table, format 1',
    # earlier versions: a table of scores, and two lists; folds were a table without a mark
    '# mmfer predictions, format 1',
    '# mmfer noise file, format 1',
    '# mmfer candidate file, format 1',
)
COLUMNS = ('label', 'changed', 'candidates', 'fold')
AGAIN = 'write it anew with tools/dataset_tools/make_noise.py or make_candidates.py'


class Images(NamedTuple):
    """What a data set calls N images and K classes; ``id_base`` is the id of the first class in its
    own files, ``aliases`` are other names of the images, alias to name."""

    names: Sequence[str]
    classes: Sequence[str]
    id_base: int = 0
    aliases: dict[str, str] = {}


class Header(dict):
    """Key to value, and in ``lines`` key to line number."""

    def __init__(self, *args, path: str = '', **kwargs):
        super().__init__(*args, **kwargs)
        self.path = path
        self.lines: dict[str, int] = {}

    def __missing__(self, key: str):
        raise ValueError(f'{self.path}: its header lacks {key!r}; {AGAIN}')


class Row(NamedTuple):
    """A row: its line, the image's name, and column to field."""

    line: int
    name: str
    fields: dict[str, str]


def write_image_table(
    path: str, names: Sequence[str], columns: dict[str, Iterable], header: dict
) -> Header:
    """Write a table, whole or not at all: N ``names``, and name to N fields of the other columns.

    Returns:
        The header with the rows' ``sha256``.

    Raises:
        ValueError: on a name that would not read back.
        FileExistsError: where something else is written already.
    """
    for name in names:
        if name.startswith('#') or name != name.strip() or not name.isprintable():
            raise ValueError(
                f'the image name {name!r} begins with #, or has spaces at an end or line ends, and '
                'would not read back; rename the file'
            )
    text = io.StringIO()
    writer = csv.writer(text, lineterminator='\n')
    writer.writerow(['image', *columns])
    writer.writerows(zip(names, *columns.values(), strict=True))
    header = Header(header, sha256=_digest(text.getvalue().rstrip('\n').split('\n')))
    lines = [MARKS[0], *(f'# {key}: {json.dumps(value)}' for key, value in header.items())]
    data = '\n'.join([*lines, text.getvalue()]).encode()
    if osp.exists(path) and Path(path).read_bytes() != data:
        raise FileExistsError(
            f'{path} holds something else; it is left as it is. Choose another name, or delete it'
        )
    write_whole(path, data)
    return header


def read_header(path: str) -> Header | None:
    """The header of a table, or of an earlier version's file; None for others.

    Raises:
        ValueError: on a header line that cannot be read.
    """
    header = None
    for number, text in read_lines(path):
        if header is None and text in MARKS:
            header = Header(path=path)
        elif header is None or not text.startswith('# '):
            break
        else:
            key, _, value = text[2:].partition(': ')
            try:
                header[key] = json.loads(value)
            except json.JSONDecodeError:
                raise ValueError(
                    f'{path}, line {number}: {text[:80]!r} is no "# key: value" of its header'
                ) from None
            header.lines[key] = number
    return header


def read_rows(path: str, classes: Sequence[str], needed: Sequence[str]) -> list[Row]:
    """The rows of a table, which has to have the columns ``needed`` and may have the format's."""
    columns, rows = [], []
    for number, fields in read_csv(path):
        where = f'{path}, line {number}: {fields}'
        if fields[0].startswith('#'):
            continue
        if not columns:
            columns = ['image' if field == 'name' else field for field in fields]
            known = {'image', *needed, *COLUMNS, *classes}
            fits = {'image', *needed} <= set(columns) <= known
            if not fits or len(set(columns)) < len(columns):
                raise ValueError(
                    f"{where} ({len(fields)}) are not the columns 'image' and {list(needed)}"
                )
        elif len(fields) != len(columns):
            raise ValueError(f'{where} are not the {len(columns)} columns {columns}')
        else:
            row = dict(zip(columns, fields))
            rows.append(Row(number, row['image'], row))
    return rows


def open_table(
    path: str, what: str, images: Images | None = None, id_base: int | None = None
) -> tuple:
    """The header, if any, checked; and the id of the first class by it, or as given."""
    if not osp.isfile(path):
        raise FileNotFoundError(
            f'no {what} at {path!r}; a path of noise or candidates is taken below data_root unless '
            'it is absolute'
        )
    header = read_header(path)
    if header is None:
        return None, id_base
    if images and list(images.classes) != header['classes']:
        raise ValueError(
            f'{path}, line {header.lines["classes"]}: was made for the classes {header["classes"]} '
            f'({len(header["classes"])}) of {header.get("dataset", "another data set")}, but this '
            f'data set has {list(images.classes)} ({len(images.classes)}); {AGAIN}'
        )
    if header['sha256'] != _digest(text for _, text in read_lines(path) if text[0] != '#'):
        raise ValueError(
            f'{path}, line {header.lines["sha256"]}: its rows are not those that were written: the '
            f'file was edited or cut; {AGAIN}, or take the header lines (#) out'
        )
    base = header['id_base'] if images else None
    if id_base not in (None, base):
        raise ValueError(
            f'{path}, line {header.lines["id_base"]}: its first class id is {base}, but '
            f'id_base={id_base!r} is given; leave it out, since the file says it'
        )
    return header, base


def own_rows(path: str, rows: Sequence, images: Images) -> list:
    """Each image's row."""
    if not rows:
        raise ValueError(f'{path}: holds no rows; each image needs one')
    found = match_names(f'{path}, line {rows[0].line}', rows, images.names, images.aliases)
    MMLogger.get_current_instance().info(
        f'{path}: {len(found)} of its {len(rows)} rows are images of this split, '
        f'{len(rows) - len(found)} of others'
    )
    return [rows[found[name]] for name in images.names]


def _digest(rows: Iterable[str]) -> str:
    return hashlib.sha256('\n'.join(rows).encode()).hexdigest()


def about(images: Images, said: dict) -> dict:
    """What is said, and the header's part on the images."""
    classes = list(images.classes)
    sizes = dict(num_classes=len(classes), id_base=images.id_base, images=len(images.names))
    return dict(said, classes=classes, **sizes)


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
    path: str, images: Images, clean: np.ndarray, id_base: int | None = None
) -> np.ndarray:
    """(N,) int64 class ids from 0, the labels that a file gives to the images.

    Args:
        path: a table, or a list of EAC, SCN, NLA, ReSup or an earlier version; see
            :func:`~mmfer.datasets.files.label_lists.read_label_rows`, which reads them all.
        clean: (N,) class ids from 0, without noise, with which the marks of changed labels have to
            agree.
        id_base: of :func:`~mmfer.datasets.files.label_lists.class_ids`.
    """
    header, id_base = open_table(path, 'noise file', images, id_base)
    rows = read_label_rows(path)
    ids = class_ids(path, rows, len(images.classes), id_base, images.id_base)
    own = own_rows(path, rows, images)
    given = np.array([row.id for row in own], dtype=np.int64) - rows[0].id + ids[0]
    for row, old, new in zip(own, clean, given):
        # Others may mark a row that was drawn anew and came out the same.
        if row.changed not in (None, old != new) and (header or not row.changed):
            raise ValueError(
                f'{path}, line {row.line}: {row.name!r} is marked as '
                f'{"changed" if row.changed else "unchanged"} with class {images.classes[new]!r}, '
                f'but the data set says {images.classes[old]!r}. Is it the file of this data set '
                'and its protocol, and id_base right?'
            )
    return given


def write_scores(
    path: str, images: Images, scores: np.ndarray, labels: np.ndarray, said: dict
) -> Header:
    """Write (N, K) logits or probabilities as float32, and in the header what is ``said`` and
    sha256 of ``labels``, the (N,) class ids that the models learnt: scores tell them in part, and
    are refused beside others."""
    header = dict(said, images=len(images.names), labels_sha256=_labels_digest(images, labels))
    columns = dict(zip(images.classes, np.asarray(scores, dtype=np.float32).T))
    return write_image_table(path, images.names, columns, header)


def read_scores(path: str, images: Images, labels: np.ndarray | None = None) -> np.ndarray:
    """(N, K) float64, the scores that a file gives to the images.

    Args:
        path: a table with a column for each class, in any order: logits, probabilities, or whatever
            is larger for a likelier class. The images' column may be called ``name``.
        labels: (N,) the given class ids from 0, compared with those that the header tells, all
            images of the file at once. None: not.
    """
    header, _ = open_table(path, 'file of predictions')
    own = own_rows(path, read_rows(path, images.classes, images.classes), images)
    scores = np.empty((len(own), len(images.classes)))
    for score, row in zip(scores, own):
        try:
            score[:] = [float(row.fields[name]) for name in images.classes]
        except ValueError:
            score[:] = np.nan
        if not np.isfinite(score).all():
            raise ValueError(
                f'{path}, line {row.line}: {row.fields} are not a name and {len(score)} finite '
                'numbers'
            )
    if header and labels is not None and header['labels_sha256'] != _labels_digest(images, labels):
        key, learnt = 'labels_sha256', 'other labels than those given here, which they would tell'
        if header['images'] != len(own):
            key = 'images'
            learnt = (
                f'{header[key]} images, but this data set has {len(own)}, so that it cannot be '
                'checked whether the labels are the same'
            )
        raise ValueError(
            f'{path}, line {header.lines[key]}: its models learnt {learnt}; {AGAIN}, or take the '
            'header lines (#) out'
        )
    return scores


def _labels_digest(images: Images, labels: np.ndarray) -> str:
    pairs = zip(images.names, labels)
    return _digest(f'{name} {images.classes[label]}' for name, label in pairs)


def read_folds(path: str, images: Images) -> np.ndarray:
    """(N,) int64 folds of the images, which have to be all of the file's."""
    open_table(path, 'file of folds')
    rows = read_rows(path, images.classes, ['fold'])
    own = own_rows(path, rows, images)
    if len(rows) > len(own):
        raise ValueError(
            f'{path}: has {len(rows)} rows for {len(own)} images; the file is of other images'
        )
    folds = [parse_id(row.fields['fold']) for row in own]
    for row, fold in zip(own, folds):
        if fold is None or fold < 0:
            raise ValueError(
                f'{path}, line {row.line}: {row.fields["fold"]!r} is no fold; it is an integer '
                'from 0 on'
            )
    return np.array(folds, dtype=np.int64)
