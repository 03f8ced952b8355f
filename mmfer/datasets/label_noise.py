"""``noise=dict(kind=..., ...)`` of a data set, applied to its records."""

import inspect
import os.path as osp
from collections.abc import Callable, Iterable, Sequence

import mmcv
import numpy as np

from ..functional import FER_CONFUSIONS, NOISES
from ..functional.arguments import check_choice
from .files.image_table import Images
from .files.label_lists import read_noise

SIDE = 32  # pixels
KINDS = ('symmetric', 'symmetric_inclusive', 'asymmetric', 'pair', 'file')


def apply_noise(noise: dict, images: Images, labels: np.ndarray, data_root: str = '') -> np.ndarray:
    """The labels that training sees, (N,) int64 class ids from 0.

    Args:
        noise: ``kind`` and that kind's arguments.

            - ``symmetric``, ``symmetric_inclusive``, ``pair``: ``rate`` and ``seed`` (0).
            - ``asymmetric``: the same and ``class_map``, class name to class name (default:
              LA-Net's FER confusions); or ``matrix``, (K, K) transition probabilities, and ``seed``
              without a rate.
            - ``file``: ``path`` (below ``data_root`` unless absolute) and optionally ``id_base``.

            Noise that depends on the images is made once, by ``tools/dataset_tools/make_noise.py
            --kind instance``, and read as a file.
        labels: (N,) clean class ids from 0.

    Raises:
        ValueError: on an unknown kind, missing or unknown arguments, values out of range, or a file
            that does not fit the images.
    """
    if isinstance(noise, dict) and noise.get('kind') == 'instance':
        raise ValueError(
            "noise of kind 'instance' depends on the images: write it with tools/dataset_tools/"
            "make_noise.py --kind instance, and give noise=dict(kind='file', path=...)"
        )
    kind, args = split_kind('noise', noise, KINDS)
    if kind == 'file':
        check_args(f'noise={noise}', args, {'path'}, {'id_base'})
        return read_noise(osp.join(data_root, args.pop('path')), images, labels, **args)
    return synthetic_noise(kind, args, labels, images.classes)


def synthetic_noise(
    kind: str, args: dict, labels: np.ndarray, classes: Sequence[str]
) -> np.ndarray:
    """Noise that is drawn: ``args``, what is returned and raised as in :func:`apply_noise`; kind
    ``instance`` takes ``rate``, ``seed`` and ``scores`` (N, K)."""
    args = dict(args)
    function = NOISES.get(kind)
    if kind == 'asymmetric':
        class_map = args.pop('class_map', None)
        if args.get('matrix') is None:
            args.pop('matrix', None)
            args['targets'] = class_targets(class_map, classes)
        elif class_map is None:
            function = NOISES['transition']
        else:
            raise ValueError("noise of kind 'asymmetric' takes class_map or matrix, not both")
    required = set(inspect.signature(function).parameters) - {'labels', 'num_classes', 'seed'}
    check_args(f'noise of kind {kind!r}', args, required, {'seed'})
    return function(labels, len(classes), **{'seed': 0, **args})


def projection_scores(
    paths: Sequence[str], num_classes: int, seed: int, track: Callable[[Iterable], Iterable] = iter
) -> np.ndarray:
    """A fixed random projection of each image to one score a class.

    Images are shrunk to 32 x 32 grey values, each image brought to mean 0 and deviation 1, and
    multiplied by a Gaussian matrix; each class's scores are then brought to mean 0 and deviation 1
    over the images. Images that look alike get scores that are alike.

    Args:
        track: wraps the loop over the N paths, for a progress bar.

    Returns:
        (N, K) float64, to be used as logits.
    """
    rng = np.random.RandomState(seed)
    matrix = rng.standard_normal((SIDE * SIDE, num_classes)) / SIDE
    scores = np.empty((len(paths), num_classes))
    for i, path in enumerate(track(paths)):
        image = mmcv.imread(path, flag='grayscale')
        if image is None:
            raise ValueError(f'{path!r} is no readable image')
        small = mmcv.imresize(image, (SIDE, SIDE), interpolation='area').astype(np.float64)
        small = (small - small.mean()) / max(small.std(), 1e-6)
        scores[i] = small.ravel() @ matrix
    spread = np.maximum(scores.std(axis=0), 1e-12)
    return (scores - scores.mean(axis=0)) / spread


def class_targets(class_map: dict[str, str] | None, classes: Sequence[str]) -> np.ndarray:
    """(K,) the id that each class turns into, -1 for a class that stays.

    Args:
        class_map: class name to class name; None is LA-Net's FER confusions, of which the pairs
            that are among ``classes`` are taken (contempt has none and stays).

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
    if lost := [name for pair in class_map.items() for name in pair if name not in classes]:
        raise ValueError(f'class_map has {lost[0]!r}, which is no class; allowed: {tuple(classes)}')
    if kept := [source for source, target in class_map.items() if source == target]:
        raise ValueError(f'class_map turns {kept[0]!r} into itself; leave it out')
    targets = np.full(len(classes), -1)
    for source, target in class_map.items():
        targets[classes.index(source)] = classes.index(target)
    return targets


def split_kind(what: str, given: dict, kinds: Sequence[str]) -> tuple[str, dict]:
    """The kind of ``noise=dict(kind=..., ...)`` or of candidates, and that kind's arguments."""
    if not isinstance(given, dict):
        raise ValueError(f"{what}={given!r}; it is a dict, such as dict(kind='pair', rate=.3)")
    args = dict(given)
    kind = args.pop('kind', None)
    check_choice(f'{what}: kind', kind, kinds)
    return kind, args


def check_args(said: str, args: dict, required: set, optional: set) -> None:
    """Refuse missing and unknown arguments of what was ``said``."""
    missing, unknown = required - set(args), set(args) - required - optional
    if missing or unknown:
        raise ValueError(
            f'{said}: missing {sorted(missing)}, unknown {sorted(unknown)}; this kind takes '
            f'{sorted(required)} and optionally {sorted(optional)}'
        )
