"""Lines, fields and numbers, and that every reader takes numbers alike."""

import re

import numpy as np
import pytest

from mmfer.datasets import RAFDB, FERFolder, FERPlus
from mmfer.datasets.ferplus import HEADER
from mmfer.lists.affectnet_lists import COLUMNS, read_original_list
from mmfer.lists.label_lists import read_label_rows
from mmfer.lists.landmarks import LandmarkTable
from mmfer.lists.text import (
    DELIMITERS,
    join_inside,
    parse_id,
    parse_number,
    parse_numbers,
    parse_votes,
    raw_lines,
    read_csv,
    read_lines,
    sniff_delimiter,
    split_csv,
)

# --- lines


@pytest.mark.parametrize('end', ['\n', '\r\n', '\r'], ids=['Unix', 'Windows', 'Mac'])
@pytest.mark.parametrize('encoding', ['utf-8', 'utf-8-sig', 'utf-16', 'utf-16-be with a mark'])
@pytest.mark.parametrize('last', ['', '\n'])
def test_lines_of_all_systems(tmp_path, encoding, end, last):
    text = '\u00e9t\u00e9.jpg 1\n \n\n\u65e5\u2028\u672c,\U0001f600 2' + last
    if encoding.endswith('mark'):
        content = b'\xfe\xff' + text.replace('\n', end).encode('utf-16-be')
    else:
        content = text.replace('\n', end).encode(encoding)
    (tmp_path / 'l.txt').write_bytes(content)
    assert list(read_lines(str(tmp_path / 'l.txt'))) == [
        (1, '\u00e9t\u00e9.jpg 1'),
        (4, '\u65e5\u2028\u672c,\U0001f600 2'),
    ]


@pytest.mark.parametrize(
    'content, named',
    [
        (b'a\r\nb\r\n\xe9 c\r\n', 'line 3: byte 0xe9'),
        (b'a\rb \xc3', 'line 2: byte 0xc3'),  # the first of two bytes
        (b'a\nb\xed\xa0\x80', 'line 2: byte 0xed'),  # half a pair, which is no character
        (b'a\nb\0', 'line 2: byte 0x00'),
        ('a\nb'.encode('utf-16-le'), 'line 1: byte 0x00'),  # without a mark
        ('a\nb'.encode('utf-32'), 'line 1: byte 0x00'),
        (b'\xff\xfea\0\n\0b\0\0\xd8c\0', 'line 2: byte 0x00'),  # half a pair
        (b'\xff\xfea\0\n\0b\0c', 'line 2: byte 0x63'),  # half a unit
    ],
)
def test_other_encodings_are_named(tmp_path, content, named):
    (tmp_path / 'l.txt').write_bytes(content)
    with pytest.raises(ValueError, match=f'l.txt, {named} is not UTF-8 .*iconv') as raised:
        list(read_lines(str(tmp_path / 'l.txt')))
    assert not isinstance(raised.value, UnicodeDecodeError)


def test_a_wrong_byte_far_in_a_long_file(tmp_path):
    (tmp_path / 'l.txt').write_bytes(b'0123456789\n' * 50_000 + b'\xe9\n' + b'0\n' * 9)
    with pytest.raises(ValueError, match='line 50001: byte 0xe9'):
        list(read_lines(str(tmp_path / 'l.txt')))


# --- fields


@pytest.mark.parametrize('delimiter', DELIMITERS)
def test_rows_by_each_delimiter(tmp_path, delimiter):
    rows = ['path', 'label', 'age'], [f'"a{delimiter}b, c; d.jpg"', '3', '""'], ['', '4', 'x']
    text = '\n\n'.join(delimiter.join(row) for row in rows)
    (tmp_path / 't.csv').write_text(text)
    found = list(read_csv(str(tmp_path / 't.csv')))
    assert found[0] == (1, ['path', 'label', 'age'])
    assert found[1] == (3, [f'a{delimiter}b, c; d.jpg', '3', ''])
    # Blanks in a row are one delimiter, so that no field can be empty.
    assert found[2] == (5, ['4', 'x'] if delimiter == ' ' else ['', '4', 'x'])


