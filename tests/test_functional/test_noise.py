import numpy as np
import pytest

from mmfer.functional import symmetric_noise, transition_matrix


def labels(n=6000, classes=7):
    return np.arange(n) % classes


@pytest.mark.parametrize('rate', [0., .1, .3, .5, 1.])
@pytest.mark.parametrize('n', [1, 7, 999, 6000])
def test_rate_is_exact_and_the_true_class_excluded(rate, n):
    clean = labels(n)
    noisy = symmetric_noise(clean, 7, rate, seed=0)
    assert (noisy != clean).sum() == round(rate * n)
    assert noisy.min() >= 0 and noisy.max() < 7


def test_seed_decides():
    clean = labels()
    one = symmetric_noise(clean, 7, .3, seed=1)
    assert np.array_equal(one, symmetric_noise(clean, 7, .3, seed=1))
    assert not np.array_equal(one, symmetric_noise(clean, 7, .3, seed=2))
    assert np.array_equal(clean, labels())  # the input is left alone


def test_labels_are_the_same_on_every_machine():
    # Written down once; numpy freezes the stream of RandomState.
    noisy = symmetric_noise(labels(20), 7, .3, seed=0)
    assert noisy.tolist() == GOLDEN


GOLDEN = [0, 3, 2, 3, 4, 5, 6, 0, 3, 2, 2, 4, 5, 6, 0, 1, 2, 4, 5, 4]


def test_targets_are_uniform_over_the_other_classes():
    n, classes, rate = 70000, 7, .3
    clean = labels(n, classes)
    matrix = transition_matrix(
        clean, symmetric_noise(clean, classes, rate, seed=0), classes)
    per_class = n / classes
    expected = np.full((classes, classes), rate / (classes - 1))
    np.fill_diagonal(expected, 1 - rate)
    sigma = np.sqrt(expected * (1 - expected) / per_class)
    assert (np.abs(matrix - expected) < 4 * sigma).all()


@pytest.mark.parametrize('rate', [-.1, 1.1, 30])
def test_rate_outside_is_refused(rate):
    with pytest.raises(ValueError, match=str(rate)):
        symmetric_noise(labels(), 7, rate, seed=0)


def test_one_class_is_refused():
    with pytest.raises(ValueError, match='at least 2'):
        symmetric_noise(np.zeros(5, int), 1, .1, seed=0)


def test_empty_class_has_an_empty_row():
    matrix = transition_matrix([0, 2], [0, 0], 3)
    assert matrix.tolist() == [[1, 0, 0], [0, 0, 0], [1, 0, 0]]
