"""Noisy labels in a file: written with their provenance, read and checked."""

import hashlib
import json
import os.path as osp
from typing import Dict, Optional, Sequence

import numpy as np
from mmengine.logging import MMLogger

from ..functional import transition_matrix
from .label_files import (MARK, LabelRow, class_ids, match_names,
                          read_label_rows)
from .text_files import read_lines


def write_noise_file(path: str, names: Sequence[str], clean: np.ndarray,
                     noisy: np.ndarray, classes: Sequence[str], id_base: int,
                     provenance: dict) -> dict:
    """Write noisy labels, ``name id changed`` a row, below a header.

    The header holds ``provenance`` (scheme, rate, seed ...) and what came
    out: the classes, the number of images, how many labels changed, the
    transition matrix (row: true class), and the rows' sha256. Names and ids
    are the data set's own, so that EAC-style readers understand the rows.

    Args:
        path: a file to write; its folder has to be there.
        names: N image names.
        clean, noisy: (N,) class ids from 0.
        id_base: the id to write for the first class.

    Returns:
        The header.

    Raises:
        ValueError: on a name that would not read back.
    """
    for name in names:
        if name.startswith('#') or name != name.strip() or \
                not name.isprintable():
            raise ValueError(f'the image name {name!r} begins with #, or has '
                             'spaces at an end or line ends, and would not '
                             'read back; rename the file')
    clean, noisy = np.asarray(clean), np.asarray(noisy)
    rows = [
        LabelRow(0, name, int(new) + id_base, bool(old != new))
        for name, old, new in zip(names, clean, noisy)
    ]
    changed = int((clean != noisy).sum())
    matrix = transition_matrix(clean, noisy, len(classes))
    header = dict(
        provenance,
        classes=list(classes),
        num_classes=len(classes),
        id_base=id_base,
        images=len(rows),
        changed=changed,
        rate_changed=round(changed / max(len(rows), 1), 6),
        transition_matrix=matrix.round(6).tolist(),
        sha256=_digest(rows))
    with open(path, 'w', encoding='utf-8', newline='\n') as file:
        file.write(MARK + '\n')
        for key, value in header.items():
            file.write(f'# {key}: {json.dumps(value)}\n')
        for row in rows:
            file.write(_text(row) + '\n')
    return header


def read_noise_header(path: str) -> Optional[Dict[str, object]]:
    """The header of a file of :func:`write_noise_file`; None for others.

    Raises:
        ValueError: on a header line that cannot be read.
    """
    header = None
    for position, (number, text) in enumerate(read_lines(path)):
        if position == 0 and text == MARK:
            header = {}
        elif header is None or not text.startswith('# '):
            break
        else:
            key, _, value = text[2:].partition(': ')
            try:
                header[key] = json.loads(value)
            except json.JSONDecodeError:
                raise ValueError(f'{path}, line {number}: {text[:80]!r} is no '
                                 '"# key: value" of its header') from None
    return header


def read_noise_file(path: str,
                    names: Sequence[str],
                    clean: np.ndarray,
                    classes: Sequence[str],
                    default_base: int = 0,
                    id_base: Optional[int] = None,
                    aliases: Optional[Dict[str, str]] = None) -> np.ndarray:
    """The labels that a file gives to the images, as it is found or written.

    Args:
        path: a file of :func:`write_noise_file` or of EAC, SCN, NLA or ReSup;
            see :func:`~mmfer.datasets.label_files.read_label_rows`.
        names: N image names.
        clean: (N,) class ids from 0, without noise.
        classes: K class names.
        default_base, id_base: of :func:`~mmfer.datasets.label_files.class_ids`.
        aliases: of :func:`~mmfer.datasets.label_files.match_names`.

    Returns:
        (N,) int64 class ids from 0.

    Raises:
        FileNotFoundError: where there is no such file.
        ValueError: on malformed rows, unknown or mixed ids, images without
            or with two rows, a file for other classes, or rows that were
            changed after they were written.
    """
    if not osp.isfile(path):
        raise FileNotFoundError(
            f'no noise file at {path!r}; noise["path"] is taken below '
            'data_root unless it is absolute')
    rows = read_label_rows(path)
    header = read_noise_header(path)
    if header is not None:
        _check_header(path, header, rows, classes)
        id_base = header['id_base']
    ids = class_ids(path, rows, len(classes), id_base, default_base)
    found = match_names(path, rows, names, aliases or {})
    given = np.array([ids[found[name]] for name in names], dtype=np.int64)
    for name, old, new in zip(names, np.asarray(clean), given):
        row = rows[found[name]]
        # Others may mark a row that was drawn anew and came out the same.
        if row.changed is not None and row.changed != (old != new) and (
                header is not None or not row.changed):
            state = 'changed' if row.changed else 'unchanged'
            raise ValueError(
                f'{path}, line {row.line}: {name!r} is marked as {state} '
                f'with class {classes[new]!r}, but the data set says '
                f'{classes[old]!r}. Is it the file of this data set and its '
                'protocol, and id_base right?')
    MMLogger.get_current_instance().info(
        f'{path}: {len(found)} of its {len(rows)} rows are images of this '
        f'split, {len(rows) - len(found)} of others; first class id '
        f'{_base(rows, ids, default_base)}')
    return given


def _base(rows: Sequence[LabelRow], ids: Sequence[int], default: int) -> int:
    return rows[0].id - ids[0] if rows else default


def _check_header(path: str, header: dict, rows: Sequence[LabelRow],
                  classes: Sequence[str]) -> None:
    if missing := {'classes', 'id_base', 'sha256'} - set(header):
        raise ValueError(f'{path}: its header lacks {sorted(missing)}; write '
                         'it anew with tools/dataset_tools/make_noise.py')
    if list(classes) != header['classes']:
        raise ValueError(
            f'{path}: was made for the classes {header["classes"]} of '
            f'{header.get("dataset", "another data set")}, but this data set '
            f'has {list(classes)}; make a file for it with '
            'tools/dataset_tools/make_noise.py')
    if _digest(rows) != header['sha256']:
        raise ValueError(
            f'{path}: its rows are not those that were written (sha256 '
            f'{header["sha256"][:12]}... in the header): the file was edited '
            'or cut. Write it anew, or take the header lines (#) out')


def _text(row: LabelRow) -> str:
    return f'{row.name} {row.id} {int(bool(row.changed))}'


def _digest(rows: Sequence[LabelRow]) -> str:
    text = '\n'.join(_text(row) for row in rows)
    return hashlib.sha256(text.encode()).hexdigest()