@pytest.mark.parametrize(
    'lines, delimiter',
    [
        (['path', 'a b.jpg', 'c.jpg'], ','),  # one column
        ([], ','),
        (['path label', 'a.jpg   3'], ' '),
        (['Image name|the label', 'a b.jpg|3', 'c d.jpg|4'], '|'),
        (['Image name\tlabel', 'a b.jpg\t3', 'c.jpg\t4'], '\t'),
        (['path,pixels', 'a.jpg,1 2 3', 'b.jpg,1 2 3'], ','),
        (['a.jpg,1;2;3,4', 'b.jpg,1;2;3,4', 'c.jpg,1;2;3'], ','),  # the last one is cut
        (['a.png,"(0, 0)",1', 'b.png,"(0, 0)"', 'c.png,"(0, 0)",2'], ','),
        (['a.png;"(0, 0)";1', 'b.png;"(0, 0)";2'], ';'),
        (['path;label', '"a;b, c.jpg";3', "d'or, it's.jpg;4"], ';'),
        (['# a, comment, of, ours', 'path;label'], ';'),
    ],
)
def test_sniffed(lines, delimiter):
    assert sniff_delimiter(lines) == delimiter


def test_a_field_too_long_is_named(tmp_path):
    (tmp_path / 't.csv').write_text('path,label\n' + 'x' * 200_000 + ',1')
    with pytest.raises(ValueError, match='t.csv, line 2: is no row of a CSV'):
        list(read_csv(str(tmp_path / 't.csv')))


def test_a_line_longer_than_any_row(tmp_path):
    path = tmp_path / 't.txt'
    path.write_text('a 1\n' + 'x' * 999_998 + '\n')
    assert [line for line, _ in raw_lines(str(path))] == [1, 2]
    path.write_text('a 1\n' + 'x' * 2_000_000)
    with pytest.raises(ValueError, match='t.txt, line 2: has more than 1000000 characters'):
        list(raw_lines(str(path)))


def test_an_open_quote_harms_its_row_alone(tmp_path):
    (tmp_path / 't.csv').write_text('a,1\n"b,2\nc,3')
    assert list(read_csv(str(tmp_path / 't.csv'))) == [
        (1, ['a', '1']),
        (2, ['b,2']),
        (3, ['c', '3']),
    ]
    assert split_csv(' a ; "b;c" ', '', ';') == ['a', 'b;c']


# --- numbers

NO_NUMBERS = ['1_0', '\uff11', '\u0661', '0x10', '0x1p3', '1e', '1.2.3', '--1', '1 2', '']
ENDLESS = ['nan', 'inf', '-Infinity', '1e999']


@pytest.mark.parametrize('text', NO_NUMBERS)
def test_no_numbers(text):
    assert parse_number(text) is parse_number(text, finite=False) is parse_id(text) is None
    assert not np.isfinite(parse_numbers(['1', text, '2'])).tolist()[1]


@pytest.mark.parametrize('text', ENDLESS)
def test_endless_numbers(text):
    assert parse_number(text) is None and parse_id(text) is None
    assert str(parse_number(text, finite=False)) == str(float(text))
    assert not np.isfinite(parse_numbers([text, '2'])).tolist()[0]


def test_numbers():
    texts = ['3', '-3', '+3', '3.', '.5', '-0.25', '1e3', '2E-2']
    assert [parse_number(text) for text in texts] == [3, -3, 3, 3, 0.5, -0.25, 1000, 0.02]
    assert parse_numbers(texts).tolist() == [3, -3, 3, 3, 0.5, -0.25, 1000, 0.02]
    assert parse_numbers([]).shape == (0,)
    assert [parse_id(text) for text in ('7', '-1', '2.00', '1e3', '2.5')] == [7, -1, 2, None, None]
    votes = parse_votes(['0', '.5', '1e1'], 3, 'x')
    assert votes.tolist() == [0, 0.5, 10] and votes.dtype == np.float32
    with pytest.raises(ValueError, match='x: 2 vote columns; expected 3'):
        parse_votes(['0', '1'], 3, 'x')
    with pytest.raises(ValueError, match='are no votes'):
        parse_votes(['0', '1e39'], 2, 'x')  # more than float32 holds


def own(root, **kwargs):
    data = FERFolder(
        str(root), classes=('happy', 'sad'), ann_file='t.csv', lazy_init=True, **kwargs
    )
    return data.read()


def ferplus(root, **kwargs):
    return FERPlus(str(root), lazy_init=True, **kwargs).read()


def rafdb(root):
    list_of_labels = root / 'EmoLabel/list_patition_label.txt'
    if not list_of_labels.exists():
        list_of_labels.write_text('train_00001.jpg 1\ntrain_00002.jpg 2\n')
    return RAFDB(str(root), lazy_init=True).read()


