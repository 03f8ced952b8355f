"""How far annotators disagree, from their votes."""

from typing import Any

import numpy as np

from ..functional import vote_ambiguity

BINS = 10
SHARE = 0.3  # of the votes, from which on FER+ counts a label as one of several


def ambiguity(votes: np.ndarray) -> dict[str, Any]:
    """Histograms over the images of a split.

    Args:
        votes: (N, K), all columns that the file has.

    Returns:
        ``images``, ``without_votes`` (rows that sum to 0, left out of the rest), ``columns``,
        ``entropy_mean``, ``entropy_histogram`` (10 equal bins of 0 to 1; the last includes 1), and
        ``labels_from_30_percent``: how many images have 0, 1, 2 or 3 labels with at least 30 % of
        the votes.
    """
    there = votes.sum(axis=1) > 0
    voted = votes[there]
    entropy = vote_ambiguity(voted)
    histogram, _ = np.histogram(np.clip(entropy, 0, 1), bins=BINS, range=(0, 1))
    # Shares are written with few digits: 0.3 may read as a little less.
    several = (voted / voted.sum(axis=1, keepdims=True) >= SHARE - 1e-6).sum(axis=1)
    return dict(
        images=len(voted),
        without_votes=int((~there).sum()),
        columns=votes.shape[1],
        entropy_mean=float(entropy.mean()) if len(voted) else None,
        entropy_histogram=histogram.tolist(),
        labels_from_30_percent=np.bincount(several, minlength=4).tolist(),
    )
