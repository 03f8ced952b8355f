"""Lines of text on contact sheets, in any script."""

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from mmfer.visualization import contact_sheet, name_or_id
from mmfer.visualization.lines import draw_line, drawable, width_of

GREY = [np.full((20, 20, 3), 90, np.uint8)] * 2


def written(text, size=15, anchor='lm'):
    picture = Image.new('RGB', (300, 30), 'white')
    draw_line(ImageDraw.Draw(picture), (150 * (anchor == 'mm'), 15), text, (0, 0, 0), size, anchor)
    return np.asarray(picture)


def test_plain_text_is_that_of_pillows_own_font(with_fonts):
    with_fonts()
    for text, anchor in (('fer0000000.png', 'lm'), ('a, b', 'mm')):
        picture = Image.new('RGB', (300, 30), 'white')
        place, font = (150 * (anchor == 'mm'), 15), ImageFont.load_default(15)
        ImageDraw.Draw(picture).text(place, text, (0, 0, 0), font, anchor=anchor)
        assert (written(text, anchor=anchor) == np.asarray(picture)).all()
        assert width_of(text, 15) == font.getlength(text)


def test_a_font_that_has_the_letters(with_fonts, make_font, told):
    with_fonts(make_font('生气'))
    assert drawable('a 生气.jpg') == 'a 生气.jpg' and not told
    square = written('生')
    assert (square[8:20, 1:10] == 0).mean() > 0.8  # it is filled, no frame
    both = written('a生b')
    assert width_of('a生b', 15) == width_of('a', 15) + width_of('生', 15) + width_of('b', 15)
    columns = np.flatnonzero((both < 128).any(axis=(0, 2)))
    assert abs(columns[-1] - width_of('a生b', 15)) < 3
    middle = np.flatnonzero((written('a生b', anchor='mm') < 128).any(axis=(0, 2)))
    assert abs((middle[0] + middle[-1]) / 2 - 150) < 3
    assert name_or_id('气', ('生', '气')) == '气'


def test_ids_or_marks_without_one(with_fonts, told):
    with_fonts()
    assert name_or_id('sad', ('sad', '悲伤')) == 'sad' and not told
    assert name_or_id('悲伤', ('sad', '悲伤')) == 'class 1'
    assert len(told) == 1 and '1 = 悲伤. For the names install' in told[0]
    assert drawable('生气.jpg') == '??.jpg' and len(told) == 2
    sheet = contact_sheet(GREY, ['生气.jpg', 'a.jpg'], '生, 2 images', cell=60)
    assert (sheet == contact_sheet(GREY, ['??.jpg', 'a.jpg'], '?, 2 images', cell=60)).all()
    assert len(told) == 2


def test_long_captions_in_another_script_are_cut(with_fonts, make_font):
    with_fonts(make_font('生气'))
    sheet = contact_sheet(GREY, ['生气' * 30, 'x'], cell=60)
    edge = sheet[-15:, 70:78]  # between the two
    assert (edge[:, 2:6] == 255).all()
