"""A model's scores of each image, as a CSV."""

import csv
import os.path as osp
from typing import Dict, Optional, Sequence

import numpy as np

from .label_files import LabelRow, match_names
from .provenance import check_names
from .text_files import read_csv

NAME = 'name'


def write_prediction_file(path: str, names: Sequence[str], scores: np.ndarray,
                          classes: Sequence[str]) -> None:
    """Write ``name,<class>,<class> ...`` with a row an image.

    Args:
        path: a file to write; its folder has to be there.
        names: N image names.
        scores: (N, K) logits or probabilities, written as float32.

    Raises:
        ValueError: on a name that would not read back.
    """
    check_names(names)
    with open(path, 'w', encoding='utf-8', newline='') as file:
        writer = csv.writer(file, lineterminator='\n')
        writer.writerow([NAME, *classes])
        for name, row in zip(names, np.asarray(scores, dtype=np.float32)):
            writer.writerow([name, *map(str, row)])


def read_prediction_file(path: str,
                         names: Sequence[str],
                         classes: Sequence[str],
                         aliases: Optional[Dict[str, str]] = None
                         ) -> np.ndarray:
    """The scores that a file gives to the images.

    Args:
        path: a CSV with the header ``name`` and the K class names, in any
            order, and a row an image with K numbers: logits, probabilities,
            or whatever is larger for a likelier class.
        names: N image names. Rows of other images are passed over.
        aliases: of :func:`~mmfer.datasets.label_files.match_names`.

    Returns:
        (N, K) float64, in the order of ``classes``.

    Raises:
        FileNotFoundError: where there is no such file.
        ValueError: on another header, values that are no finite numbers,
            images without or with two rows; names file and line.
    """
    if not osp.isfile(path):
        raise FileNotFoundError(
            f'no file of predictions at {path!r}; candidates["path"] is taken '
            'below data_root unless it is absolute')
    header, rows, table = None, [], []
    for number, fields in read_csv(path):
        where = f'{path}, line {number}'
        if header is None:
            header = fields
            if sorted(header) != sorted([NAME, *classes]):
                raise ValueError(
                    f'{where}: the columns are {header} ({len(header) - 1} '
                    f'beside the name); expected {NAME!r} and the '
                    f'{len(classes)} classes {list(classes)}')
            order = [header.index(name) for name in classes]
            place = header.index(NAME)
            continue
        try:
            scores = [float(fields[i]) for i in order]
        except (IndexError, ValueError):
            scores = [np.nan]
        if len(fields) != len(header) or not np.isfinite(scores).all():
            raise ValueError(f'{where}: {fields} are not a name and '
                             f'{len(classes)} finite numbers')
        rows.append(LabelRow(number, fields[place], 0))
        table.append(scores)
    if not rows:
        raise ValueError(f'{path}: holds no predictions; each image needs a '
                         'row below the header')
    found = match_names(f'{path}, line {rows[0].line}', rows, names,
                        aliases or {})
    return np.array([table[found[name]] for name in names])
