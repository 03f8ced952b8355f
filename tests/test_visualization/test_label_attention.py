"""Where label queries look, as a picture."""

import numpy as np
import pytest
from matplotlib.colors import to_hex

from mmfer.visualization import QueryMaps, attention_sheet

CLASSES = ('fear', 'joy', 'anger')


def row(**changes):
    """2 x 2 places; each query looks at another one."""
    maps = np.zeros((3, 2, 2))
    maps[[0, 1, 2], [0, 0, 1], [0, 1, 1]] = 0.5, 1, 0.25
    return QueryMaps(
        **{
            **dict(
                image=np.full((40, 40, 3), 128, np.uint8),
                maps=maps,
                scores=np.array([0.2, 0.7, 0.1]),
                given=1,
                name='face.png',
            ),
            **changes,
        }
    )


def framed(figure, number=0):
    """Class to colour and kind of its frame, of a row."""
    found = {}
    for name, axes in zip(CLASSES, figure.axes[number * 4 + 1 : number * 4 + 4]):
        side = axes.spines['left']
        if side.get_visible():
            found[name] = (to_hex(side.get_edgecolor()), side.get_linestyle() == '-')
    return found


def test_words_and_frames(words, pixels):
    figure = attention_sheet(
        [row(), row(given=0, name='wrong.png'), row(given=None)], CLASSES, 'run, epoch_3'
    )
    text = words(figure)
    for part in (
        'run, epoch_3',
        'face.png\nlabel: joy',
        'wrong.png\nlabel: fear',
        'joy\n0.70',
        'anger\n0.10',
        'red 1.000, even 0.250',
    ):
        assert part in text
    (good,) = framed(figure).values()
    assert list(framed(figure)) == ['joy'] and good[1]
    bad = framed(figure, 1)
    assert list(bad) == ['fear', 'joy']
    assert bad['fear'] == (good[0], False) and bad['joy'][0] != good[0] and bad['joy'][1]
    (unknown,) = framed(figure, 2).values()
    assert unknown[0] not in (good[0], bad['joy'][0])
    assert pixels(figure).std() > 20


def test_heat_is_where_the_query_looks():
    """One scale a row: red at the largest, less at half of it, blue at none."""
    figure = attention_sheet([row()], CLASSES)
    fear, joy, anger = (axes.images[0].get_array() for axes in figure.axes[1:])
    corners = dict(fear=(5, 5), joy=(5, 35), anger=(35, 35))
    red = {
        name: picture[corners[name]]
        for name, picture in (('fear', fear), ('joy', joy), ('anger', anger))
    }
    assert red['joy'][0] > red['joy'][2]  # more red than blue
    assert not np.allclose(red['fear'], red['joy']) and not np.allclose(red['fear'], red['anger'])
    away = joy[35, 5]
    assert away[2] > away[0]


def test_what_does_not_fit():
    with pytest.raises(ValueError, match='no images'):
        attention_sheet([], CLASSES)
    with pytest.raises(ValueError, match='3 maps and 3 scores for the 2 classes'):
        attention_sheet([row()], CLASSES[:2])
