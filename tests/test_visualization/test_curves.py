"""Accuracy and loss curves."""

import numpy as np
import pytest

from mmfer.visualization import Curve, accuracy_curves, loss_curves

CE = Curve({1: 30.0, 2: 61.5, 3: 58.25}, 58.25, 49.9, 61.5, 2)
CLEX = Curve({1: 20.0, 2: 40.0, 3: 71.0}, 71.0, 43.7, 71.0, 3)


def lines(figure):
    """Label to (x, y) of all drawn lines."""
    return {
        line.get_label(): (list(line.get_xdata()), list(line.get_ydata()))
        for axes in figure.axes
        for line in axes.get_lines()
    }


def test_accuracy_has_a_line_a_run_and_its_summary(words, pixels):
    figure = accuracy_curves({'ce': [CE], 'clex': [CLEX]}, 'accuracy/top1')
    text = words(figure)
    assert 'ce\nlast 58.2   last5 49.9   best 61.5' in text
    assert 'clex\nlast 71.0   last5 43.7   best 71.0' in text
    assert 'epoch' in text and 'accuracy/top1 (%)' in text
    drawn = lines(figure)
    assert ([1, 2, 3], [30.0, 61.5, 58.25]) in drawn.values()
    image = pixels(figure)
    assert image.shape[0] > 400 and image.shape[1] > 800
    # both colours are on the picture, blue and vermillion (BGR)
    for colour in ((178, 114, 0), (0, 94, 213)):
        assert (np.abs(image.astype(int) - colour).max(axis=2) < 12).sum() > 300


def test_seeds_become_a_mean_and_a_band(words, pixels):
    other = Curve({1: 40.0, 2: 63.5}, 63.5, 51.75, 63.5, 2)
    figure = accuracy_curves({'ce': [CE, other]})
    # epoch 3 is not drawn: one seed has not come to it
    assert list(lines(figure).values())[0] == ([1, 2], [35.0, 62.5])
    assert 'ce (2 seeds)\nlast 60.9   last5 50.8   best 62.5' in words(figure)
    (band,) = figure.axes[0].collections
    heights = band.get_paths()[0].vertices
    assert {30.0, 40.0, 61.5, 63.5} <= set(heights[:, 1])
    pixels(figure)


def test_accuracy_refuses_what_it_cannot_draw():
    with pytest.raises(ValueError, match='no runs'):
        accuracy_curves({})
    with pytest.raises(ValueError, match='no epoch in common'):
        accuracy_curves({'ce': [CE, Curve({9: 1.0}, 1.0, 1.0, 1.0, 9)]})


def test_losses_have_a_panel_a_term(words, pixels):
    figure = loss_curves(
        {
            'ce': {'loss': [(10, 2.0), (20, 1.0)]},
            'clex': {
                'loss': [(10, -7.0)],
                'loss_ce': [(10, 1.0)],
                'loss_csl': [(10, -8.0), (20, -9.0)],
            },
            'silent': {},
        }
    )
    titles = [axes.get_title() for axes in figure.axes]
    assert titles == ['ce: loss', 'clex: loss_ce', 'clex: loss_csl']
    assert list(figure.axes[2].get_lines()[0].get_ydata()) == [-8.0, -9.0]
    assert 'training step' in words(figure)
    assert pixels(figure).std() > 5
    with pytest.raises(ValueError, match='no run has logged a loss'):
        loss_curves({'silent': {}})
