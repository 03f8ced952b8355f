import numpy as np
import pytest

from mmfer.functional import (
    asymmetric_noise,
    instance_noise,
    pair_noise,
    symmetric_inclusive_noise,
    symmetric_noise,
    transition_matrix,
    transition_noise,
)


def labels(n=6000, classes=7):
    return np.arange(n) % classes


@pytest.mark.parametrize('rate', [0.0, 0.1, 0.3, 0.5, 1.0])
@pytest.mark.parametrize('n', [1, 7, 999, 6000])
def test_rate_is_exact_and_the_true_class_excluded(rate, n):
    clean = labels(n)
    noisy = symmetric_noise(clean, 7, rate, seed=0)
    assert (noisy != clean).sum() == round(rate * n)
    assert noisy.min() >= 0 and noisy.max() < 7


def test_seed_decides():
    clean = labels()
    one = symmetric_noise(clean, 7, 0.3, seed=1)
    assert np.array_equal(one, symmetric_noise(clean, 7, 0.3, seed=1))
    assert not np.array_equal(one, symmetric_noise(clean, 7, 0.3, seed=2))
    assert np.array_equal(clean, labels())  # the input is left alone


def test_labels_are_the_same_on_every_machine():
    # Written down once; numpy freezes the stream of RandomState.
    noisy = symmetric_noise(labels(20), 7, 0.3, seed=0)
    assert noisy.tolist() == GOLDEN


GOLDEN = [0, 3, 2, 3, 4, 5, 6, 0, 3, 2, 2, 4, 5, 6, 0, 1, 2, 4, 5, 4]


def test_targets_are_uniform_over_the_other_classes():
    n, classes, rate = 70000, 7, 0.3
    clean = labels(n, classes)
    matrix = transition_matrix(clean, symmetric_noise(clean, classes, rate, seed=0), classes)
    per_class = n / classes
    expected = np.full((classes, classes), rate / (classes - 1))
    np.fill_diagonal(expected, 1 - rate)
    sigma = np.sqrt(expected * (1 - expected) / per_class)
    assert (np.abs(matrix - expected) < 4 * sigma).all()


@pytest.mark.parametrize('rate', [-0.1, 1.1, 30])
def test_rate_outside_is_refused(rate):
    with pytest.raises(ValueError, match=str(rate)):
        symmetric_noise(labels(), 7, rate, seed=0)


def test_one_class_is_refused():
    with pytest.raises(ValueError, match='at least 2'):
        symmetric_noise(np.zeros(5, int), 1, 0.1, seed=0)


def test_empty_class_has_an_empty_row():
    matrix = transition_matrix([0, 2], [0, 0], 3)
    assert matrix.tolist() == [[1, 0, 0], [0, 0, 0], [1, 0, 0]]


# --- the other kinds


def scores(n=6000, classes=7):
    return np.random.default_rng(5).normal(0, 2, (n, classes))


KINDS = {
    'symmetric': symmetric_noise,
    'asymmetric': lambda *args: asymmetric_noise(*args, targets=[1, 0, 0, 6, 6, 2, 4]),
    'pair': pair_noise,
    'instance': lambda y, c, rate, seed: instance_noise(y, c, rate, seed, scores(len(y), c)),
}


@pytest.mark.parametrize('kind', KINDS)
@pytest.mark.parametrize('rate', [0.0, 0.1, 0.3, 1.0])
def test_every_exclusive_kind_changes_just_that_many(kind, rate):
    clean = labels(999)
    noisy = KINDS[kind](clean, 7, rate, 0)
    assert noisy.dtype == np.int64 and noisy.min() >= 0 and noisy.max() < 7
    assert (noisy != clean).sum() == round(rate * 999)
    assert np.array_equal(noisy, KINDS[kind](clean, 7, rate, 0))
    assert np.array_equal(clean, labels(999))
    if 0 < rate < 1:
        assert not np.array_equal(noisy, KINDS[kind](clean, 7, rate, 1))


@pytest.mark.parametrize('kind', KINDS)
@pytest.mark.parametrize('rate', [-0.1, 1.1])
def test_every_kind_refuses_the_rate(kind, rate):
    with pytest.raises(ValueError, match=f'{rate} is outside'):
        KINDS[kind](labels(20), 7, rate, 0)


@pytest.mark.parametrize('kind', KINDS)
def test_every_kind_refuses_other_labels(kind):
    with pytest.raises(ValueError, match='labels go from 0 to 7'):
        KINDS[kind](np.array([0, 7]), 7, 0.5, 0)


def within_four_sigma(noisy, clean, expected, classes):
    matrix = transition_matrix(clean, noisy, classes)
    counts = np.bincount(clean, minlength=classes)[:, None]
    sigma = np.sqrt(expected * (1 - expected) / counts)
    return (np.abs(matrix - expected) <= 4 * sigma).all()


def test_inclusive_noise_may_give_the_true_class():
    clean = labels(70000)
    noisy = symmetric_inclusive_noise(clean, 7, 0.3, seed=0)
    expected = np.full((7, 7), 0.3 / 7) + 0.7 * np.eye(7)
    assert within_four_sigma(noisy, clean, expected, 7)
    # so fewer change than are drawn anew: .3 * 6 / 7 = .257
    assert (noisy != clean).mean() == pytest.approx(0.257, abs=0.005)
    assert np.array_equal(symmetric_inclusive_noise(clean, 7, 0.0, seed=0), clean)