FIVE = '1,2,5,2,3,4,1,6,5,'
# Reader: file, what is in it, and who reads it; the value stands on the second line.
OF_NUMBERS = {
    'own votes': ('t.csv', 'path,happy,sad\na.png,{},2', own),
    'FER+ label.csv': (
        'FER2013Train/label.csv',
        f'a.png,box{",1" * 10}\nb.png,box{",1" * 9},{{}}',
        ferplus,
    ),
    'fer2013new.csv': (
        'fer2013new.csv',
        f'{",".join(HEADER)}\nTraining,a.png{",1" * 9},{{}}',
        lambda root: ferplus(root, vote_file='fer2013new.csv'),
    ),
    'RAF-DB votes': (
        'EmoLabel/distribution_basic.txt',
        f'train_00001.jpg{" 1" * 7}\ntrain_00002.jpg{" 1" * 6} {{}}',
        rafdb,
    ),
    'AffectNet boxes': (
        't.csv',
        f'{",".join(COLUMNS)}\na.jpg,1,{{}},3,4,x,2,0,0',
        lambda root: list(read_original_list(str(root / 't.csv'))),
    ),
    'AffectNet landmarks': (
        't.csv',
        f'{",".join(COLUMNS)}\na.jpg,1,2,3,4,{"1;" * 135}{{}},2,0,0',
        lambda root: LandmarkTable(root / 't.csv', as_listed=True),
    ),
    'landmarks': (
        't.csv',
        f'a.jpg,{FIVE}6\nb.jpg,{FIVE}{{}}',
        lambda root: LandmarkTable(root / 't.csv', as_listed=True),
    ),
    'RAF-DB landmarks': (
        'train_1_manu_attri.txt',
        '1 2\n1 {}\n3 4\n5 6\n7 8',
        lambda root: LandmarkTable(root, as_listed=True),
    ),
}
OF_IDS = {
    'own labels': ('t.csv', 'path,label\na.png,{}\nb.png,1\nc.png,2', own),
    'own annotators': (
        't.csv',
        'path,anna,ben\na.png,1,{}\nb.png,1,2',
        lambda root: own(root, annotators=['anna', 'ben']),
    ),
    'RAF-DB labels': (
        'EmoLabel/list_patition_label.txt',
        'train_00001.jpg 1\ntrain_00002.jpg {}',
        rafdb,
    ),
    'label list': ('t.csv', 'a.jpg,1\nb.jpg,{}', lambda root: read_label_rows(str(root / 't.csv'))),
    'label list with a header': (
        't.csv',
        'label,path\n{},b.jpg',
        lambda root: read_label_rows(str(root / 't.csv')),
    ),
    'AffectNet expressions': (
        't.csv',
        f'{",".join(COLUMNS)}\na.jpg,1,2,3,4,x,{{}},0,0',
        lambda root: list(read_original_list(str(root / 't.csv'))),
    ),
}


def read(tmp_path, reader, value):
    name, text, call = reader
    (tmp_path / 'EmoLabel').mkdir()
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text(text.format(value), encoding='utf-8')
    return call(tmp_path)


@pytest.mark.parametrize('reader', [*OF_NUMBERS, *OF_IDS])
@pytest.mark.parametrize(
    'value', ['1_0', '\uff11', '0x10', '0x1p3', 'nan', 'inf', '1e999', '1e3', '1.5']
)
def test_every_reader_takes_numbers_alike(tmp_path, reader, value):
    counted = reader in ('FER+ label.csv', 'fer2013new.csv')  # whole numbers, ten in all
    if reader in OF_NUMBERS and value in ('1e3', '1.5') and not counted:
        read(tmp_path, OF_NUMBERS[reader], value)
        return
    given = {**OF_NUMBERS, **OF_IDS}[reader]
    with pytest.raises(ValueError, match=f'{given[0]}, line 2: .*{re.escape(value)}'):
        read(tmp_path, given, value)


@pytest.mark.parametrize('reader', OF_IDS)
def test_ids_as_pandas_writes_them(tmp_path, reader):
    read(tmp_path, OF_IDS[reader], '1.0')


def test_paths_stay_inside():
    assert join_inside('data', 'a\\b.jpg', 'x') == 'data/a/b.jpg'
    for name in ('', '../a.jpg', 'a/../../b.jpg', '/a.jpg', 'C:\\a.jpg'):
        with pytest.raises(ValueError, match='x: the image name .* leads out'):
            join_inside('data', name, 'x')
