"""Words of figures in any script: with a font, and without one."""

import warnings

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from mmpretrain.evaluation import ConfusionMatrix
from mmpretrain.structures import DataSample
from mmpretrain.visualization import UniversalVisualizer

from mmfer.visualization import (
    ViewMaps,
    cam_sheet,
    candidate_panels,
    class_bars,
    confusion_panels,
    draw_in_all_figures,
    save_figure,
    transition_panel,
)
from mmfer.visualization.browse import Labels, Step, step_figure
from mmfer.visualization.disambiguation import Followed, candidate_courses
from mmfer.visualization.label_attention import QueryMaps, attention_sheet

CHINESE = ('生气', '高兴', '悲伤')
GREY = np.full((8, 8, 3), 90, np.uint8)
EYE = 5 * np.eye(3, dtype=int)


def views(names):
    maps, shown = np.zeros((3, 2, 2)), np.ones((2, 2), bool)
    row = ViewMaps(
        np.stack([GREY, GREY]), maps, shown, names[0], names[1], names[0], 0.5, *names[1:2], 0.1
    )
    return cam_sheet([row])


def course(names):
    one = Followed(GREY, [0, 1], np.array([[0.5, 0.5], [0.9, 0.1]]), names[:2], names[0], names[1])
    return candidate_courses([one])


FIGURES = dict(
    confusion=lambda names: confusion_panels(dict(run=EYE), names),
    transition=lambda names: transition_panel(EYE, names, 'noise'),
    candidates=lambda names: candidate_panels(np.eye(3), np.arange(3), names, 'sets'),
    report=lambda names: class_bars(dict(train=[1, 2, 3]), names, {}),
    attention=lambda names: attention_sheet(
        [QueryMaps(GREY, np.ones((3, 2, 2)), np.array([0.2, 0.5, 0.3]), 0)], names
    ),
    browse=lambda names: step_figure(
        [Step('load', [GREY])], Labels(names[0], names[1], (0.6, 0.4, 0), names)
    ),
    views=views,
    courses=course,
)


@pytest.fixture
def drawn(tmp_path):
    """Returns a function: figure, classes -> warnings of glyphs that are missing."""

    def draw(figure, classes=()):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter('always')
            save_figure(figure, tmp_path / 'drawn.png', dpi=60, classes=classes)
        return [str(one.message) for one in caught if 'lyph' in str(one.message)]

    return draw


@pytest.fixture
def all_figures(monkeypatch):
    monkeypatch.setattr(Figure, 'draw', Figure.draw)  # as it was, afterwards
    asked = []

    def classes():
        asked.append(1)
        return CHINESE

    draw_in_all_figures(lambda: 1 / 0)
    draw_in_all_figures(classes)  # the last alone
    return asked


@pytest.mark.parametrize('kind', FIGURES)
def test_names_by_a_font_that_has_them(kind, make_font, with_fonts, drawn, words, told):
    with_fonts(make_font(''.join(CHINESE)))
    figure = FIGURES[kind](CHINESE)
    assert drawn(figure, CHINESE) == [] and told == []
    assert any(name in words(figure) for name in CHINESE)


@pytest.mark.parametrize('kind', FIGURES)
def test_ids_and_one_line_without_a_font(kind, with_fonts, drawn, words, told):
    with_fonts()
    figure = FIGURES[kind](CHINESE)
    assert drawn(figure, CHINESE) == []
    shown = words(figure)
    assert 'class 0' in shown and not any(name in shown for name in CHINESE)
    assert drawn(figure) == [] and words(figure) == shown  # a second time, too
    assert len(told) == 1 and '0 = 生气, 1 = 高兴, 2 = 悲伤' in told[0]


@pytest.mark.parametrize('kind', FIGURES)
def test_plain_names_stay_to_the_bit(kind, with_fonts, pixels, told, monkeypatch):
    with_fonts()
    names = ('anger', 'joy', 'été')
    shown = pixels(FIGURES[kind](names))
    monkeypatch.setattr('mmfer.visualization.scripts.make_drawable', lambda *_: None)
    assert (shown == pixels(FIGURES[kind](names))).all() and told == []


def test_only_what_cannot_be_drawn_becomes_an_id(with_fonts, drawn, words, told):
    with_fonts()
    figure = confusion_panels({'run': EYE}, ('生', 'anger', '生气'))
    assert drawn(figure) == []
    assert {'class 0', 'anger', 'class 2'} <= set(words(figure).split('\n'))
    assert '0 = 生, 2 = 生气.' in told[0]


def test_other_words_lose_their_letters_with_a_line(with_fonts, drawn, words, told):
    with_fonts()
    figure = confusion_panels({'运行 7': EYE}, ('a', 'b', 'c'))
    assert drawn(figure) == [] and '?? 7\naccuracy' in words(figure)
    assert len(told) == 1 and "'运行 7" in told[0]


def test_letters_that_cannot_be_joined_become_ids(monkeypatch, with_fonts, drawn, words, told):
    from mmfer.visualization import fonts

    with_fonts(*fonts.installed())
    monkeypatch.setattr(fonts, 'matplotlib_shapes', lambda: False)
    figure = confusion_panels({'run': EYE}, ('غضب', 'فرح', 'حزن'))  # DejaVu has the letters
    assert drawn(figure) == [] and 'class 1' in words(figure)
    assert 'matplotlib>=3.11' in told[0]


def test_figures_of_the_host(all_figures, with_fonts, make_font, words, told):
    with_fonts()
    figure = ConfusionMatrix.plot(torch.eye(3), classes=CHINESE, show=False)
    figure.canvas.draw()
    assert 'class 1' in words(figure) and '高兴' not in words(figure)
    assert len(told) == 1 and all_figures
    with_fonts(make_font(''.join(CHINESE)))
    figure = ConfusionMatrix.plot(torch.eye(3), classes=CHINESE, show=False)
    figure.canvas.draw()
    assert '高兴' in words(figure) and len(told) == 1


def test_plain_figures_of_the_host_ask_for_no_classes(all_figures, told):
    figure = ConfusionMatrix.plot(torch.eye(3), classes=('a', 'b', 'é'), show=False)
    figure.canvas.draw()
    assert not all_figures and not told


def test_pictures_of_the_host(all_figures, with_fonts, make_font, told, tmp_path):
    sample = DataSample().set_gt_label(1).set_pred_label(1).set_pred_score(torch.ones(3) / 3)
    visualizer = UniversalVisualizer(name='scripts', vis_backends=None)

    def draw(classes):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter('always')
            image = visualizer.visualize_cls(
                np.zeros((160, 320, 3), np.uint8), sample, classes, out_file=str(tmp_path / 'a.png')
            )
        assert not [one for one in caught if 'lyph' in str(one.message)]
        return image

    with_fonts()
    as_id = draw(CHINESE)
    assert (as_id == draw(('', 'class 1'))).all() and len(told) == 1
    with_fonts(make_font(''.join(CHINESE)))
    assert (draw(CHINESE) != as_id).any() and len(told) == 1
