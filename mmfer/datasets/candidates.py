"""``candidates=dict(kind=..., ...)`` of a data set: soft labels."""

import inspect
import os
import os.path as osp
from collections.abc import Sequence

import numpy as np
from mmengine.logging import MMLogger

from ..functional import (
    CANDIDATES,
    OUTSIDE,
    VOTE_RULES,
    add_label,
    candidate_score,
    threshold_score,
    topk_candidates,
    votes_to_score,
)
from .files.candidate_file import read_candidate_file, size_counts
from .files.prediction_file import read_prediction_file

# The policies on the given label that a kind has; the first is the default.
POLICIES = {
    'votes': ('not_added', 'added'),
    'file': ('not_added', 'added'),
    'topk': ('not_added', 'added', 'kept'),
    **dict.fromkeys(CANDIDATES, ('kept',)),
}
KINDS = tuple(POLICIES)
RULES = (*VOTE_RULES, 'threshold')
WEIGHTS = ('votes', 'uniform')


def apply_candidates(
    candidates: dict,
    records: list[dict],
    names: Sequence[str],
    classes: Sequence[str],
    min_votes: float = 0,
    data_root: str = '',
    id_base: int = 0,
    aliases: dict[str, str] | None = None,
) -> None:
    """Give each record ``gt_score``, (K,) float32, a distribution over the classes whose support is
    the candidate set.

    Args:
        candidates: ``kind``, that kind's arguments, and ``given``, what becomes of the given label:
            ``'kept'``, it is in every set; ``'added'``, the set is united with it; ``'not_added'``,
            the set is what was voted, predicted or written, with or without it.

            - ``votes`` (given: ``not_added``, ``added``): the answers that ``rule`` keeps; one of
              those of :func:`~mmfer.functional.votes.votes_to_score`, or ``'threshold'`` with
              ``threshold``, a share of the votes; ``outside`` (``'counted'``); ``weights``:
              ``'votes'``, in their proportion, or ``'uniform'``. An image to whose votes the rule
              gives no label keeps its ``gt_label`` alone.
            - ``file`` (``not_added``, ``added``): ``path``, a file of
              :mod:`mmfer.datasets.files.candidate_file`, and ``id_base`` where the file does not
              say it.
            - ``topk`` (``not_added``, ``added``, ``kept``): ``path``, a file of
              :mod:`mmfer.datasets.files.prediction_file`, and ``k`` (2). Where the file says which
              labels its models learnt, they have to be the given ones of these images.
            - ``uniform``, ``binomial``, ``pair`` (``kept``): ``rate``, with which another class
              enters, and ``seed`` (0).
            - ``uniform_sets`` (``kept``): ``sizes`` and ``seed`` (0).

            For the last four see :mod:`mmfer.functional.candidate_draws`. Paths are taken below
            ``data_root`` unless absolute.
        records: dicts with ``gt_label`` and ``clean_label``, and ``votes`` where there are any;
            changed in place.
        names: N image names, as the data set's own lists write them.
        classes: K class names.
        min_votes: fewer are dropped by the rules that drop single votes.
        id_base: the first class id in the data set's own files.
        aliases: other names of the images, alias to name.

    Raises:
        ValueError: on an unknown kind, missing or unknown arguments, values out of range, images
            without votes, or a file that does not fit the images.
    """
    if not isinstance(candidates, dict):
        raise ValueError(
            f'candidates={candidates!r}; it is a dict, for '
            "instance dict(kind='uniform', rate=.3, seed=0)"
        )
    args = dict(candidates)
    kind = args.pop('kind', None)
    if kind not in KINDS:
        raise ValueError(f'candidates kind {kind!r} is unknown; allowed: {KINDS}')
    given = args.pop('given', POLICIES[kind][0])
    if given not in POLICIES[kind]:
        raise ValueError(
            f'candidates={candidates}: given={given!r} is unknown or makes no sense for kind '
            f'{kind!r}; allowed: {POLICIES[kind]}'
        )
    labels = np.array([r['gt_label'] for r in records], dtype=np.int64)
    if kind == 'votes':
        scores = _votes(candidates, args, records, labels, classes, min_votes)
    elif kind == 'file':
        _check_args(candidates, args, {'path'}, {'id_base'})
        path = _join(candidates, data_root, args.pop('path'))
        scores = read_candidate_file(path, names, labels, classes, id_base, aliases=aliases, **args)
    elif kind == 'topk':
        _check_args(candidates, args, {'path'}, {'k'})
        path = _join(candidates, data_root, args['path'])
        predicted = read_prediction_file(path, names, classes, aliases, labels)
        scores = candidate_score(topk_candidates(predicted, args.get('k', 2), labels, given))
    else:
        own = set(inspect.signature(CANDIDATES[kind]).parameters) - {'labels', 'num_classes'}
        _check_args(candidates, args, own & {'rate'}, own - {'rate'})
        scores = candidate_score(CANDIDATES[kind](labels, len(classes), **{'seed': 0, **args}))
    if given == 'added':
        scores = add_label(scores, labels)
    for record, score in zip(records, scores.astype(np.float32)):
        record['gt_score'] = score
    _report(
        candidates, scores, labels, np.array([r['clean_label'] for r in records], dtype=np.int64)
    )


