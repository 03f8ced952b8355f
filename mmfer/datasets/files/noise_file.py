"""Noisy labels in a file: written with their provenance, read and checked."""

import os.path as osp
from collections.abc import Sequence

import numpy as np
from mmengine.logging import MMLogger

from ...functional import transition_matrix
from .label_lists import MARK, LabelRow, class_ids, match_names, read_label_rows
from .provenance import Header, check_header, check_names, read_header, write_rows

TOOL = 'tools/dataset_tools/make_noise.py'


def write_noise_file(
    path: str,
    names: Sequence[str],
    clean: np.ndarray,
    noisy: np.ndarray,
    classes: Sequence[str],
    id_base: int,
    provenance: dict,
) -> dict:
    """Write noisy labels, ``name id changed`` a row, below a header.

    The header holds ``provenance`` (scheme, rate, seed ...) and what came out: the classes, the
    number of images, how many labels changed, the transition matrix (row: true class), and the
    rows' sha256. Names and ids are the data set's own, so that EAC-style readers understand the
    rows.

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
    check_names(names)
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
    )
    return write_rows(path, MARK, header, [_text(row) for row in rows])


def read_noise_header(path: str) -> Header | None:
    """The header of a file of :func:`write_noise_file`; None for others.

    Raises:
        ValueError: on a header line that cannot be read.
    """
    return read_header(path, MARK)


def read_noise_file(
    path: str,
    names: Sequence[str],
    clean: np.ndarray,
    classes: Sequence[str],
    default_base: int = 0,
    id_base: int | None = None,
    aliases: dict[str, str] | None = None,
) -> np.ndarray:
    """The labels that a file gives to the images, as it is found or written.

    Args:
        path: a file of :func:`write_noise_file` or of EAC, SCN, NLA or ReSup; see
            :func:`~mmfer.datasets.files.label_lists.read_label_rows`.
        names: N image names.
        clean: (N,) class ids from 0, without noise.
        classes: K class names.
        default_base, id_base: of :func:`~mmfer.datasets.files.label_lists.class_ids`.
        aliases: of :func:`~mmfer.datasets.files.label_lists.match_names`.

    Returns:
        (N,) int64 class ids from 0.

    Raises:
        FileNotFoundError: where there is no such file.
        ValueError: on malformed rows, unknown or mixed ids, images without or with two rows, a file
            for other classes, or rows that were changed after they were written.
    """
    if not osp.isfile(path):
        raise FileNotFoundError(
            f'no noise file at {path!r}; noise["path"] is taken below data_root unless it is '
            'absolute'
        )
    rows = read_label_rows(path)
    header = read_noise_header(path)
    if header is not None:
        check_header(path, header, [_text(row) for row in rows], classes, TOOL)
        id_base = header['id_base']
    ids = class_ids(path, rows, len(classes), id_base, default_base)
    found = match_names(path, rows, names, aliases or {})
    given = np.array([ids[found[name]] for name in names], dtype=np.int64)
    for name, old, new in zip(names, np.asarray(clean), given):
        row = rows[found[name]]
        # Others may mark a row that was drawn anew and came out the same.
        if (
            row.changed is not None
            and row.changed != (old != new)
            and (header is not None or not row.changed)
        ):
            state = 'changed' if row.changed else 'unchanged'
            raise ValueError(
                f'{path}, line {row.line}: {name!r} is marked as {state} with class '
                f'{classes[new]!r}, but the data set says {classes[old]!r}. Is it the file of this '
                'data set and its protocol, and id_base right?'
            )
    MMLogger.get_current_instance().info(
        f'{path}: {len(found)} of its {len(rows)} rows are images of this split, '
        f'{len(rows) - len(found)} of others; first class id {_base(rows, ids, default_base)}'
    )
    return given


def _base(rows: Sequence[LabelRow], ids: Sequence[int], default: int) -> int:
    return rows[0].id - ids[0] if rows else default


def _text(row: LabelRow) -> str:
    return f'{row.name} {row.id} {int(bool(row.changed))}'