def test_asymmetric_noise_goes_where_the_map_says():
    clean = labels(7000)
    targets = np.array([1, 2, 3, 4, 5, 6, -1])
    noisy = asymmetric_noise(clean, 7, 0.4, 0, targets)
    changed = noisy != clean
    assert np.array_equal(noisy[changed], targets[clean[changed]])
    assert changed[clean == 6].sum() == 0
    assert changed.sum() == 0.4 * 6000  # of the labels that can change


def test_pair_noise_goes_to_the_next_class():
    clean = labels(700)
    noisy = pair_noise(clean, 7, 0.3, 0)
    changed = noisy != clean
    assert np.array_equal(noisy[changed], (clean[changed] + 1) % 7)


@pytest.mark.parametrize(
    'targets, named',
    [
        ([0, 2, 1], 'class 0 is mapped onto itself'),
        ([1, 3, 0], 'leave the classes'),
        ([-1, -1, -1], 'no class has a target'),
        ([1, 0], 'shape .2,. for 3 classes'),
    ],
)
def test_asymmetric_noise_refuses(targets, named):
    with pytest.raises(ValueError, match=named):
        asymmetric_noise([0, 1, 2], 3, 0.5, 0, targets)


def test_transition_matrix_is_recovered():
    clean = labels(70000, 4)
    matrix = np.array(
        [[0.5, 0.5, 0, 0], [0, 1, 0, 0], [0.1, 0.2, 0.3, 0.4], [0.25, 0.25, 0.25, 0.25]]
    )
    noisy = transition_noise(clean, 4, matrix, seed=0)
    assert within_four_sigma(noisy, clean, matrix, 4)
    # what has no probability never comes, not even by rounding
    found = transition_matrix(clean, noisy, 4)
    assert (found[matrix == 0] == 0).all()
    assert np.array_equal(transition_noise(clean, 4, np.eye(4), 0), clean)


def test_a_row_of_tenths_never_leaves_it(monkeypatch):
    matrix = np.zeros((11, 11))
    matrix[:, :10] = 0.1  # their sum in floating point is below 1
    assert matrix[0, :10].cumsum()[-1] < 1

    class Last:
        """The largest draw that there is."""

        def __init__(self, seed):
            pass

        def random_sample(self, count):
            return np.full(count, np.nextafter(1, 0))

    monkeypatch.setattr(np.random, 'RandomState', Last)
    assert transition_noise([0], 11, matrix, seed=0).tolist() == [9]


@pytest.mark.parametrize(
    'matrix, named',
    [
        (np.eye(3), 'shape .3, 3. for 2 classes'),
        ([[1, 0], [0.5, 0.4]], 'row 1 .* sums to 0.9'),
        ([[1.5, -0.5], [0, 1]], 'no probabilities'),
        ([[np.nan, 0], [0, 1]], 'no probabilities'),
    ],
)
def test_transition_noise_refuses(matrix, named):
    with pytest.raises(ValueError, match=named):
        transition_noise([0, 1], 2, matrix, seed=0)


def test_instance_noise_takes_hard_images_and_what_they_resemble():
    n = 20000
    clean = np.zeros(n, dtype=int)
    logits = np.zeros((n, 3))
    logits[: n // 2, 0] = 6.0  # easy: 1 - p_y = .005
    logits[n // 2 :, 1] = np.log(3.0)  # hard, resembling class 1: p 1, 3, 1
    noisy = instance_noise(clean, 3, 0.1, 0, logits)
    changed = noisy != clean
    # 2000 changes; weights .005 against .8, so about 12 easy ones
    assert changed[: n // 2].sum() < 40
    hard = noisy[n // 2 :][changed[n // 2 :]]
    share, sigma = 3 / 4, np.sqrt(0.75 * 0.25 / len(hard))
    assert abs((hard == 1).mean() - share) < 4 * sigma


def test_instance_noise_draws_who_changes():
    n = 4000
    logits = np.zeros((n, 2))
    logits[: n // 2, 0] = np.log(3.0)  # 1 - p_y is 1/4, for the others 1/2
    clean = np.zeros(n, dtype=int)
    runs = np.stack([instance_noise(clean, 2, 0.01, seed, logits) for seed in range(50)])
    assert not np.array_equal(runs[0], runs[1])
    # few are drawn, so nearly with replacement: shares of 1/3 and 2/3
    easy = runs[:, : n // 2].sum() / runs.sum()
    assert abs(easy - 1 / 3) < 4 * np.sqrt(2 / 9 / (50 * 40))


def test_instance_noise_with_a_sure_model():
    logits = np.full((50, 4), -1e4)
    logits[:, 2] = 1e4
    noisy = instance_noise(np.full(50, 2), 4, 0.3, 0, logits)
    assert (noisy != 2).sum() == 15


@pytest.mark.parametrize(
    'given, named',
    [(np.zeros((3, 2)), 'shape .3, 2. for 2 images of 2'), ([[0, np.inf], [0, 0]], 'not finite')],
)
def test_instance_noise_refuses(given, named):
    with pytest.raises(ValueError, match=named):
        instance_noise([0, 1], 2, 0.5, 0, given)


@pytest.mark.parametrize('seed', [None, 1.5, '1', True])
def test_seed_has_to_be_a_number(seed):
    with pytest.raises(ValueError, match='no integer'):
        symmetric_noise([0, 1], 2, 0.5, seed)
