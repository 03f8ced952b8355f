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

- ``label``: the class id from ``id_base`` on that training sees, and for which a set was made;
- ``changed``: 1 where the data set says another label, else 0;
- ``candidates``: class ids or names, ``3;5``, or with their weights, ``3:.7;5:.3``;
- a column a class: scores, larger for a likelier class;
- ``fold``, from 0 on.

``sha256`` is that of the lines without ``#``; a table without the header is taken on trust.

Readers take what earlier versions and other projects wrote, too: :mod:`.label_lists`,
:mod:`.candidate_sets`, :mod:`.class_scores`, :mod:`~mmfer.datasets.folds`. They pass over rows of
other images, and raise a FileNotFoundError, or a ValueError that names file and line: on malformed
rows, unknown classes, images without or with two rows, a file for other classes, and rows that were
changed after they were written.
"""

import csv
import hashlib
import io
import json
import os.path as osp
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from mmengine.logging import MMLogger

from ..utils.files import write_whole
from .image_names import by_identity, identity
from .tables import read_table
from .text import read_lines

MARK, LIST_MARK = '# mmfer image table, format 1', '# mmfer noise file, format 1'
# Of earlier versions: two lists, and a table of scores; folds were a table without a mark.
MARKS = (MARK, LIST_MARK, '# mmfer candidate file, format 1', '# mmfer predictions, format 1')
COLUMNS = ('label', 'changed', 'candidates', 'fold')
KINDS = dict(classes=list, id_base=int, sha256=str, labels_sha256=str, images=int, num_classes=int)
TOOLS = 'tools/dataset_tools/make_noise.py or make_candidates.py'
AGAIN = f'write it anew with {TOOLS}'
ON_TRUST = f'{AGAIN}, or take the header lines (#) out'


class Images(NamedTuple):
    """What a data set calls N images and K classes; ``id_base``: the id of the first class in its
    own files, ``aliases``: other names of the images, alias to name; ``dataset``: whose names they
    are, for :func:`~mmfer.lists.image_names.identity`."""

    names: Sequence[str]
    classes: Sequence[str]
    id_base: int = 0
    aliases: dict[str, str] = {}
    dataset: str = ''


class Header(dict):
    """Key to value, of the file ``path``; ``lines``: key to line number."""

    def __init__(self, *args, path: str = '', **kwargs):
        super().__init__(*args, **kwargs)
        self.path = path
        self.lines: dict[str, int] = {}

    def __missing__(self, key: str):
        raise ValueError(
            f'{self.path}: its header lacks {key!r}. Is it another file? If not, {AGAIN}'
        )


class Row(NamedTuple):
    """``fields``: column to field."""

    line: int
    name: str
    fields: dict[str, str]


def write_image_table(
    path: str, names: Sequence[str], columns: dict[str, Iterable], header: dict
) -> Header:
    """Write a table, whole or not at all: N ``names``, and name to N fields of the other columns.
    Returns the header with the rows' ``sha256``.

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
    header = Header(header, sha256=digest(text.getvalue().rstrip('\n').split('\n')))
    lines = [MARK, *(f'# {key}: {json.dumps(value)}' for key, value in header.items())]
    data = '\n'.join([*lines, text.getvalue()]).encode()
    if osp.exists(path) and Path(path).read_bytes() != data:
        raise FileExistsError(f'{path} holds something else; choose another name, or delete it')
    write_whole(path, data)
    return header


def read_header(path: str) -> Header | None:
    """The header of a table, or of an earlier version's file; None for others."""
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
            except (ValueError, RecursionError):  # of endless digits, of a thousand brackets
                raise ValueError(
                    f'{path}, line {number}: {text[:80]!r} is no "# key: value" of its header'
                ) from None
            _check_value(key, header[key], f'{path}, line {number}')
            header.lines[key] = number
    return header


def _check_value(key: str, value: object, where: str) -> None:
    """ValueError on a header's value of another kind than is written."""
    kind = KINDS.get(key, object)
    fits = isinstance(value, kind) and not (kind is int and isinstance(value, bool))
    if kind is list:
        fits = fits and all(isinstance(entry, str) for entry in value)
    if not fits:
        of = 'a list of names' if kind is list else f'of type {kind.__name__}'
        raise ValueError(f'{where}: {key} is {value!r}; it has to be {of}; {AGAIN}')


