"""A header and its columns, and that every reader of tables takes delimiters and encodings."""

from functools import partial

import pytest

from mmfer.datasets import FERFolder, FERPlus
from mmfer.datasets.ferplus import HEADER
from mmfer.lists.affectnet_lists import COLUMNS as AFFECTNET
from mmfer.lists.affectnet_lists import read_original_list
from mmfer.lists.label_lists import read_label_rows
from mmfer.lists.landmarks import LandmarkTable
from mmfer.lists.tables import COLUMNS, find_column, read_table


def write(tmp_path, text):
    (tmp_path / 't.csv').write_text(text)
    return str(tmp_path / 't.csv')


def test_header_and_rows(tmp_path):
    path = write(tmp_path, '\npath;label\n\na.jpg;3\nb.jpg;4;5\n')
    where, header, rows = read_table(path)
    assert (where, header) == (f'{path}, line 2', ['path', 'label'])
    assert next(rows) == (4, ['a.jpg', '3'])
    with pytest.raises(ValueError, match=r"line 5: 3 columns; expected 2: \['path', 'label'\]"):
        next(rows)


def test_a_file_without_a_header(tmp_path):
    path = write(tmp_path, 'a.jpg,3\nb.jpg,4')
    _, header, rows = read_table(path, without_header=('path', 'id'))
    assert header == ['path', 'id'] and list(rows) == [(1, ['a.jpg', '3']), (2, ['b.jpg', '4'])]
    path = write(tmp_path, 'id,path\n4,b.jpg')
    _, header, rows = read_table(path, without_header=('path', 'id'))
    assert header == ['id', 'path'] and list(rows) == [(2, ['4', 'b.jpg'])]


def test_an_empty_file(tmp_path):
    path = write(tmp_path, '\n \n')
    where, header, rows = read_table(path)
    assert (where, header, list(rows)) == (f'{path}, line 1', [], [])


HEADER_OF_TWO = ['Image', 'Emotion', 'expression', 'emo']


@pytest.mark.parametrize(
    'role, columns, needed, found',
    [
        ('path', None, True, 0),
        ('path', {}, True, 0),
        ('label', dict(label='emo'), True, 3),
        ('label', dict(label='expression', path='emo'), False, 2),
        ('split', None, False, None),
        ('split', dict(label='emo'), False, None),
    ],
)
def test_find_column(role, columns, needed, found):
    assert find_column(HEADER_OF_TWO, COLUMNS[role], 'x', columns, needed) == found


@pytest.mark.parametrize(
    'role, columns, named',
    [
        ('label', None, r"x: the header \['Image', .* one column of the label, .*'emotion'.*\)$"),
        ('label', {}, r'one column of the label, .*columns=dict\(label=...\) names another'),
        (
            'label',
            dict(label='image'),
            r"called one of \('image',\); .* it is {'label': 'image'}",
        ),
        ('split', None, r"one column of the split, called one of \('split', 'type', 'usage'\)$"),
    ],
)
def test_columns_that_are_not_one(role, columns, named):
    with pytest.raises(ValueError, match=named):
        find_column(HEADER_OF_TWO, COLUMNS[role], 'x', columns)


# --- every reader


def own(path, **kwargs):
    data = FERFolder(
        str(path.parent), classes=('happy', 'sad'), ann_file=path.name, lazy_init=True, **kwargs
    )
    return [(r['name'], r['gt_label'], [*r.get('votes', ())]) for r in data.read()]


def ferplus(path, vote_file):
    records = FERPlus(str(path.parents[1]), vote_file=vote_file, lazy_init=True).read()
    return [(record['name'], record['gt_label'], record['votes'].tolist()) for record in records]


def landmarks(path, as_listed=False):
    table = LandmarkTable(path, as_listed=as_listed)
    return [face.points.tolist() for name in ('\u00e9.jpg', 'b.jpg') for face in table.find(name)]