def _votes(
    candidates: dict,
    args: dict,
    records: list[dict],
    labels: np.ndarray,
    classes: Sequence[str],
    min_votes: float,
) -> np.ndarray:
    args = dict(args)
    weights = args.pop('weights', 'votes')
    rule = args.get('rule')
    allowed = {'rule', 'outside'} | ({'threshold'} if rule == 'threshold' else set())
    if (
        set(args) - allowed
        or not allowed - {'outside'} <= set(args)
        or rule not in RULES
        or weights not in WEIGHTS
    ):
        raise ValueError(
            f"candidates={candidates} of kind 'votes' take rule (one of "
            f'{RULES}; threshold takes threshold, a share of the votes, too) and optionally '
            f'outside (one of {OUTSIDE}), weights (one of {WEIGHTS}) and given'
        )
    without = [r['img_path'] for r in records if r.get('votes') is None]
    if without:
        raise ValueError(
            f'{len(without)} of {len(records)} images have no votes, the '
            f"first are {without[:3]}; candidates of kind 'votes' need a "
            'file of votes (RAF-DB: EmoLabel/distribution_basic.txt)'
        )
    votes = np.stack([record['votes'] for record in records])
    if rule == 'threshold':
        del args['rule']
        scores = threshold_score(votes, len(classes), **args)
    else:
        scores = votes_to_score(votes, len(classes), min_votes=min_votes, **args)
    alone = np.flatnonzero(scores.sum(axis=1) == 0)
    scores[alone, labels[alone]] = 1
    MMLogger.get_current_instance().info(
        f'the votes give no label to {len(alone)} images, which keep theirs'
    )
    return scores if weights == 'votes' else candidate_score(scores)


def _join(candidates: dict, data_root: str, path: str) -> str:
    if not isinstance(path, (str, os.PathLike)):
        raise ValueError(
            f'candidates={candidates}: path={path!r} names no file; it is taken below data_root '
            'unless absolute'
        )
    return osp.join(data_root, path)


def _report(candidates: dict, scores: np.ndarray, labels: np.ndarray, clean: np.ndarray) -> None:
    members, rows = scores > 0, np.arange(len(labels))
    held = int(members[rows, labels].sum())
    covered = int(members[rows, clean].sum())
    count = max(len(labels), 1)
    MMLogger.get_current_instance().info(
        f'candidates {candidates}: images by size of their set {size_counts(members)}; the given '
        f'label is in {held} of {len(labels)} sets; coverage, for diagnosis: the clean label is in '
        f'{covered} ({100 * covered / count:.2f} %)'
    )


def _check_args(candidates: dict, args: dict, required: set, optional: set) -> None:
    missing, unknown = required - set(args), set(args) - required - optional
    if missing or unknown:
        raise ValueError(
            f'candidates={candidates}: missing {sorted(missing)}, unknown {sorted(unknown)}; this '
            f'kind takes {sorted(required)} and optionally {sorted(optional | {"given"})}'
        )
