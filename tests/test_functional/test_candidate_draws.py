from itertools import combinations
from math import comb

import numpy as np
import pytest

from mmfer.functional import (
    CANDIDATES,
    binomial_candidates,
    membership,
    pair_candidates,
    symmetric_noise,
    uniform_candidates,
    uniform_sets_candidates,
)

RATES = {kind: ((0.3,) if kind != 'uniform_sets' else ()) for kind in CANDIDATES}


def labels(n=7000, classes=7):
    return np.arange(n) % classes


def within_four_sigma(found, p, n):
    return (np.abs(found - p) <= 4 * np.sqrt(p * (1 - p) / n) + 1e-12).all()


# --- what is drawn


@pytest.mark.parametrize('kind', CANDIDATES)
def test_the_label_is_in_and_the_seed_decides(kind):
    draw = CANDIDATES[kind]
    given = labels(999)
    one = draw(given, 7, *RATES[kind], seed=0)
    assert one.dtype == bool and one.shape == (999, 7)
    assert one[np.arange(999), given].all()
    assert np.array_equal(one, draw(given, 7, *RATES[kind], seed=0))
    assert not np.array_equal(one, draw(given, 7, *RATES[kind], seed=1))
    assert np.array_equal(given, labels(999))  # the input is left alone


# Written down once; numpy freezes the stream of RandomState.
GOLDEN = {
    'uniform': [[0, 2], [1], [0, 2], [3], [0, 1]],
    'uniform_sets': [[0], [1, 3], [2], [0, 3], [0, 2, 3]],
    'binomial': [[0, 2], [1, 3], [0, 2], [0, 3], [0, 1]],
    'pair': [[0, 1], [1], [2, 3], [3], [0]],
}


@pytest.mark.parametrize('kind', CANDIDATES)
def test_sets_are_the_same_on_every_machine(kind):
    sets = CANDIDATES[kind](labels(5, 4), 4, *RATES[kind], seed=0)
    assert [np.flatnonzero(row).tolist() for row in sets] == GOLDEN[kind]


@pytest.mark.parametrize('rate', [0.1, 0.3, 0.7])
def test_uniform_rate_of_each_other_class(rate):
    shares = membership(uniform_candidates(labels(70000), 7, rate, 0), labels(70000))
    others = ~np.eye(7, dtype=bool)
    assert (shares[~others] == 1).all()
    assert within_four_sigma(shares[others], rate, 10000)


def test_uniform_limits():
    given = labels(70)
    assert np.array_equal(uniform_candidates(given, 7, 0.0, 0), np.eye(7, dtype=bool)[given])
    assert uniform_candidates(given, 7, 1.0, 0).all()


def test_binomial_has_one_other_at_least():
    given, rate, n = labels(70000), 0.1, 70000
    sets = binomial_candidates(given, 7, rate, 0)
    size = sets.sum(axis=1)
    assert size.min() == 2
    # the sets that uniform flips leave alone get one, the others stay
    first = uniform_candidates(given, 7, rate, 0)
    several = first.sum(axis=1) > 1
    assert np.array_equal(sets[several], first[several])
    assert (size[~several] == 2).all()
    p_two = (1 - rate) ** 6 + 6 * rate * (1 - rate) ** 5
    assert within_four_sigma((size == 2).mean(), p_two, n)
    # and it is any of the others alike
    partner = membership(sets[~several], given[~several])
    assert within_four_sigma(
        partner[~np.eye(7, dtype=bool)], 1 / 6, np.bincount(given[~several]).min()
    )


def test_pair_takes_the_next_class_alone():
    given = labels(70000)
    shares = membership(pair_candidates(given, 7, 0.4, 0), given)
    following = np.roll(np.eye(7, dtype=bool), 1, axis=1)
    assert (shares[~following & ~np.eye(7, dtype=bool)] == 0).all()
    assert within_four_sigma(shares[following], 0.4, 10000)


@pytest.mark.parametrize('sizes', ['all_sets', 'sets_with_label'])
def test_uniform_sets_by_their_sizes(sizes):
    n = 40000
    given = labels(n, 5)
    sets = uniform_sets_candidates(given, 5, 0, sizes)
    found = np.bincount(sets.sum(axis=1), minlength=6) / n
    for s in range(1, 5):
        p = comb(5, s) / 30 if sizes == 'all_sets' else comb(4, s - 1) / 15
        assert within_four_sigma(found[s], p, n), s
    assert found[5] == found[0] == 0


def test_every_set_with_the_label_is_as_likely():
    n = 60000
    sets = uniform_sets_candidates(np.zeros(n, int), 4, 3, 'sets_with_label')
    seen = {}
    for row in map(tuple, sets):
        seen[row] = seen.get(row, 0) + 1
    expected = {
        tuple(i in (0, *more) for i in range(4))
        for s in range(3)
        for more in combinations((1, 2, 3), s)
    }
    assert set(seen) == expected and len(seen) == 7
    assert within_four_sigma(np.array(list(seen.values())) / n, 1 / 7, n)


def test_noise_of_the_same_seed_does_not_choose_the_sets():
    given = labels(70000)
    noisy = symmetric_noise(given, 7, 0.3, seed=0)
    sizes = uniform_candidates(noisy, 7, 0.3, seed=0).sum(axis=1)
    changed = noisy != given
    gap = sizes[changed].mean() - sizes[~changed].mean()
    sigma = np.sqrt(6 * 0.3 * 0.7 * (1 / 21000 + 1 / 49000))
    assert abs(gap) < 4 * sigma


@pytest.mark.parametrize('kind', ['uniform', 'binomial', 'pair'])
@pytest.mark.parametrize('rate', [-0.1, 1.1, '.3', None, True])
def test_rates_are_refused(kind, rate):
    with pytest.raises(ValueError, match='is outside .0, 1.'):
        CANDIDATES[kind](labels(20), 7, rate, 0)


@pytest.mark.parametrize('kind', CANDIDATES)
def test_bad_input_is_refused(kind):
    def draw(given=(0, 1), classes=7, seed=0):
        return CANDIDATES[kind](given, classes, *RATES[kind], seed=seed)

    with pytest.raises(ValueError, match='labels go from 0 to 7'):
        draw([0, 7])
    with pytest.raises(ValueError, match='at least 2'):
        draw([0], 1)
    for seed in (None, 1.5, True):
        with pytest.raises(ValueError, match=f'seed {seed} is no integer'):
            draw(seed=seed)
    for seed in (-1, 2**32, 2**40):
        with pytest.raises(ValueError, match=f'seed {seed} is outside of'):
            draw(seed=seed)
    draw(seed=2**32 - 1)
    with pytest.raises(ValueError, match="sizes='some' is unknown"):
        uniform_sets_candidates([0], 7, 0, 'some')
