"""The contact sheet."""

import numpy as np

from mmfer.synthetic import CLASSES_7, draw_face, preview_sheet, sample_face


def test_preview_sheet():
    sheet = preview_sheet(size=32, columns=3, classes=CLASSES_7, blends=1)
    assert sheet.shape == (8 * 32 + 12 * 7 + 8, 92 + 3 * 32, 3) and sheet.dtype == np.uint8


def test_a_row_shows_the_faces_of_its_class():
    sheet = preview_sheet(4, size=32, columns=2, classes=('fear', 'anger'), blends=0)
    face = sample_face(4, 3, 'anger', classes=('fear', 'anger'), blend_share=0)
    assert np.array_equal(sheet[32:, 92 + 32 :], draw_face(face, 32))
