"""``noise=dict(kind=..., ...)`` of a data set, applied to its records."""

import inspect
import os.path as osp
from collections.abc import Callable, Iterable, Sequence

import mmcv
import numpy as np

from ..functional import FER_CONFUSIONS, NOISES
from ..functional.arguments import check_choice
from ..lists.image_table import Images
from ..lists.label_lists import read_noise
from ..utils.class_names import canonical

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
            - ``file``: ``path`` (below ``data_root`` unless absolute), optionally ``id_base``, and
              ``expect_rate``, the share of labels that it has to change, or None for any; without
              it, up to .9, and no other order of the classes.

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
        check_args(f'noise={noise}', args, {'path'}, {'id_base', 'expect_rate'})
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
        class_map: class name to class name, or synonyms of them; None is LA-Net's FER confusions
            (contempt, and what is no basic emotion, has none and stays).

    Raises:
        ValueError: Where a class of the map is not among ``classes``, or turns into itself.

    >>> class_targets(dict(happy='neutral'), ('neutral', 'happiness', 'contempt')).tolist()
    [-1, 0, -1]
    """
    said = 'class_map' if class_map is not None else 'the default class_map, FER confusions,'
    pairs = FER_CONFUSIONS if class_map is None else class_map
    if not isinstance(pairs, dict):
        raise ValueError(f'class_map={class_map!r}; it is a dict of class name to class name')
    targets = np.full(len(classes), -1)
    for source, target in pairs.items():
        old, new = (_find_class(said, name, classes) for name in (source, target))
        if old == new:
            raise ValueError(f'{said} turns {source!r} into itself; leave it out')
        if targets[old] not in (-1, new):
            raise ValueError(f'{said} has {classes[old]!r} twice, as a synonym, too; keep one')
        targets[old] = new
    return targets


def _find_class(said: str, name: object, classes: Sequence[str]) -> int:
    """The id of a class by its name, or else by the meaning of its name."""
    if name in classes:
        return list(classes).index(name)
    meaning = canonical(name) if isinstance(name, str) else name
    places = [i for i, own in enumerate(classes) if canonical(own) == meaning]
    if len(places) != 1:
        found = f'means {len(places)} classes' if places else 'is no class'
        raise ValueError(
            f'{said} has {name!r}, which {found}; allowed: {tuple(classes)} and their synonyms; '
            'give class_map=dict(...) of these classes'
        )
    return places[0]


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
