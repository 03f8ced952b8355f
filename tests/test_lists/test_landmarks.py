"""Landmarks from files as they circulate."""

import csv

import cv2
import numpy as np
import pytest

from mmfer.lists.affectnet_lists import COLUMNS
from mmfer.lists.landmarks import LandmarkTable

FIVE = np.array([(30, 40), (70, 41), (50, 60), (35, 80), (66.5, 81)], float)


def sixty_eight(five=FIVE):
    points = np.full((68, 2), five.mean(0))
    points[36:42], points[42:48] = five[0], five[1]
    points[[30, 48, 54]] = five[2:]
    points[8] = (50, 110)  # the chin
    return points


def write_rows(path, *rows):
    with open(path, 'w', newline='') as file:
        csv.writer(file).writerows(rows)
    return path


def row(name, points):
    return [name, *np.ravel(points)]


@pytest.mark.parametrize('headed', [False, True])
@pytest.mark.parametrize('points', [FIVE, sixty_eight()], ids=['5', '68'])
def test_a_csv(tmp_path, headed, points):
    header = [['file', *(f'{a}{i}' for i in range(len(points)) for a in 'xy')]] * headed
    path = write_rows(
        tmp_path / 'l.csv', *header, row('a/1.jpg', points), row('a/2.jpg', points + 1)
    )
    table = LandmarkTable(path)
    (face,) = table.find('/data/a/1.jpg')
    assert np.array_equal(face.points, FIVE)
    low, high = points.min(0), points.max(0)
    assert face.box.tolist() == [*low, *(high - low)]
    assert np.array_equal(table.find('a/2.jpg')[0].points, FIVE + 1)
    assert table.find('/data/a/3.jpg') == []


def test_several_faces_of_a_picture(tmp_path):
    path = write_rows(tmp_path / 'l.csv', row('1.jpg', FIVE), row('1.jpg', FIVE + 9))
    assert [f.points[0].tolist() for f in LandmarkTable(path).find('x/1.jpg')] == [
        [30, 40],
        [39, 49],
    ]


def test_paths_are_compared_from_their_ends(tmp_path):
    table = LandmarkTable(
        write_rows(
            tmp_path / 'l.csv',
            row('old/disk/a/1.jpg', FIVE),
            row('old/disk/b/1.jpg', FIVE + 1),
            row('b\\7.jpg', FIVE + 7),
            row('stem', FIVE + 8),
        )
    )

    def first(*arguments):
        return [f.points[0, 0] - 30 for f in table.find(*arguments)]

    assert first('/new/a/1.jpg', '/new') == [0]
    assert first('/new/b/1.jpg', '/new/b') == [1]  # further than the root
    assert first('/new/c/1.jpg', '/new') == []  # another folder's
    assert first('/new/x/b/7.jpg', '/new') == [7]  # a row may be the shorter
    assert first('/new/c/7.jpg', '/new') == []
    assert first('/new/stem.png', '/new') == [8]  # listed without an ending
    with pytest.raises(ValueError, match=r'line 1 or .*line 2; give a folder further up'):
        table.find('/new/c/1.jpg', '/new/c')


def test_rafdb_annotations(tmp_path):
    for i in (1, 2):
        (tmp_path / f'train_0000{i}_manu_attri.txt').write_text(
            ''.join(f'{x + i}\t{y}\n' for x, y in FIVE) + '0\n1\n2\n'
        )
    table = LandmarkTable(tmp_path)
    (face,) = table.find('Image/original/train_00002.jpg', 'Image/original')
    assert np.array_equal(face.points, FIVE + (2, 0))
    assert table.find('train_00002_aligned.jpg') == []


def test_rafdb_annotations_with_blank_lines(tmp_path):
    (tmp_path / 'train_00001_manu_attri.txt').write_bytes(
        b'\xef\xbb\xbf\r\n' + b'\r\n \r\n'.join(b'%g %g' % tuple(p) for p in FIVE) + b'\r\n0\r\n1'
    )
    (face,) = LandmarkTable(tmp_path).find('train_00001.jpg')
    assert np.array_equal(face.points, FIVE)


