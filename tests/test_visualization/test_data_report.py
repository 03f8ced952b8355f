"""Figures on a data set: what is drawn is what is counted."""

import pytest

from mmfer.visualization.data_report import ambiguity_panels, class_bars


def test_figures_say_what_the_numbers_are():
    figure = class_bars(
        dict(train=[5, 2], test=[1, 1]), ['sad', 'shy'], dict(train=[5, 4], test=None)
    )
    first, second = figure.axes
    assert [bar.get_height() for bar in first.patches] == [5, 2]
    assert [text.get_text() for text in first.texts] == ['5', '2\n(-2)']
    assert [text.get_text() for text in second.texts] == ['1', '1']
    assert first.get_title() == 'train: 7 images'
    left, right = ambiguity_panels(
        dict(train=[3, 1], test=[0, 2]), dict(train=[0, 4], test=[1, 1])
    ).axes
    assert [stairs.get_data().values.tolist() for stairs in left.patches] == [[75, 25], [0, 100]]
    assert [bar.get_height() for bar in right.patches] == [0, 100, 50, 50]
    with pytest.raises(ValueError, match='3 counts for 2 classes'):
        class_bars(dict(train=[1, 2, 3]), ['sad', 'shy'], {})
    with pytest.raises(ValueError, match='the same splits'):
        ambiguity_panels(dict(train=[1]), dict(test=[1]))
