"""Many images on one sheet."""

import numpy as np
import pytest

from mmfer.visualization.contact_sheet import CAPTION, GAP, TITLE, contact_sheet, shorten


def test_sheet_shows_the_images_where_they_belong():
    red, blue = (np.full((12, 12, 3), colour, np.uint8) for colour in ((255, 0, 0), (0, 0, 255)))
    grey = np.full((10, 40), 90, np.uint8)
    sheet = contact_sheet([red, blue, grey], columns=2, cell=40)
    assert sheet.shape == (2 * 46 + GAP, 2 * 46 + GAP, 3) and sheet.dtype == np.uint8
    assert (sheet[GAP : GAP + 40, GAP : GAP + 40] == (255, 0, 0)).all()
    assert (sheet[GAP : GAP + 40, 46 + GAP : 46 + GAP + 40] == (0, 0, 255)).all()
    third = sheet[46 + GAP : 46 + GAP + 40, GAP : GAP + 40]
    assert (third[15:25] == 90).all()  # its shape is kept
    assert (third[:15] == 255).all() and (third[25:] == 255).all()
    assert (sheet[46 + GAP :, 46 + GAP :] == 255).all()  # no fourth image


def test_sheet_has_captions_and_title():
    image = np.zeros((40, 40), np.uint8)
    plain = contact_sheet([image], cell=40)
    written = contact_sheet([image], ['abc'], cell=40)
    assert written.shape[0] == plain.shape[0] + CAPTION
    assert written[GAP + 40 :].min() < 150
    titled = contact_sheet([image], title='a title that is wider than one image', cell=40)
    assert titled.shape[1] > plain.shape[1]
    assert (titled[:TITLE, -GAP // 2 :] == 255).all() and titled[:TITLE].min() < 100
    with pytest.raises(ValueError, match='2 captions for 1 images'):
        contact_sheet([image], ['a', 'b'])
    with pytest.raises(ValueError, match='no images'):
        contact_sheet([])


def test_long_captions_lose_their_middle():
    assert shorten('fer0000000', 112) == 'fer0000000'
    short = shorten('0a1b2c3d4e5f60718293a4b5c6d7e8f9', 112)
    kept = len(short) - 2
    assert 8 < kept < 32 and short.startswith('0a1b') and short.endswith('e8f9') and '..' in short
    assert shorten('abcdef', 1) == ''
