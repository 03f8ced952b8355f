"""Rows in all layouts; those that do not fit their header or each other."""

import numpy as np
import pytest
from landmark_layouts import RIGHT, five, numbers, scenes, table

from mmfer.lists.landmarks import LandmarkTable

NAMES = scenes()[0]
HEADER = ['file', *(f'{a}{i}' for i in range(1, 6) for a in 'xy')]


def rows():
    return [[name, *numbers(p)] for name, p in zip(NAMES, five())]


@pytest.mark.parametrize('layout', RIGHT)
def test_layouts(tmp_path, layout):
    found = LandmarkTable(RIGHT[layout](tmp_path))
    for name, image, points in zip(*scenes()[:2], five()):
        (face,) = found.find(tmp_path / name, tmp_path, image.shape[1::-1])
        np.testing.assert_allclose(face.points, points, rtol=1e-14)


def test_rows_without_a_face_are_passed_over(tmp_path, told):
    found = LandmarkTable(RIGHT['OpenFace'](tmp_path))
    assert len(found.find(NAMES[0])) == 1
    assert 'l.csv: 1 rows are passed over, of success 0' in told[-1]
    assert '6 faces, points by the columns x_0, y_0 to x_67, y_67, in pixels' in told[-2]


@pytest.mark.parametrize(
    'change, message',
    [
        (lambda rows: rows[2].pop(), 'line 4: 10 columns; the header has 11'),
        (lambda rows: rows[2].append(7), 'line 4: 12 columns; the header has 11'),
        (
            lambda rows: rows[2].__setitem__(3, 'x'),
            r"line 4: .* that are no numbers: \['x",
        ),
        (lambda rows: rows[2].__setitem__(3, ''), r"line 4: .* that are no numbers: \[''"),
        (lambda rows: rows[2].__setitem__(3, 'nan'), 'line 4: .*not finite'),
        (lambda rows: rows[2].__setitem__(0, ''), "line 4: 10 numbers for ''"),
    ],
)
@pytest.mark.parametrize('header', [HEADER, HEADER[:1] + HEADER[1::2] + HEADER[2::2]])
def test_rows_that_do_not_fit_the_header(tmp_path, header, change, message):
    wrong = rows()
    change(wrong)
    with pytest.raises(ValueError, match=message):
        LandmarkTable(table(tmp_path / 'l.csv', header, wrong))


def test_commas_at_the_end(tmp_path):
    path = table(tmp_path / 'l.csv', HEADER, [[*row, ''] for row in rows()])
    assert len(LandmarkTable(path).find(NAMES[1])) == 1


def test_numbers_of_points_that_are_unknown(tmp_path):
    path = table(tmp_path / 'l.csv', None, [['1.png', *range(212)]])
    with pytest.raises(
        ValueError, match="212 numbers for '1.png'; .*5 .*68 .*98 .*106, which come"
    ):
        LandmarkTable(path)


def test_folders(tmp_path):
    path = RIGHT["OpenFace's folder"](tmp_path)
    (path / '._0.csv').write_bytes(b'\0')  # of the system
    (path / '0.jpg').write_bytes(b'\0')
    assert len(LandmarkTable(path).find('0.png')) == 1
    (path / '7.csv').write_text('file,label\n1.png,3\n')
    with pytest.raises(ValueError, match=r"7.csv, line 2: 1 numbers for '1.png'"):
        LandmarkTable(path)
    with pytest.raises(ValueError, match=r'no file \*_manu_attri.txt'):
        LandmarkTable(tmp_path)
