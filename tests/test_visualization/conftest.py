"""Looking at figures: the words on them, the pixels they become."""

import cv2
import matplotlib.text
import pytest

from mmfer.visualization import save_figure


@pytest.fixture
def words():
    """Returns a function: figure -> all of its words, a line each text."""

    def read(figure) -> str:
        return '\n'.join(t.get_text() for t in figure.findobj(matplotlib.text.Text))

    return read


@pytest.fixture
def pixels(tmp_path):
    """Returns a function: figure -> the written picture, read back (H, W, 3)."""

    def draw(figure):
        path = save_figure(figure, tmp_path / 'new' / 'picture.png')
        image = cv2.imread(str(path))
        assert image is not None, f'{path} is no picture'
        return image

    return draw


@pytest.fixture
def make_font(tmp_path, monkeypatch):
    """Returns a function: characters -> matplotlib's entry of a font in which each is a square."""
    from fontTools.fontBuilder import FontBuilder
    from fontTools.pens.ttGlyphPen import TTGlyphPen
    from matplotlib.font_manager import fontManager

    def make(characters: str, name: str = 'Squares'):
        pen = TTGlyphPen(None)
        for move, place in zip((pen.moveTo, *[pen.lineTo] * 3), ((0, 0), (0, 700), (700, 700))):
            move(place)
        pen.lineTo((700, 0))
        pen.closePath()
        square = pen.glyph()
        order = ['.notdef', *(f'c{ord(c):x}' for c in characters)]
        builder = FontBuilder(1000, isTTF=True)
        builder.setupGlyphOrder(order)
        builder.setupCharacterMap({ord(c): f'c{ord(c):x}' for c in characters})
        empty = TTGlyphPen(None).glyph()
        builder.setupGlyf({'.notdef': empty} | dict.fromkeys(order[1:], square))
        builder.setupHorizontalMetrics(dict.fromkeys(order, (800, 0)))
        builder.setupHorizontalHeader(ascent=800, descent=-200)
        builder.setupNameTable(dict(familyName=name, styleName='Regular'))
        builder.setupOS2(usWeightClass=400)
        builder.setupPost()
        path = tmp_path / f'{name}.ttf'
        builder.save(path)
        monkeypatch.setattr(fontManager, 'ttflist', list(fontManager.ttflist))
        fontManager.addfont(str(path))
        return fontManager.ttflist[-1]

    return make


@pytest.fixture
def with_fonts(monkeypatch):
    """Returns a function that lets these entries be all fonts besides those that are drawn with
    anyway; nothing has been told yet."""
    from mmfer.visualization import fonts

    def only(*entries):
        monkeypatch.setattr(fonts, 'installed', lambda: list(entries))
        monkeypatch.setattr(fonts, '_TOLD', set())

    return only
