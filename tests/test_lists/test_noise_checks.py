"""What noise a file may hold, by how it changes the labels."""

import numpy as np
import pytest

from mmfer.functional import NOISES
from mmfer.lists.noise_checks import UNSTATED, check_change, likelier_base

CLASSES = tuple('abcdefg')
CLEAN = np.random.default_rng(0).integers(0, 7, 4000)


def check(given, rate=UNSTATED, **kwargs):
    check_change('n.txt', CLEAN, given, CLASSES, rate, **kwargs)


# every id one too high, two classes exchanged, RAF-DB's order for another
ORDERS = ([1, 2, 3, 4, 5, 6, 0], [1, 0, 2, 3, 4, 5, 6], [3, 5, 4, 1, 0, 2, 6])


@pytest.mark.parametrize('order', ORDERS)
@pytest.mark.parametrize('rate', [0, 0.3])
def test_class_orders_are_refused_with_noise_on_top(order, rate):
    noisy = NOISES['symmetric'](np.array(order)[CLEAN], 7, rate, seed=1)
    with pytest.raises(ValueError, match='n.txt: .* % .*a is .*another class order.*None'):
        check(noisy)
    with pytest.raises(ValueError, match='another class order'):
        check(noisy, float((noisy != CLEAN).mean().clip(0, 0.9)))
    check(noisy, None)
    check(noisy, written_here=True)


@pytest.mark.parametrize('kind', ['symmetric', 'symmetric_inclusive', 'pair', 'asymmetric'])
@pytest.mark.parametrize('rate', [0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.45, 0.6, 0.8])
def test_noise_of_every_kind_passes(kind, rate):
    if kind == 'pair' and rate > 0.5:
        pytest.skip('it is another class order')
    targets = dict(targets=np.array([3, 3, 0, -1, 3, 2, 0])) if kind == 'asymmetric' else {}
    noisy = NOISES[kind](CLEAN, 7, rate, seed=0, **targets)
    check(noisy)
    if kind != 'asymmetric':  # its rate is of the classes that have a target
        check(noisy, rate)
    for other in (rate + 0.3, rate - 0.3):
        if kind != 'asymmetric' and 0 <= other <= 0.9 and rate < 0.6:
            with pytest.raises(ValueError, match=f'expect_rate={other} is stated; allowed: '):
                check(noisy, other)


@pytest.mark.parametrize('rate', [0, 0.02, 0.05, 0.1, 0.2])
def test_a_stated_rate_is_not_met_by_none_nor_by_twice_as_much(rate):
    given = NOISES['symmetric'](CLEAN, 7, min(1, 2 * rate + 0.02), seed=0)
    for noisy in (given, CLEAN)[: 2 if rate else 1]:
        with pytest.raises(ValueError, match=f'expect_rate={rate} is stated'):
            check(noisy, rate)
    check(NOISES['symmetric'](CLEAN, 7, rate, seed=0), rate)


def test_more_than_most_is_refused_unless_stated():
    noisy = NOISES['symmetric'](CLEAN, 7, 0.95, seed=0)
    with pytest.raises(ValueError, match='95.0 % .* allowed: up to 90 %;.*expect_rate=0.95'):
        check(noisy)
    check(noisy, 0.95)
    check((CLEAN + 1) % 7, 1)


@pytest.mark.parametrize('rate', [-0.1, 30, 'all', True, float('nan')])
def test_rates_are_checked(rate):
    with pytest.raises(ValueError, match='it is a share of changed labels'):
        check(CLEAN, rate)


def test_the_reading_with_fewer_changes():
    clean = np.arange(20) % 5 + 1
    for base in (0, 1):
        assert likelier_base('n', clean + base, clean) == base
    with pytest.raises(ValueError, match='n: its ids .* may count from 0 .* give noise='):
        likelier_base('n', np.where(np.arange(20) < 10, clean, clean + 1), clean)


@pytest.mark.parametrize('order', ORDERS[:1] + ORDERS[2:])
@pytest.mark.parametrize('rate', [0.5, 0.6, 0.7])
def test_class_orders_are_seen_below_strong_noise(order, rate):
    """Fewer than half of a class stay together, and at .6 fewer than .9 change in all."""
    noisy = NOISES['symmetric'](np.array(order)[CLEAN], 7, rate, seed=1)
    with pytest.raises(ValueError, match='another class order|allowed: up to 90 %'):
        check(noisy)


@pytest.mark.parametrize('seed', range(20))
def test_a_few_images_are_no_other_order(seed):
    """Of four images a class, strong noise may leave none."""
    clean = np.arange(28) % 7
    noisy = NOISES['symmetric'](clean, 7, 0.8, seed=seed)
    check_change('n.txt', clean, noisy, CLASSES, UNSTATED)


def test_marks_instead_of_labels():
    marks = (np.random.default_rng(1).random(4000) < 0.3).astype(int)
    with pytest.raises(ValueError, match="no image has the label 'c' any more.* 4 other classes"):
        check(marks)
    with pytest.raises(ValueError, match='did the file lose its column of labels'):
        check(marks, 0.85)
    check(marks, None)
    check(np.where(CLEAN > 4, 0, CLEAN))  # two of seven classes go
