"""``noise=dict(kind=..., ...)`` of a data set, applied to its records."""

import os.path as osp
from collections import Counter
from typing import List, Sequence

import numpy as np

from ..functional import NOISES

KINDS = (*NOISES, 'file')


def apply_noise(noise: dict, names: Sequence[str], labels: np.ndarray,
                num_classes: int, data_root: str,
                id_base: int) -> np.ndarray:
    """The labels that training sees.

    Args:
        noise: ``kind`` and that kind's arguments: ``symmetric`` takes
            ``rate`` and ``seed``; ``file`` takes ``path`` (below
            ``data_root`` unless absolute) and optionally ``id_base``.
        names: N image names, as the data set's own lists write them.
        labels: (N,) clean class ids from 0.
        id_base: the first class id in the data set's own files.

    Returns:
        (N,) int64 class ids from 0.

    Raises:
        ValueError: on an unknown kind, missing or unknown arguments, or a
            file that does not fit the images.
    """
    args = dict(noise)
    kind = args.pop('kind', None)
    if kind not in KINDS:
        raise ValueError(f'noise kind {kind!r} is unknown; allowed: {KINDS}')
    if kind == 'file':
        _check_args(kind, args, required={'path'}, optional={'id_base'})
        path = osp.join(data_root, args['path'])
        base = args.get('id_base', id_base)
        return noise_from_file(path, names, num_classes, base)
    _check_args(kind, args, required={'rate'}, optional={'seed'})
    args.setdefault('seed', 0)
    return NOISES[kind](labels, num_classes, **args)


def noise_from_file(path: str, names: Sequence[str], num_classes: int,
                    id_base: int) -> np.ndarray:
    """Read ``name id`` rows, as EAC's noise01.txt to noise03.txt hold them.

    Args:
        id_base: the class id that stands for the first class, 1 for EAC.

    Raises:
        FileNotFoundError: where there is no such file.
        ValueError: on a malformed row, an unknown id, a name that comes
            twice, or images without a row; each names the file and the line or the images.
    """
    if not osp.isfile(path):
        raise FileNotFoundError(
            f'no noise file at {path!r}; noise["path"] is taken below '
            'data_root unless it is absolute')
    rows = read_label_rows(path, num_classes, id_base)
    given = dict(rows)
    if len(given) < len(rows):
        twice = [n for n, k in Counter(n for n, _ in rows).items() if k > 1]
        raise ValueError(f'{path}: {len(twice)} names have more than one row, '
                         f'the first are {twice[:3]}')
    missing = [name for name in names if name not in given]
    if missing:
        raise ValueError(
            f'{path}: {len(missing)} of {len(names)} training images have no '
            f'row, the first are {missing[:3]}; the file begins with '
            f'{list(given)[:3]}. Is it the noise file of this data set?')
    return np.array([given[name] for name in names], dtype=np.int64)


def read_label_rows(path: str, num_classes: int, id_base: int) -> List[tuple]:
    """``(name, class id from 0)`` of each ``name id`` row; blank lines are
    passed over.

    Raises:
        ValueError: names file, line, value and what is allowed.
    """
    rows = []
    with open(path, encoding='utf-8-sig') as file:
        for number, line in enumerate(file, 1):
            parts = line.split()
            if not parts:
                continue
            allowed = f'{id_base} to {id_base + num_classes - 1}'
            if len(parts) != 2 or not parts[1].lstrip('-').isdigit():
                raise ValueError(f'{path}, line {number}: {line.strip()!r} is '
                                 f'not "name id" with an id of {allowed}')
            label = int(parts[1]) - id_base
            if not 0 <= label < num_classes:
                raise ValueError(
                    f'{path}, line {number}: class id {parts[1]} of '
                    f'{parts[0]!r} is unknown; allowed: {allowed} '
                    f'(id_base={id_base})')
            rows.append((parts[0], label))
    return rows


def _check_args(kind: str, args: dict, required: set, optional: set) -> None:
    missing, unknown = required - set(args), set(args) - required - optional
    if missing or unknown:
        raise ValueError(
            f'noise of kind {kind!r}: missing {sorted(missing)}, unknown '
            f'{sorted(unknown)}; it takes {sorted(required)} and optionally '
            f'{sorted(optional)}')
