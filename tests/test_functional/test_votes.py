import numpy as np
import pytest

from mmfer.functional import VOTE_RULES, select_votes, vote_ambiguity, votes_to_score

# FER+'s answers: eight expressions, unknown, not a face.
CASES = [
    # votes, rule, what it keeps
    ([6, 0, 0, 0, 0, 0, 0, 4, 0, 0], 'majority', {0: 6}),
    ([5, 0, 5, 0, 0, 0, 0, 0, 0, 0], 'majority', {}),
    ([4, 0, 0, 2, 2, 1, 1, 0, 0, 0], 'majority', {}),  # 4 of 8
    ([1, 1, 1, 1, 3, 1, 0, 0, 2, 0], 'majority', {4: 3}),  # 3 of 5
    ([4, 0, 0, 2, 2, 1, 1, 0, 0, 0], 'argmax', {0: 4}),
    ([5, 0, 5, 0, 0, 0, 0, 0, 0, 0], 'argmax', {0: 5}),
    ([1, 0, 0, 0, 0, 0, 0, 0, 9, 0], 'argmax', {8: 9}),
    ([4, 0, 3, 2, 0, 0, 0, 0, 0, 1], 'share', {0: 4, 2: 3}),  # >= 2.7
    ([2, 2, 2, 2, 2, 0, 0, 0, 0, 0], 'share', {}),  # none has 3
    ([4, 2, 2, 2, 0, 0, 0, 0, 0, 0], 'share', {}),  # 4 of 10
    ([5, 0, 2, 2, 0, 0, 0, 0, 0, 1], 'share', {0: 5}),  # 5 of 9
    ([3, 0, 0, 0, 0, 0, 0, 0, 5, 2], 'share', {0: 3, 8: 5}),
    ([6, 2, 2, 0, 0, 0, 0, 0, 0, 0], 'cumulative', {0: 6, 1: 2, 2: 2}),
    ([8, 2, 0, 0, 0, 0, 0, 0, 0, 0], 'cumulative', {0: 8}),
    ([4, 2, 2, 2, 0, 0, 0, 0, 0, 0], 'cumulative', {}),  # four labels
    ([5, 0, 0, 0, 0, 0, 0, 0, 3, 2], 'cumulative', {}),  # 5 of 10
    ([6, 0, 0, 0, 0, 0, 0, 0, 2, 2], 'cumulative', {0: 6}),
    ([2, 0, 0, 0, 0, 0, 0, 0, 8, 0], 'cumulative', {8: 8}),
    # equal to an answer outside the classes: the class stays alone
    ([5, 0, 0, 0, 0, 0, 0, 0, 5, 0], 'cumulative', {}),
    ([4, 0, 0, 0, 0, 0, 0, 0, 3, 0], 'cumulative', {0: 4}),
    ([1, 0, 0, 3, 0, 0, 0, 0, 0, 6], 'all', {0: 1, 3: 3, 9: 6}),
    ([1] * 10, 'majority', {}),
    ([0] * 10, 'all', {}),
]


@pytest.mark.parametrize('votes, rule, kept', CASES)
def test_rules_by_hand(votes, rule, kept):
    row = select_votes([votes], 8, rule)[0]
    assert {i: v for i, v in enumerate(row) if v} == kept


def cumulative_loop(votes, classes):
    """The rule as one says it: down from the top, a level at a time."""
    votes = [v if v >= 2 else 0 for v in votes]
    total, kept = sum(votes), {}
    for level in sorted(set(votes) - {0}, reverse=True):
        if sum(kept.values()) >= 0.75 * total or len(kept) >= 3:
            break
        same = [i for i, v in enumerate(votes) if v == level]
        for i in same:
            if i < classes:
                kept[i] = level
        outside = [i for i in same if i >= classes]
        if outside:
            if not kept:
                kept[outside[0]] = level
            break
    if sum(kept.values()) <= total / 2 or len(kept) > 3:
        return {}
    return kept


def random_votes(n=3000):
    rng = np.random.default_rng(0)
    shares = rng.dirichlet(np.full(10, 0.25), size=n)
    return np.stack([rng.multinomial(10, share) for share in shares])


def test_cumulative_equals_the_loop():
    votes = random_votes()
    kept = select_votes(votes, 8, 'cumulative')
    for row, given in zip(kept, votes.tolist()):
        assert {i: v for i, v in enumerate(row) if v} == cumulative_loop(given, 8)


@pytest.mark.parametrize('rule', VOTE_RULES)
@pytest.mark.parametrize('outside', ['counted', 'ignored'])
def test_scores_are_distributions_of_the_kept_votes(rule, outside):
    votes = random_votes()
    before = votes.copy()
    scores = votes_to_score(votes, 8, rule, outside=outside)
    assert np.array_equal(votes, before)
    assert scores.shape == (len(votes), 8)
    sums = scores.sum(axis=1)
    there = sums > 0
    np.testing.assert_allclose(sums[there], 1)
    assert 0 < there.mean() < 1 or rule in ('argmax', 'all')
    if outside == 'counted':  # nobody has a label who is not a face
        top = votes.argmax(axis=1)
        lost = (top >= 8) & (votes.max(axis=1) > 5)
        assert lost.any() and not there[lost].any()
    # shares of what was voted: ratios are those of the votes
    for score, given in zip(scores[:200], votes):
        for i in np.flatnonzero(score):
            for j in np.flatnonzero(score):
                assert score[i] * given[j] == pytest.approx(score[j] * given[i])


def test_shares_need_no_single_vote_rule():
    shares = [[0.75, 0.25, 0, 0]]
    assert votes_to_score(shares, 4, 'majority').sum() == 0  # taken as counts
    assert votes_to_score(shares, 4, 'majority', min_votes=0).tolist() == [[1, 0, 0, 0]]
    # .3 written as decimals that add up to a little less than 1
    assert votes_to_score([[0.2999999999, 0.7, 0]], 3, 'share', min_votes=0)[0, 0] > 0


@pytest.mark.parametrize(
    'kwargs, named',
    [
        (dict(rule='mean'), "'mean' is unknown; allowed"),
        (dict(rule='all', outside='kept'), "'kept' is unknown; allowed"),
        (dict(rule='all', votes=[[1, 2]]), 'at least 3 answers'),
        (dict(rule='all', votes=[[1, -2, 3]]), 'negative or not finite'),
        (dict(rule='all', votes=[[1, np.nan, 3]]), 'negative or not finite'),
    ],
)
def test_refused(kwargs, named):
    with pytest.raises(ValueError, match=named):
        votes_to_score(**{'votes': [[1, 2, 3]], 'num_classes': 3, **kwargs})


def test_ambiguity():
    found = vote_ambiguity([[4, 0, 0, 0], [1, 1, 1, 1], [2, 2, 0, 0], [0, 0, 0, 0]])
    np.testing.assert_allclose(found, [0, 1, 0.5, 0], atol=1e-12)


def test_no_images():
    assert votes_to_score(np.zeros((0, 10)), 8, 'cumulative').shape == (0, 8)
    assert votes_to_score(np.zeros((0, 10)), 8, 'majority').shape == (0, 8)
