"""Steps of a pipeline on one image, and its labels."""

import numpy as np
import pytest

from mmfer.visualization.browse import Labels, Step, step_figure
from mmfer.visualization.figures import BAD

CLASSES = ('surprise', 'fear', 'anger', 'joy', 'neutral')


def image(side: int = 8) -> np.ndarray:
    return np.random.default_rng(side).integers(0, 256, (side, side, 3), dtype=np.uint8)


def drawn(figure) -> list[list[str]]:
    """Titles of the panels, row by row; '' where a place is empty."""
    axes = figure.get_axes()
    columns = axes[0].get_gridspec().ncols
    titles = [one.get_title() for one in axes]
    return [titles[i : i + columns] for i in range(0, len(titles), columns)]


@pytest.mark.parametrize(
    'labels, text, colour',
    [
        (Labels('fear'), 'given: fear', 'black'),
        (Labels('fear', 'fear'), 'given: fear, clean: fear', 'black'),
        (Labels('fear', 'joy'), 'given: fear, clean: joy', BAD),
        (
            Labels('fear', 'fear', [0.25, 0.75, 0, 0, 0], CLASSES),
            'given: fear, clean: fear\nsoft: fear 0.75, surprise 0.25',
            'black',
        ),
        (
            Labels('joy', None, [0.1, 0.15, 0.2, 0.35, 0.2], CLASSES),
            'given: joy\nsoft: joy 0.35, neutral 0.20, anger 0.20, fear 0.15 ...',
            'black',
        ),
    ],
)
def test_title(labels, text, colour):
    figure = step_figure([Step('Resize', [image()])], labels, 'a.jpg')
    assert figure._suptitle.get_text() == f'{text}\na.jpg'
    assert figure._suptitle.get_color() == colour


def test_long_titles_are_not_cut():
    labels = Labels('a class with a name of some length', 'another one, longer than that')
    figure = step_figure([Step('Resize', [image()])], labels, 'f' * 56 + '.jpg')
    figure.canvas.draw()
    box = figure._suptitle.get_window_extent()
    assert 0 <= box.x0 and box.x1 <= figure.bbox.width
    name = figure._suptitle.get_text().splitlines()[1]
    assert len(name) < 50 and name.startswith('fff') and name.endswith('f.jpg')


def test_views_stand_side_by_side():
    views = [image(8), image(12)]
    figure = step_figure([Step('transformed', views)], Labels('fear'))
    assert drawn(figure) == [['transformed\nview 1, 8 x 8', 'transformed\nview 2, 12 x 12']]
    for axes, view in zip(figure.get_axes(), views):
        assert np.array_equal(axes.get_images()[0].get_array(), view)


def test_views_are_not_torn_apart_at_the_end_of_a_row():
    steps = [Step('a', [image()]), Step('b', [image()]), Step('c', [image()] * 2)]
    figure = step_figure(steps, Labels('fear'), columns=3)
    assert drawn(figure) == [['a\n8 x 8', 'b\n8 x 8'], ['c\nview 1, 8 x 8', 'c\nview 2, 8 x 8']]
    one_row = step_figure(steps, Labels('fear'), columns=4)
    assert len(drawn(one_row)) == 1
    # a step with more views than columns has a row as long
    assert len(drawn(step_figure([Step('d', [image()] * 5)], Labels('fear'), columns=3))) == 1


def test_grey_images_and_scale():
    grey = np.full((4, 4), 200, np.uint8)
    small, large = (
        step_figure([Step('a', [grey])] * 3, Labels('fear'), scale=scale) for scale in (1.0, 2.0)
    )
    array = small.get_axes()[0].get_images()[0]
    assert array.get_clim() == (0, 255)  # not stretched to its own range
    assert large.get_figwidth() == 2 * small.get_figwidth()


def test_no_steps():
    with pytest.raises(ValueError, match='no steps'):
        step_figure([], Labels('fear'))
