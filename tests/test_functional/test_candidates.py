import numpy as np
import pytest

from mmfer.functional import (
    add_label,
    candidate_score,
    membership,
    threshold_score,
    topk_candidates,
)

# --- what a model predicts

SCORES = np.array([[0.5, 0.3, 0.2, 0.0], [0.1, 0.1, 0.7, 0.1], [-1.0, 2.0, 0.0, 3.0]])


@pytest.mark.parametrize(
    'given, expected',
    [
        # labels 0 (first), 3 (tied for second), 0 (last)
        ('not_added', [[0, 1], [0, 2], [1, 3]]),
        ('added', [[0, 1], [0, 2, 3], [0, 1, 3]]),
        ('kept', [[0, 1], [2, 3], [0, 3]]),
    ],
)
def test_policies_on_the_given_label(given, expected):
    sets = topk_candidates(SCORES, 2, [0, 3, 0], given)
    assert [np.flatnonzero(row).tolist() for row in sets] == expected


def test_topk_of_the_ambiguous_alone():
    sets = topk_candidates(SCORES, 2, [0, 3, 0], 'not_added', ambiguous=[False, False, True])
    assert [np.flatnonzero(row).tolist() for row in sets] == [[0], [3], [1, 3]]


@pytest.mark.parametrize('given', ['kept', 'added', 'not_added'])
@pytest.mark.parametrize('k', [1, 2, 4])
def test_topk_against_a_loop(given, k):
    rng = np.random.default_rng(0)
    scores, given_labels = rng.normal(size=(50, 4)), rng.integers(0, 4, 50)
    found = topk_candidates(scores, k, given_labels, given)
    for row, label, sets in zip(scores, given_labels, found):
        best = sorted(range(4), key=lambda c: -row[c])
        if given == 'kept':
            best.remove(label)
            best.insert(0, label)
        expected = set(best[:k]) | ({label} if given == 'added' else set())
        assert set(np.flatnonzero(sets)) == expected


@pytest.mark.parametrize(
    'kwargs, named',
    [
        (dict(k=0), 'k=0; allowed: 1 to 4'),
        (dict(k=5), 'k=5'),
        (dict(k=1.5), 'k=1.5'),
        (dict(k=True), 'k=True'),
        (dict(scores=SCORES[:2]), 'shape .2, 4. for 3 images'),
        (dict(scores=SCORES * np.nan), 'not finite'),
        (dict(labels=[0, 1, 4]), 'labels go from 0 to 4'),
        (dict(given='both'), "given='both' is unknown"),
    ],
)
def test_topk_refuses(kwargs, named):
    with pytest.raises(ValueError, match=named):
        topk_candidates(**{**dict(scores=SCORES, k=2, labels=[0, 1, 2]), **kwargs})


# --- votes


def test_threshold_is_a_share_of_all_votes():
    votes = [[5, 3, 2, 0], [2, 2, 2, 4], [1, 0, 0, 9]]  # the last: unknown
    # .3 of ten: 3 votes
    assert threshold_score(votes, 3, 0.3).tolist() == [[0.625, 0.375, 0], [0, 0, 0], [0, 0, 0]]
    np.testing.assert_allclose(
        threshold_score(votes, 3, 0.2, 'ignored'), [[0.5, 0.3, 0.2], [1 / 3] * 3, [1, 0, 0]]
    )
    # decimals that do not add up exactly
    assert threshold_score([[0.3, 0.3, 0.4 - 1e-12]], 3, 0.3).all()


@pytest.mark.parametrize('threshold', [0, -0.1, 1.1, '.2', None, True])
def test_thresholds_are_refused(threshold):
    with pytest.raises(ValueError, match='no share of votes'):
        threshold_score([[1, 2]], 2, threshold)


# --- shares and coverage


def test_empty_sets_are_refused():
    with pytest.raises(ValueError, match='row 1 is empty .2 in all'):
        candidate_score([[1, 0], [0, 0], [0, 0]])


def test_a_label_is_added_as_one_of_the_members():
    scores = add_label([[0.6, 0.4, 0], [0, 1, 0], [1, 0, 0]], [2, 0, 0])
    np.testing.assert_allclose(scores, [[0.4, 0.8 / 3, 1 / 3], [0.5, 0.5, 0], [1, 0, 0]])
    np.testing.assert_allclose(scores.sum(axis=1), 1)
    # of a uniform set it makes a uniform set
    assert add_label([[0.5, 0.5, 0]], [2]).tolist() == [[1 / 3] * 3]


def test_membership_is_nan_without_images():
    shares = membership([[1, 1, 0], [0, 1, 0]], [0, 0])
    assert shares[0].tolist() == [0.5, 1, 0] and np.isnan(shares[1:]).all()