def read_rows(path: str, classes: Sequence[str], needed: Sequence[str]) -> list[Row]:
    """The rows of a table, which has to have the columns ``needed`` and may have the format's."""
    where, header, rows = read_table(path, comments=True)
    columns = ['image' if field == 'name' else field for field in header]
    fits = {'image', *needed} <= {*columns} <= {'image', *needed, *COLUMNS, *classes}
    if header and (not fits or len({*columns}) < len(columns)):
        raise ValueError(
            f"{where}: {header} ({len(header)}) are not the columns 'image' and {list(needed)}"
        )
    return [Row(line, row[columns.index('image')], dict(zip(columns, row))) for line, row in rows]


def open_table(
    path: str, what: str, images: Images | None = None, id_base: int | None = None
) -> tuple:
    """The header, if any, checked; and the id of the first class by it, or as given."""
    if not osp.isfile(path):
        fix = f'or make one with {TOOLS}'
        raise FileNotFoundError(
            f'no {what} at {path!r}; noise and candidates are taken below data_root unless '
            f'absolute: correct the path, {fix}'
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
    if header['sha256'] != digest(text for _, text in read_lines(path) if text[0] != '#'):
        raise ValueError(
            f'{path}, line {header.lines["sha256"]}: its rows are not those that were written: the '
            f'file was edited or cut; {ON_TRUST}'
        )
    base = header['id_base'] if images else None
    if id_base not in (None, base):
        raise ValueError(
            f'{path}, line {header.lines["id_base"]}: its first class id is {base}, but '
            f'id_base={id_base!r} is given; leave it out, since the file says it'
        )
    return header, base


def own_rows(path: str, rows: Sequence, images: Images) -> list:
    """Each image's row: one by its name or alias, or by a path that ends with one, such as
    ``/a/path/train_00001.jpg``, or else one whose :func:`~mmfer.lists.image_names.identity` is the
    image's. Rows of other images, such as the test images, are passed over; an image without a row,
    or with more than one, is a ValueError."""
    if not rows:
        raise ValueError(f'{path}: holds no rows; each image needs one')
    where, count = f'{path}, line {rows[0].line}', len(images.names)
    find = name_finder(images)
    found, twice = {}, {}
    for row in rows:
        if (name := find(row.name)) is None:
            continue
        if name in found:
            twice[name] = f'{name} (lines {found[name].line} and {row.line})'
        found[name] = row
    if twice:
        shown = f'the first are {list(twice.values())[:3]}'
        raise ValueError(f'{where}: {len(twice)} names have more than one row, {shown}')
    if missing := [name for name in images.names if name not in found]:
        raise ValueError(
            f'{where}: {len(missing)} of {count} training images have no row, the first are '
            f'{missing[:3]}; the file begins with {[row.name for row in rows[:3]]}. Is it the file '
            'of this data set and split?'
        )
    MMLogger.get_current_instance().info(
        f'{path}: {count} of its {len(rows)} rows are images of this split, {len(rows) - count} of '
        'others'
    )
    return [found[name] for name in images.names]


def name_finder(images: Images) -> Callable[[str], str | None]:
    """What tells, by the rules of :func:`own_rows`, which image a name in a file means, or None."""
    known = {**images.aliases, **{name: name for name in images.names}}
    identities = by_identity(images.names, images.dataset)
    deepest = max((name.count('/') for name in known), default=0)

    def find(name: str) -> str | None:
        if name in known:
            return known[name]
        parts = name.replace('\\', '/').split('/')[-deepest - 1 :]
        for i in range(len(parts)):
            if (tail := '/'.join(parts[i:])) in known:
                return known[tail]
        return identities.get(identity(name, images.dataset) or '')

    return find


def about(images: Images, said: dict) -> dict:
    """What is said, and the header's part on the images."""
    classes = list(images.classes)
    sizes = dict(num_classes=len(classes), id_base=images.id_base, images=len(images.names))
    return dict(said, classes=classes, **sizes)


def digest(rows: Iterable[str]) -> str:
    """The sha256 of lines."""
    return hashlib.sha256('\n'.join(rows).encode()).hexdigest()