@pytest.mark.parametrize(
    'content, message',
    [
        (b'1 2\n3 \xe9\n', 'line 2: byte 0xe9 is not UTF-8'),
        (b'1 2\n\n3 nan\n' + b'4 5\n' * 3, r"line 3: .*not finite: \['nan'\]"),
        (b'1 2\n3 four\n' + b'4 5\n' * 3, r"line 2: .*no numbers: \['four'\]$"),
        (b'', "0 numbers for 'train_1'"),
    ],
)
def test_rafdb_annotations_of_another_kind(tmp_path, content, message):
    (tmp_path / 'train_1_manu_attri.txt').write_bytes(content)
    with pytest.raises(ValueError, match=f'train_1_manu_attri.txt(, |: ){message}'):
        LandmarkTable(tmp_path)


AFFECTNET = [*COLUMNS]


def affectnet_row(name, points=(), expression=1):
    return [name, 134, 134, 899, 899, ';'.join(map(str, np.ravel(points))), expression, 0.78, 0]


@pytest.mark.parametrize('header', [AFFECTNET, [name.lower() for name in AFFECTNET], None])
def test_affectnet(tmp_path, header):
    path = write_rows(
        tmp_path / 'training.csv',
        *[header] * bool(header),
        affectnet_row('689/737db.jpg', sixty_eight()),
    )
    (face,) = LandmarkTable(path).find(
        '/a/Manually_Annotated_Images/689/737db.jpg', '/a/Manually_Annotated_Images'
    )
    assert np.array_equal(face.points, FIVE)


@pytest.mark.parametrize('header', [(), (AFFECTNET,)], ids=['bare', 'header'])
@pytest.mark.parametrize('empty_first', [True, False])
def test_affectnet_rows_without_landmarks(tmp_path, header, empty_first):
    rows = [affectnet_row('1/none.jpg', expression=10), affectnet_row('1/face.jpg', sixty_eight())]
    table = LandmarkTable(
        write_rows(tmp_path / 'l.csv', *header, *(rows if empty_first else rows[::-1]))
    )
    assert table.find('1/none.jpg') == []
    assert np.array_equal(table.find('1/face.jpg')[0].points, FIVE)


@pytest.mark.parametrize(
    'rows',
    [
        [['File Name', *'abcdefghij'], row('1.jpg', FIVE)],
        [row('1.jpg', FIVE)],
        [AFFECTNET, affectnet_row('1.jpg', sixty_eight())],
        [affectnet_row('1.jpg', sixty_eight())],
    ],
    ids=['header', 'bare', 'AffectNet', 'AffectNet bare'],
)
def test_blank_lines(tmp_path, rows):
    path = write_rows(tmp_path / 'l.csv', *rows)
    path.write_bytes(b'\xef\xbb\xbf\r\n' + path.read_bytes().replace(b'\n', b'\n \n,,\r\n'))
    (face,) = LandmarkTable(path).find('1.jpg')
    assert np.array_equal(face.points, FIVE)
    write_rows(path, [], *rows[:-1], [], ['2.jpg', *'12345'])
    with pytest.raises(ValueError, match=f'line {len(rows) + 2}: '):
        LandmarkTable(path)


def test_an_image_that_is_called_like_a_header(tmp_path):
    table = LandmarkTable(write_rows(tmp_path / 'l.csv', row('image', FIVE)))
    assert np.array_equal(table.find('image.png')[0].points, FIVE)


@pytest.mark.parametrize('name', ['l.csv', 'training.csv'])
@pytest.mark.parametrize(
    'encoding, message',
    [
        ('latin-1', 'line 2: byte 0xe9 is not UTF-8'),
        ('utf-16-le', 'line 1: byte 0x00 is not UTF-8'),  # without a mark
    ],
)
def test_other_encodings(tmp_path, name, encoding, message):
    make = row if name == 'l.csv' else affectnet_row
    path = write_rows(
        tmp_path / name, make('1.jpg', sixty_eight()), make('\xe9t\xe9.jpg', sixty_eight())
    )
    path.write_bytes(path.read_bytes().decode().encode(encoding))
    with pytest.raises(ValueError, match=f'{name}, {message}') as raised:
        LandmarkTable(path)
    assert not isinstance(raised.value, UnicodeDecodeError)


