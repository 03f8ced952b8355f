"""Strokes that lie along edges, and the sheet of predictions."""

import numpy as np
import pytest
import torch

from mmfer.functional import hog
from mmfer.visualization import HOGRow, hog_sheet, hog_strokes
from mmfer.visualization.hog import row_pictures


def row(**changes):
    """2 x 3 patches of 2 x 2 cells."""
    rng = np.random.default_rng(0)
    fields = dict(
        image=rng.integers(0, 256, (32, 48, 3), dtype=np.uint8),
        mask=np.array([[True, False, False], [False, False, True]]),
        target=rng.random((4, 6, 9)),
        predicted=np.full((4, 6, 9), 0.3),
        error=0.0512,
        plain=0.0634,
        name='face.png',
    )
    return HOGRow(**{**fields, **changes})


@pytest.mark.parametrize('degrees', [5, 30, 50, 70, 90, 110, 130, 150, 170])
def test_strokes_lie_along_the_edge(degrees):
    """An edge at an angle to the x axis, counted towards the upper right."""
    angle = np.radians(degrees)
    at = torch.arange(24.0) - 11.5
    side = at[None] * np.sin(angle) + at[:, None] * np.cos(angle)  # y is downwards
    cell = hog(torch.sigmoid(side)[None, None])[0, 0, 1, 1].numpy()
    strokes = hog_strokes(cell[None, None], size=33)
    rows, columns = np.nonzero(strokes > 0.5)
    x, y = columns - 16.0, 16.0 - rows
    # the direction in which the bright pixels spread most
    spread, directions = np.linalg.eigh(np.cov(x, y))
    seen = np.degrees(np.arctan2(*directions[::-1, 1])) % 180
    assert min(abs(seen - degrees), 180 - abs(seen - degrees)) < 11  # half a bin, and pixels
    assert spread[1] > 10 * spread[0]


def test_brightness_is_the_value():
    cells = np.zeros((1, 2, 9))
    cells[0, 0, 4], cells[0, 1, 4] = 0.4, -0.3
    strokes = hog_strokes(cells, size=16)
    assert strokes[:, :16].max() == pytest.approx(0.4) and strokes[:, 16:].max() == 0


def test_pictures_of_a_row():
    given = row()
    image, seen, strokes, joined, over = row_pictures(given)
    assert {p.shape for p in (image, seen, strokes, joined, over)} == {(64, 96, 3)}
    hidden = np.kron(given.mask, np.ones((32, 32))) > 0
    assert (seen[hidden] == 0.5).all() and (seen[~hidden] == image[~hidden]).all()
    assert (over[~hidden] == image[~hidden].clip(0, 1)).all()
    assert (joined[~hidden] == strokes[~hidden]).all()
    # the prediction has another colour: more red than blue where it is bright
    bright = joined[hidden].max(axis=1) > 0.2
    assert bright.any() and (joined[hidden][bright, 0] > joined[hidden][bright, 2]).all()
    assert (strokes[..., 0] == strokes[..., 2]).all()


def test_sheet(words, pixels):
    figure = hog_sheet([row(), row(name='other.png')], title='run, epoch_2: 40% masked')
    text = words(figure)
    for part in (
        'run, epoch_2: 40% masked',
        'face.png',
        'other.png',
        'mean square error 0.0512',
        '(mean of the seen instead: 0.0634)',
        'what the encoder sees',
        'orange: predicted ones',
    ):
        assert part in text
    assert len(figure.axes) == 10 and pixels(figure).std() > 20
    with pytest.raises(ValueError, match='no images'):
        hog_sheet([])
