"""``candidates=dict(kind=..., ...)`` of a data set: soft labels."""

from typing import List, Sequence

import numpy as np
from mmengine.logging import MMLogger

from ..functional import OUTSIDE, VOTE_RULES, votes_to_score

KINDS = ('votes', )


def apply_candidates(candidates: dict, records: List[dict],
                     classes: Sequence[str], min_votes: float) -> None:
    """Give each record ``gt_score``, (K,) float32, a distribution over the
    classes whose support is the candidate set.

    Args:
        candidates: ``kind='votes'`` takes ``rule`` and ``outside``
            (``'counted'``) of
            :func:`~mmfer.functional.votes.votes_to_score`. An image to whose
            votes the rule gives no label keeps its ``gt_label`` alone.
        records: dicts with ``gt_label`` and ``votes``; changed in place.
        classes: K class names.
        min_votes: fewer are dropped by the rules that drop single votes.

    Raises:
        ValueError: on an unknown kind or arguments, or images without votes.
    """
    args = dict(candidates)
    kind = args.pop('kind', None)
    if kind not in KINDS:
        raise ValueError(
            f'candidates kind {kind!r} is unknown; allowed: {KINDS}')
    if 'rule' not in args or set(args) - {'rule', 'outside'}:
        raise ValueError(
            f'candidates={candidates} of kind {kind!r} take rule (one of '
            f'{tuple(VOTE_RULES)}) and optionally outside (one of {OUTSIDE})')
    without = [r['img_path'] for r in records if r.get('votes') is None]
    if without:
        raise ValueError(
            f'{len(without)} of {len(records)} images have no votes, the '
            f'first are {without[:3]}; candidates of kind {kind!r} need a '
            "file of votes (RAF-DB: EmoLabel/distribution_basic.txt)")
    votes = np.stack([record['votes'] for record in records])
    scores = votes_to_score(votes, len(classes), min_votes=min_votes, **args)
    labels = np.array([record['gt_label'] for record in records])
    alone = np.flatnonzero(scores.sum(axis=1) == 0)
    scores[alone, labels[alone]] = 1
    for record, score in zip(records, scores.astype(np.float32)):
        record['gt_score'] = score
    sizes = np.bincount((scores > 0).sum(axis=1))
    held = scores[np.arange(len(labels)), labels] > 0
    MMLogger.get_current_instance().info(
        f'candidates by {args}: images by size of their set '
        f'{ {size: int(n) for size, n in enumerate(sizes) if n} }; the votes '
        f'give no label to {len(alone)} images, which keep theirs; '
        f'{int((~held).sum())} labels are not in their set')
