"""The sheet of class activation maps."""

import numpy as np
import pytest

from mmfer.visualization import ViewMaps, cam_sheet
from mmfer.visualization.cams import difference, overlay

RNG = np.random.default_rng(0)
IMAGE = RNG.integers(0, 256, (40, 40, 3), dtype=np.uint8)
HEAT = np.zeros((4, 4))
HEAT[1, 0] = 1.0  # looks at the left


def row(second=None, **changes):
    """An image and its mirror, looked at in the same place."""
    mirrored = HEAT[:, ::-1] if second is None else second
    fields = dict(
        images=np.stack([IMAGE, IMAGE[:, ::-1]]),
        maps=np.stack([HEAT, mirrored, mirrored[:, ::-1]]),
        shown=np.ones((4, 4), dtype=bool),
        clean='fear',
        given='anger',
        predicted='fear',
        score=0.734,
        cam_of='anger',
        consistency=0.01234,
    )
    return ViewMaps(**{**fields, **changes})


def panels(figure, number):
    """The pictures of a row, by column."""
    axes = figure.axes[7 * number : 7 * number + 7]
    return [np.asarray(a.images[0].get_array()) for a in axes[1:]]


def test_overlay_is_red_where_the_map_is_high():
    grey = np.full((40, 40, 3), 128, dtype=np.uint8)
    over = overlay(grey, HEAT)
    red = over[..., 0] - over[..., 2]
    assert np.unravel_index(red.argmax(), red.shape)[1] < 10
    # the maps, too, are mirrored exactly
    assert overlay(grey, HEAT[:, ::-1]) == pytest.approx(over[:, ::-1])


def test_difference_has_a_sign_and_a_frame():
    change = np.array([[1.0, -1.0], [0.0, 0.0]])
    shown = np.array([[True, True], [True, False]])
    picture = difference(change, shown, (40, 40))
    red, blue = picture[5, 5], picture[5, 35]
    assert red[0] > red[2] and blue[2] > blue[0]
    assert (picture[20:, 20:] == 0.8).all() and not (picture[20:, :20] == 0.8).any()


def test_views_that_agree_leave_a_white_difference():
    figure = cam_sheet([row()])
    view, mirror, first, second, aligned, change = panels(figure, 0)
    assert (view == IMAGE).all() and (mirror == IMAGE[:, ::-1]).all()
    assert second == pytest.approx(first[:, ::-1])
    assert aligned == pytest.approx(first)
    assert np.ptp(change) < 0.02 and change.min() > 0.95


def test_views_that_differ_do_not():
    unaligned = row(second=HEAT)  # looks at the left of the mirror: elsewhere
    change = panels(cam_sheet([row(), unaligned]), 1)[-1]
    red = change[..., 0] - change[..., 2]
    # the ends of the scale are dark
    assert red[14, 4] > 0.2 and red[14, 35] < -0.2


def test_rows_tell_labels_and_prediction(words, pixels):
    figure = cam_sheet([row(), row(given='fear', predicted='disgust')], title='clex, epoch_3')
    text = words(figure)
    for part in (
        'clex, epoch_3',
        'label: fear',
        'given: anger (wrong)',
        'predicted: fear 0.73',
        'maps of: anger',
        'L_AC: 0.0123',
        'given: fear\n',
        'predicted: disgust 0.73',
    ):
        assert part in text
    image = pixels(figure)
    assert image.std() > 20
    one = pixels(cam_sheet([row()]))
    assert image.shape[0] > one.shape[0] and image.shape[1] == one.shape[1]


def test_maps_without_a_span_are_drawn():
    flat = row(maps=np.full((3, 4, 4), 2.0))
    assert np.isfinite(panels(cam_sheet([flat]), 0)[2]).all()
    with pytest.raises(ValueError, match='no images'):
        cam_sheet([])
