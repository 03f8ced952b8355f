"""``noise=dict(kind=..., ...)`` of a data set, applied to its records."""

import inspect
import os.path as osp
from collections.abc import Sequence

import numpy as np

from ..functional import FER_CONFUSIONS, NOISES
from .files.noise_file import read_noise_file

KINDS = ('symmetric', 'symmetric_inclusive', 'asymmetric', 'pair', 'file')


def apply_noise(
    noise: dict,
    names: Sequence[str],
    labels: np.ndarray,
    classes: Sequence[str],
    data_root: str = '',
    id_base: int = 0,
    aliases: dict[str, str] | None = None,
) -> np.ndarray:
    """The labels that training sees.

    Args:
        noise: ``kind`` and that kind's arguments.

            - ``symmetric``, ``symmetric_inclusive``, ``pair``: ``rate`` and ``seed`` (0).
            - ``asymmetric``: the same and ``class_map``, class name to class name (default:
              LA-Net's FER confusions); or ``matrix``, (K, K) transition probabilities, and ``seed``
              without a rate.
            - ``file``: ``path`` (below ``data_root`` unless absolute) and optionally ``id_base``.

            Noise that depends on the images is made once, by ``tools/dataset_tools/make_noise.py
            --kind instance``, and read as a file.
        names: N image names, as the data set's own lists write them.
        labels: (N,) clean class ids from 0.
        classes: K class names.
        id_base: the first class id in the data set's own files.
        aliases: other names of the images, alias to name.

    Returns:
        (N,) int64 class ids from 0.

    Raises:
        ValueError: on an unknown kind, missing or unknown arguments, values out of range, or a file
            that does not fit the images.
    """
    if not isinstance(noise, dict):
        raise ValueError(
            f"noise={noise!r}; it is a dict, for instance dict(kind='symmetric', rate=.3, seed=0)"
        )
    args = dict(noise)
    kind = args.pop('kind', None)
    if kind == 'instance':
        raise ValueError(
            "noise of kind 'instance' depends on the images: write it to a "
            'file with tools/dataset_tools/make_noise.py --kind instance and '
            "give noise=dict(kind='file', path=...)"
        )
    if kind not in KINDS:
        raise ValueError(f'noise kind {kind!r} is unknown; allowed: {KINDS}')
    if kind == 'file':
        _check_args(kind, args, required={'path'}, optional={'id_base'})
        path = osp.join(data_root, args.pop('path'))
        return read_noise_file(path, names, labels, classes, id_base, aliases=aliases, **args)
    return synthetic_noise(kind, args, labels, classes)


def synthetic_noise(
    kind: str, args: dict, labels: np.ndarray, classes: Sequence[str]
) -> np.ndarray:
    """Noise that is drawn; ``args`` as in :func:`apply_noise`, and for ``instance`` ``rate``,
    ``seed`` and ``scores`` (N, K).

    Returns:
        (N,) int64 class ids from 0.

    Raises:
        ValueError: as :func:`apply_noise`.
    """
    args = dict(args)
    function = kind
    if kind == 'asymmetric':
        if args.get('matrix') is not None:
            if args.pop('class_map', None) is not None:
                raise ValueError("noise of kind 'asymmetric' takes class_map or matrix, not both")
            function = 'transition'
        else:
            args.pop('matrix', None)
            args['targets'] = class_targets(args.pop('class_map', None), classes)
    parameters = inspect.signature(NOISES[function]).parameters
    required = set(parameters) - {'labels', 'num_classes', 'seed'}
    _check_args(kind, args, required, optional={'seed'})
    args.setdefault('seed', 0)
    return NOISES[function](labels, len(classes), **args)


def class_targets(class_map: dict[str, str] | None, classes: Sequence[str]) -> np.ndarray:
    """(K,) the id that each class turns into, -1 for a class that stays.

    Args:
        class_map: class name to class name; None is LA-Net's FER confusions, of which the pairs
            that are among ``classes`` are taken (contempt has none and stays).

    Raises:
        ValueError: on a name that is no class, or none of the pairs fits.

    >>> class_targets(None, ('neutral', 'sadness', 'contempt')).tolist()
    [1, 0, -1]
    """
    if class_map is None:
        class_map = {a: b for a, b in FER_CONFUSIONS.items() if a in classes and b in classes}
        if not class_map:
            raise ValueError(
                f'none of the FER confusions {FER_CONFUSIONS} is between two of the classes '
                f'{tuple(classes)}; give class_map'
            )
    if not isinstance(class_map, dict):
        raise ValueError(f'class_map={class_map!r}; it is a dict of class name to class name')
    targets = np.full(len(classes), -1)
    for source, target in class_map.items():
        for name in (source, target):
            if name not in classes:
                raise ValueError(
                    f'class_map names {name!r}, which is no class; allowed: {tuple(classes)}'
                )
        if source == target:
            raise ValueError(
                f'class_map turns {source!r} into itself; leave a class out that keeps its labels'
            )
        targets[classes.index(source)] = classes.index(target)
    return targets


def _check_args(kind: str, args: dict, required: set, optional: set) -> None:
    missing, unknown = required - set(args), set(args) - required - optional
    if missing or unknown:
        raise ValueError(
            f'noise of kind {kind!r}: missing {sorted(missing)}, unknown {sorted(unknown)}; it '
            f'takes {sorted(required)} and optionally {sorted(optional)}'
        )
