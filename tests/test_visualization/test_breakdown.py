"""Accuracy by condition: levels, intervals, bars."""

import numpy as np
import pytest

from mmfer.visualization import breakdown_bars, level_accuracies, name_levels, wilson_interval

LEVELS = ['near', 'near', 'near', 'far', 'far', 'near']
TARGET = np.array([0, 0, 1, 2, 2, 0])
PREDICTION = np.array([0, 1, 1, 2, 0, 0])


@pytest.mark.parametrize('hits, images', [(0, 7), (3, 7), (7, 7), (50, 100), (999, 1000)])
def test_the_interval_holds_the_shares_that_the_normal_test_keeps(hits, images):
    # Its bounds are the shares s with |p - s| = z sqrt(s (1 - s) / n), found here by trying all.
    shares = np.linspace(0, 1, 1_000_001)
    kept = shares[
        np.abs(hits / images - shares) <= 1.959964 * np.sqrt(shares * (1 - shares) / images) + 1e-12
    ]
    assert wilson_interval(hits, images) == pytest.approx((100 * kept[0], 100 * kept[-1]), abs=2e-4)


def test_the_interval_of_a_half():
    low, high = wilson_interval(50, 100)
    assert (round(low, 2), round(high, 2)) == (40.38, 59.62)
    assert wilson_interval(0, 5)[0] == 0 and wilson_interval(5, 5)[1] == 100
    wide, narrow = wilson_interval(5, 10), wilson_interval(500, 1000)
    assert wide[1] - wide[0] > 5 * (narrow[1] - narrow[0])


@pytest.mark.parametrize('hits, images', [(0, 0), (3, 2), (-1, 2)])
def test_no_interval_without_a_share(hits, images):
    with pytest.raises(ValueError, match=f'{hits} hits of {images} images are no share'):
        wilson_interval(hits, images)


def test_accuracies_of_levels():
    near, far = level_accuracies(LEVELS, ['near', 'far'], TARGET, PREDICTION, 3)
    assert near[:3] == ('near', 4, 75.0)
    assert near.mean_class == pytest.approx((200 / 3 + 100) / 2)  # two thirds of class 0, all of 1
    assert (near.low, near.high) == pytest.approx(wilson_interval(3, 4))
    assert far == ('far', 2, 50.0, *wilson_interval(1, 2), 50.0)  # of class 2 alone
    with pytest.raises(ValueError, match='there are 2 classes'):
        level_accuracies(LEVELS, ['far'], TARGET, PREDICTION, 2)


def test_numbers_are_cut_with_the_upper_edge():
    levels, names = name_levels(['-2', '-1', '-.5', '3', '', '3.1'], edges=[-1, 3])
    assert levels == ['<= -1', '<= -1', '-1 .. 3', '-1 .. 3', '(empty)', '> 3']
    assert names == ['<= -1', '-1 .. 3', '> 3', '(empty)']
    # a range without images is left out
    assert name_levels(['1', '2'], edges=[-5, 1.5])[1] == ['-5 .. 1.5', '> 1.5']


def test_many_numbers_are_cut_at_their_quartiles():
    values = [str(value) for value in range(1, 101)]
    levels, names = name_levels(values)
    assert names == ['<= 25.8', '25.8 .. 50.5', '50.5 .. 75.2', '> 75.2']
    assert [levels.count(name) for name in names] == [25, 25, 25, 25]
    # most of them equal: fewer ranges, none twice
    levels, names = name_levels(60 * ['0'] + values[:40])
    assert names == ['<= 0', '0 .. 15.2', '> 15.2']
    assert [levels.count(name) for name in names] == [60, 15, 25]


def test_few_numbers_and_words_are_levels_themselves():
    assert name_levels(['10', '9', '10'])[1] == ['9', '10']
    assert name_levels(['mask', '', 'hand'])[1] == ['hand', 'mask', '(empty)']
    order = ('none', 'small', 'large')
    assert name_levels(['large', 'small'], order=order)[1] == ['small', 'large']
    assert name_levels(['large', 'huge'], order=order)[1] == ['huge', 'large']
    assert name_levels(['', ''])[0] == ['(empty)', '(empty)']


@pytest.mark.parametrize(
    'values, edges, message',
    [
        (['1', 'left'], [0], "only numbers can be cut at .*'left'"),
        (['1', '2'], [3, 1], 'do not increase'),
        (['1', '2'], [], 'do not increase'),
    ],
)
def test_bins_that_fit_nothing(values, edges, message):
    with pytest.raises(ValueError, match=message):
        name_levels(values, edges)


def test_bars_are_as_high_as_the_accuracies(words, pixels):
    def levels(prediction):
        return level_accuracies(LEVELS, ['near', 'far'], TARGET, prediction, 3)

    runs = dict(ce=levels(PREDICTION), clex=levels(TARGET))
    figure = breakdown_bars(dict(distance=runs, again=runs), dict(ce=66.7, clex=100.0))
    first, second = figure.axes
    assert [bar.get_height() for bar in first.patches] == [75, 50, 100, 100]
    # whiskers: from the lower to the upper bound
    ends = [tuple(segment[:, 1]) for segment in first.collections[0].get_segments()]
    assert ends == [pytest.approx(wilson_interval(3, 4)), pytest.approx(wilson_interval(1, 2))]
    text = words(figure)
    assert 'near\nn=4' in text and 'far\nn=2' in text
    assert 'ce: 66.7 over all (dashed)' in text and 'clex: 100.0 over all' in text
    assert (first.get_title(), second.get_title()) == ('distance', 'again')
    # bars of a level stand side by side
    left, right = (bar for bar in first.patches if bar.get_x() > 0.5)
    assert left.get_x() + left.get_width() < right.get_x()
    image = pixels(figure)
    assert image.shape[1] > image.shape[0] and image.std() > 10


def test_bars_need_something_to_show():
    with pytest.raises(ValueError, match='no accuracies to draw'):
        breakdown_bars({}, dict(ce=50.0))