FIVE = '1,2,5,2,3,4,1,6,5,6'
MANY = ';'.join(str(i) for i in range(136))
# File, text, reader, and what it reads from the text as it is.
TABLES = {
    'own labels': (
        'x/t.csv',
        'label,path,age\nsad,\u00e9.jpg,3\nhappy,b.jpg,4',
        own,
        [('\u00e9.jpg', 1, []), ('b.jpg', 0, [])],
    ),
    'own votes': (
        'x/t.csv',
        'path,happy,sad\n\u00e9.jpg,3,.5\nb.jpg,1,2',
        own,
        [('\u00e9.jpg', 0, [3, 0.5]), ('b.jpg', 1, [1, 2])],
    ),
    'label list': (
        'x/t.csv',
        'label,path\n3,\u00e9.jpg\n4,b.jpg',
        lambda path: [row[1:3] for row in read_label_rows(str(path))],
        [('\u00e9.jpg', 3), ('b.jpg', 4)],
    ),
    'label list without a header': (
        'x/t.csv',
        '\u00e9.jpg,3\nb.jpg,4',
        lambda path: [row[1:3] for row in read_label_rows(str(path))],
        [('\u00e9.jpg', 3), ('b.jpg', 4)],
    ),
    'AffectNet': (
        'x/t.csv',
        f'{",".join(AFFECTNET)}\n\u00e9.jpg,1,2,3,4,"{MANY}",5,0,0\nb.jpg,1,2,3,4,"{MANY}",7,0,0',
        lambda path: [row[1:] for row in read_original_list(str(path))],
        [('\u00e9.jpg', 5, (1, 2, 3, 4)), ('b.jpg', 7, (1, 2, 3, 4))],
    ),
    'label.csv': (
        'FER2013Train/label.csv',
        '\u00e9.png,"(0, 0, 48, 48)",9,1,0,0,0,0,0,0,0,0\n'
        'b.png,"(0, 0, 48, 48)",0,9,1,0,0,0,0,0,0,0',
        lambda path: ferplus(path, 'label.csv'),
        [
            ('FER2013Train/\u00e9.png', 0, [9, 1, 0, 0, 0, 0, 0, 0, 0, 0]),
            ('FER2013Train/b.png', 1, [0, 9, 1, 0, 0, 0, 0, 0, 0, 0]),
        ],
    ),
    'fer2013new.csv': (
        'fer2013new.csv',
        f'"{HEADER[0]}","{HEADER[1]}",{",".join(HEADER[2:])}\n'
        'Training,\u00e9.png,9,1,0,0,0,0,0,0,0,0\nPublicTest,b.png,0,9,1,0,0,0,0,0,0,0',
        lambda path: ferplus(path / 'x', 'fer2013new.csv'),
        [('FER2013Train/\u00e9.png', 0, [9, 1, 0, 0, 0, 0, 0, 0, 0, 0])],
    ),
    'landmarks': (
        'x/t.csv',
        f'\u00e9.jpg,{FIVE}\nb.jpg,{FIVE}',
        landmarks,
        [[[1, 2], [5, 2], [3, 4], [1, 6], [5, 6]]] * 2,
    ),
    "AffectNet's landmarks": (
        'x/t.csv',
        f'{",".join(AFFECTNET)}\n\u00e9.jpg,1,2,3,4,"{MANY}",5,0,0',
        partial(landmarks, as_listed=True),  # they are no face
        # point i is (2 i, 2 i + 1); eyes are the means of 36 to 41 and 42 to 47
        [[[77, 78], [89, 90], [60, 61], [96, 97], [108, 109]]],
    ),
}


@pytest.mark.parametrize('encoding', ['utf-8', 'utf-8-sig', 'utf-16'])
@pytest.mark.parametrize('end', ['\n', '\r\n', '\r'], ids=['Unix', 'Windows', 'Mac'])
@pytest.mark.parametrize('delimiter', [',', ';', '\t', '|', ' '])
@pytest.mark.parametrize('table', TABLES)
def test_every_reader_takes_them(tmp_path, table, delimiter, end, encoding):
    name, text, read, expected = TABLES[table]
    head, *quoted = text.split('"')  # what is quoted stays
    parts = [
        part if i % 2 else part.replace(',', delimiter) for i, part in enumerate([head, *quoted])
    ]
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes('"'.join(parts).replace('\n', end).encode(encoding))
    assert read(path) == expected
