"""A model's scores of each image, as a CSV."""

import csv
import io
import os.path as osp
from collections.abc import Sequence

import numpy as np

from .label_lists import LabelRow, match_names
from .provenance import Header, check_names, digest, read_header, write_rows
from .text import read_csv, read_lines

MARK = '# mmfer predictions, format 1'
NAME = 'name'


def write_prediction_file(
    path: str,
    names: Sequence[str],
    scores: np.ndarray,
    classes: Sequence[str],
    labels: np.ndarray,
    provenance: dict,
) -> Header:
    """Write ``name,<class>,<class> ...`` with a row an image, below a header.

    The header (lines that begin with ``#``) holds ``provenance``, the number of images, and sha256
    of the rows and of the labels that were learnt.

    Args:
        path: a file to write; its folder has to be there.
        names: N image names.
        scores: (N, K) logits or probabilities, written as float32.
        labels: (N,) class ids from 0 that the models learnt. Scores tell them in part, and are
            refused beside others.

    Returns:
        The header.

    Raises:
        ValueError: on a name that would not read back.
    """
    check_names(names)
    rows = [_row([NAME, *classes])]
    for name, row in zip(names, np.asarray(scores, dtype=np.float32)):
        rows.append(_row([name, *map(str, row)]))
    return write_rows(
        path,
        MARK,
        dict(provenance, images=len(names), labels_sha256=_labels_digest(names, labels, classes)),
        rows,
    )


def read_prediction_file(
    path: str,
    names: Sequence[str],
    classes: Sequence[str],
    aliases: dict[str, str] | None = None,
    labels: np.ndarray | None = None,
) -> np.ndarray:
    """The scores that a file gives to the images.

    Args:
        path: a CSV with the header ``name`` and the K class names, in any order, and a row an image
            with K numbers: logits, probabilities, or whatever is larger for a likelier class. It
            may have the header of :func:`write_prediction_file`.
        names: N image names. Rows of other images are passed over.
        aliases: of :func:`~mmfer.datasets.files.label_lists.match_names`.
        labels: (N,) class ids from 0, the given labels; compared with those that the header tells,
            all images of the file at once. None: not.

    Returns:
        (N, K) float64, in the order of ``classes``.

    Raises:
        FileNotFoundError: where there is no such file.
        ValueError: on other columns, values that are no finite numbers, images without or with two
            rows, models that learnt other images or labels, or rows that were changed after they
            were written; names file and line.
    """
    if not osp.isfile(path):
        raise FileNotFoundError(
            f'no file of predictions at {path!r}; candidates["path"] is taken below data_root '
            'unless it is absolute'
        )
    header = read_header(path, MARK)
    columns, rows, table = None, [], []
    for number, fields in read_csv(path):
        where = f'{path}, line {number}'
        if columns is None:
            if header is not None and fields[0].startswith('#'):
                continue
            columns = fields
            if sorted(columns) != sorted([NAME, *classes]):
                raise ValueError(
                    f'{where}: the columns are {columns} ({len(columns) - 1} beside the name); '
                    f'expected {NAME!r} and the {len(classes)} classes {list(classes)}'
                )
            order = [columns.index(name) for name in classes]
            place = columns.index(NAME)
            continue
        try:
            scores = [float(fields[i]) for i in order]
        except (IndexError, ValueError):
            scores = [np.nan]
        if len(fields) != len(columns) or not np.isfinite(scores).all():
            raise ValueError(f'{where}: {fields} are not a name and {len(classes)} finite numbers')
        rows.append(LabelRow(number, fields[place], 0))
        table.append(scores)
    if not rows:
        raise ValueError(f'{path}: holds no predictions; each image needs a row below the header')
    found = match_names(f'{path}, line {rows[0].line}', rows, names, aliases or {})
    if header is not None:
        _check_header(path, header, names, classes, labels)
    return np.array([table[found[name]] for name in names])


def _check_header(
    path: str,
    header: Header,
    names: Sequence[str],
    classes: Sequence[str],
    labels: np.ndarray | None,
) -> None:
    if missing := {'images', 'labels_sha256', 'sha256'} - set(header):
        raise ValueError(f'{path}: its header lacks {sorted(missing)}; write it anew')
    fix = 'Write it anew for them, or take the header lines (#) out'
    rows = [text for _, text in read_lines(path) if not text.startswith('#')]
    if digest(rows) != header['sha256']:
        raise ValueError(
            f'{path}, line {header.lines["sha256"]}: its rows are not those that were written: '
            f'edited or cut. {fix}'
        )
    if labels is None or header['labels_sha256'] == _labels_digest(names, labels, classes):
        return
    if header['images'] != len(names):
        raise ValueError(
            f'{path}, line {header.lines["images"]}: its models learnt {header["images"]} images, '
            f'but this data set has {len(names)}, so that it cannot be checked whether the labels '
            f'are the same. {fix}'
        )
    raise ValueError(
        f'{path}, line {header.lines["labels_sha256"]}: its models learnt other labels than those '
        f'given here (other label noise, or rule of votes), which the scores would tell. {fix}'
    )


def _labels_digest(names: Sequence[str], labels: np.ndarray, classes: Sequence[str]) -> str:
    return digest([f'{name} {classes[label]}' for name, label in zip(names, labels)])


def _row(fields: Sequence[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator='').writerow(fields)
    return line.getvalue()
