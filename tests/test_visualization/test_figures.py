"""What all figures share."""

import cv2
import numpy as np
import pytest

from mmfer.visualization import save_figure
from mmfer.visualization.figures import (
    check_some,
    epoch_axis,
    grid_shape,
    legend_below,
    line_style,
    new_figure,
    open_axes,
    percent_table,
    picture_grid,
)


def test_a_file_in_a_new_folder(tmp_path):
    path = save_figure(new_figure(3, 2), tmp_path / 'a/b/empty.png', dpi=50)
    picture = cv2.imread(str(path))
    assert picture.shape == (100, 150, 3) and (picture == 255).all()


def test_28_series_differ():
    styles = [tuple(line_style(number).values()) for number in range(29)]
    assert len(set(styles[:28])) == 28 and styles[28] == styles[0]


@pytest.mark.parametrize('number, shape', [(1, (1, 1)), (3, (1, 3)), (4, (2, 3)), (7, (3, 3))])
def test_panels_in_three_columns(number, shape):
    assert grid_shape(number, 3) == shape


def test_nothing_to_draw():
    check_some({'ce': 1}, 'runs')
    with pytest.raises(ValueError, match='^no runs to draw; give at least one$'):
        check_some({}, 'runs')


def test_a_grid_of_pictures(words):
    figure, grid = picture_grid((4, 2), 2, ('wide', 'narrow'), 'all', first=3)
    assert grid.shape == (2, 2) and words(figure).split() == ['wide', 'narrow', 'all']
    assert [axes.get_title() for axes in grid[1]] == ['', '']
    figure.canvas.draw()
    wide, narrow = (axes.get_position().width for axes in grid[0])
    assert wide == pytest.approx(3 * narrow, rel=0.01)
    assert not any(side.get_visible() for side in grid[0, 0].spines.values())


def test_axes_of_epochs():
    figure = new_figure(4, 3)
    axes = figure.subplots()
    axes.plot([1, 2], [0.2, 0.9], label='one')
    axes.plot([1, 2], [0.3, 0.8], label='two')
    epoch_axis(axes)
    open_axes(axes)
    legend_below(figure, columns=3)
    figure.canvas.draw()
    # whole epochs alone, inside what is drawn
    assert [t for t in axes.get_xticks() if 1 <= t <= 2] == [1, 2] and axes.get_xlabel() == 'epoch'
    visible = [name for name, side in axes.spines.items() if side.get_visible()]
    assert visible == ['left', 'bottom']
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ['one', 'two']
    below = legend.get_window_extent().y1 <= axes.get_tightbbox().y0
    assert below and legend._ncols == 2


def test_a_table_of_percent():
    axes = new_figure(3, 3).subplots()
    shares = np.array([[60.0, 40.0], [np.nan, 0.0]])
    written = percent_table(axes, shares, ('fear', 'joy'), 'given', 'clean')
    assert written == [(0, 0, 'white'), (0, 1, 'black')]  # dark below white numbers
    assert axes.images[0].get_array().tolist() == [[60, 40], [0, 0]]
    assert [text.get_text() for text in axes.get_yticklabels()] == ['fear', 'joy']
    assert (axes.get_xlabel(), axes.get_ylabel()) == ('given', 'clean')