@pytest.mark.parametrize(
    'rows, message',
    [
        ([row('1.jpg', FIVE), row('2.jpg', FIVE[:4])], "line 2: 8 numbers for '2.jpg'"),
        ([row('1.jpg', FIVE), ['2.jpg', *'abcdefghij']], r"line 2: .*no numbers: \['a', 'b'"),
        ([row('1.jpg', FIVE * np.nan)], "line 1: .*not finite: \\['nan', 'nan', 'nan'\\]"),
        (
            [row('1.jpg', FIVE), row('2.jpg', np.append(FIVE[:4], [[3, np.inf]], 0))],
            r"line 2: .*not finite: \['inf'\]",
        ),
        (
            [affectnet_row('1.jpg', sixty_eight()), affectnet_row('2.jpg', sixty_eight() * np.nan)],
            'line 2: .*not finite',
        ),
        (
            [['1.jpg', '3O', *FIVE.ravel()[1:]], row('2.jpg', FIVE)],
            r"line 1: .*no numbers: \['3O'\]$",
        ),
        (
            [['image', '3O', *FIVE.ravel()[1:]], row('2.jpg', FIVE)],
            r"line 1: .*no numbers: \['3O'\]",
        ),
        ([AFFECTNET, affectnet_row('1.jpg')], 'has no landmarks'),
        ([['file', 'x0']], 'has no landmarks'),
        (
            [['subDirectory_filePath', 'face_x', 'facial_landmarks'], ['1.jpg', 3]],
            'line 2: 2 columns',
        ),
        (
            [['subDirectory_filePath', 'facial_landmarks'], ['1.jpg', '1;2;3;4;5;6;7;8;9;10']],
            'line 2: 10 numbers.*68 points',
        ),
    ],
)
def test_rows_of_another_kind(tmp_path, rows, message):
    path = write_rows(tmp_path / 'l.csv', *rows)
    with pytest.raises(ValueError, match=message):
        LandmarkTable(path)


def test_files_that_are_not_there(tmp_path):
    with pytest.raises(FileNotFoundError, match='Annotation/manual'):
        LandmarkTable(tmp_path / 'no.csv')
    with pytest.raises(ValueError, match=r'no file \*_manu_attri.txt'):
        LandmarkTable(tmp_path)
    (tmp_path / 'train_1_manu_attri.txt').write_text('1 2\n3 4\n')
    with pytest.raises(ValueError, match="4 numbers for 'train_1'; .* 5 points"):
        LandmarkTable(tmp_path)


def test_pictures_of_another_size(tmp_path):
    """Points of larger or much smaller pictures; a camera's mark turns a picture."""
    rows = [row(f'{i}.png', FIVE + 30 * i) for i in range(8)]
    table = LandmarkTable(write_rows(tmp_path / 'l.csv', *rows))
    images = [tmp_path / f'{i}.png' for i in range(8)]

    def write(width, height):
        for path in images:
            cv2.imwrite(str(path), np.zeros((height, width, 3), np.uint8))

    table.check_pictures(images, tmp_path)  # none is there: each one's turn tells
    for size in ((400, 330), (330, 400), (300, 300)):
        write(*size)
        table.check_pictures(images, tmp_path)
    write(60, 50)
    with pytest.raises(ValueError, match=r'l.csv: .*8 of 8 faces lie outside .*0.png of 60 x 50'):
        table.check_pictures(images, tmp_path)
    LandmarkTable(tmp_path / 'l.csv', as_listed=True).check_pictures(images, tmp_path)
    write(1200, 1000)
    with pytest.raises(ValueError, match='all of 8 faces lie in the upper left ninth'):
        table.check_pictures(images, tmp_path)
    table.check_pictures(images[:4], tmp_path)  # four may do so by chance
