"""``candidates=dict(kind=..., ...)`` of a data set: soft labels."""

import inspect
import os
import os.path as osp

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
from ..lists.candidate_sets import MIN_HELD, check_held, read_candidates, size_counts
from ..lists.class_scores import read_scores
from ..lists.image_table import Images
from .label_noise import check_args, split_kind

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
    candidates: dict, images: Images, records: list[dict], min_votes: float = 0, data_root: str = ''
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
              ``'votes'``, in their proportion, or ``'uniform'``; ``min_held`` (.5): the share of
              images whose label has the most votes, below which the columns are taken to be those
              of other classes, and refused (0 insists). An image to whose votes the rule gives no
              label keeps its ``gt_label`` alone.
            - ``file`` (``not_added``, ``added``): ``path``, a file of
              :mod:`~mmfer.lists.candidate_sets`, ``id_base`` where it does not say it, and
              ``min_held``, the share of sets that have the given label (.5 where the file does not
              say its classes; 0 insists).
            - ``topk`` (``not_added``, ``added``, ``kept``): ``path``, a file of
              :func:`~mmfer.lists.class_scores.read_scores`, and ``k`` (2). Where it says which
              labels its models learnt, they have to be the given ones of these images.
            - ``uniform``, ``binomial``, ``pair`` (``kept``): ``rate``, with which another class
              enters, and ``seed`` (0).
            - ``uniform_sets`` (``kept``): ``sizes`` and ``seed`` (0).

            For the last four see :mod:`mmfer.functional.candidate_draws`. Paths are taken below
            ``data_root`` unless absolute.
        records: have ``gt_label`` and ``clean_label``, perhaps ``votes``; changed in place.
        min_votes: fewer are dropped by the rules that drop single votes.

    Raises:
        ValueError: on an unknown kind, missing or unknown arguments, values out of range, images
            without votes, or a file that does not fit the images.
    """
    kind, args = split_kind('candidates', candidates, KINDS)
    said = f'candidates={candidates}'
    given = args.pop('given', POLICIES[kind][0])
    if given not in (allowed := POLICIES[kind]):
        raise ValueError(f'{said}: given={given!r} is not for kind {kind!r}; allowed: {allowed}')
    if not isinstance(args.get('path', ''), (str, os.PathLike)):
        fix = 'it is taken below data_root unless absolute'
        raise ValueError(f'{said}: path={args["path"]!r} names no file; {fix}')
    path = osp.join(data_root, args.get('path', ''))
    labels, clean = (
        np.array([r[key] for r in records], dtype=np.int64) for key in ('gt_label', 'clean_label')
    )
    if kind == 'votes':
        scores = _votes(said, args, records, labels, images, min_votes)
    elif kind == 'file':
        check_args(said, args, {'path'}, {'id_base', 'given', 'min_held'})
        numbers = (args.get(key) for key in ('id_base', 'min_held'))
        scores = read_candidates(path, images, labels, *numbers)
    elif kind == 'topk':
        check_args(said, args, {'path'}, {'k', 'given'})
        predicted = read_scores(path, images, labels)
        scores = candidate_score(topk_candidates(predicted, args.get('k', 2), labels, given))
    else:
        own = set(inspect.signature(CANDIDATES[kind]).parameters) - {'labels', 'num_classes'}
        check_args(said, args, own & {'rate'}, own - {'rate'} | {'given'})
        sets = CANDIDATES[kind](labels, len(images.classes), **{'seed': 0, **args})
        scores = candidate_score(sets)
    if given == 'added':
        scores = add_label(scores, labels)
    for record, score in zip(records, scores.astype(np.float32)):
        record['gt_score'] = score
    count = len(labels)
    held, covered = (int((scores[np.arange(count), of] > 0).sum()) for of in (labels, clean))
    MMLogger.get_current_instance().info(
        f'{said}: images by size of their set {size_counts(scores)}; the given label is in {held} '
        f'of {count} sets; coverage, for diagnosis: the clean label is in {covered} '
        f'({100 * covered / max(count, 1):.2f} %)'
    )


def _votes(
    said: str, args: dict, records: list[dict], labels: np.ndarray, images: Images, minimum: float
) -> np.ndarray:
    num_classes, least = len(images.classes), args.pop('min_held', MIN_HELD)
    weights, rule = args.pop('weights', 'votes'), args.get('rule')
    required = {'rule', 'threshold'} if rule == 'threshold' else {'rule'}
    fits = required <= set(args) <= required | {'outside'}
    if not fits or rule not in RULES or weights not in WEIGHTS:
        raise ValueError(
            f"{said} of kind 'votes' take rule (one of {RULES}; threshold takes threshold, too) "
            f'and optionally outside (one of {OUTSIDE}), weights (one of {WEIGHTS}), min_held and '
            'given'
        )
    if without := [r['img_path'] for r in records if r.get('votes') is None]:
        raise ValueError(
            f'{len(without)} of {len(records)} images have no votes, the first are {without[:3]}; '
            "kind 'votes' needs a file of votes (RAF-DB: EmoLabel/distribution_basic.txt)"
        )
    votes = np.stack([record['votes'] for record in records])
    if rule == 'threshold':
        del args['rule']
        scores = threshold_score(votes, num_classes, **args)
    else:
        scores = votes_to_score(votes, num_classes, min_votes=minimum, **args)
    ours = votes[:, :num_classes]
    most = (ours[np.arange(len(ours)), labels] == ours.max(axis=1)) | ~ours.any(axis=1)
    check_held(f'{said}: the arg-max of the votes of', images, most, least)
    alone = np.flatnonzero(scores.sum(axis=1) == 0)
    scores[alone, labels[alone]] = 1
    MMLogger.get_current_instance().info(
        f'the votes give no label to {len(alone)} images, which keep theirs'
    )
    return scores if weights == 'votes' else candidate_score(scores)
