"""FERPlus's folders from two small tables."""

import csv

import numpy as np
import pytest
from PIL import Image

from mmfer.data_report import copy_votes, write_ferplus_folders
from mmfer.datasets import FERPlus
from mmfer.datasets.ferplus import HEADER
from mmfer.utils.files import leftovers

USAGES = ('Training', 'PublicTest', 'PrivateTest')
# Usage, name, votes: names drift from the number of the row; one comes twice (fer0033120.png).
ROWS = [
    ('Training', 'fer0000000.png', [9, 1, 0, 0, 0, 0, 0, 0, 0, 0]),
    ('Training', '', [0, 0, 0, 0, 0, 0, 0, 0, 0, 10]),
    ('Training', 'fer0000002.png', [0, 10, 0, 0, 0, 0, 0, 0, 0, 0]),
    ('Training', 'fer0000001.png', [0, 0, 0, 10, 0, 0, 0, 0, 0, 0]),
    ('Training', 'fer0000000.png', [0, 0, 0, 0, 0, 0, 0, 0, 0, 10]),
    ('PublicTest', 'fer0000003.png', [0, 0, 0, 0, 10, 0, 0, 0, 0, 0]),
    ('PrivateTest', 'fer0000004.png', [0, 0, 0, 0, 0, 10, 0, 0, 0, 0]),
]


def pixels_of(row):
    return np.random.default_rng(row).integers(0, 256, (48, 48), dtype=np.uint8)


@pytest.fixture
def tables(tmp_path):
    """Returns a function that writes both tables and returns their paths."""

    def write(rows=ROWS, images=None, usages=None, header=('emotion', 'pixels', 'Usage')):
        fer2013, votes = tmp_path / 'fer2013.csv', tmp_path / 'in' / 'fer2013new.csv'
        votes.parent.mkdir(exist_ok=True)
        images = images or [pixels_of(i) for i in range(len(rows))]
        with open(fer2013, 'w', newline='') as file:
            writer = csv.writer(file)
            writer.writerow(header)
            for image, usage in zip(images, usages or [row[0] for row in rows]):
                text = image if isinstance(image, str) else ' '.join(map(str, image.ravel()))
                values = dict(emotion=0, pixels=text, Usage=usage)
                writer.writerow([values[name.strip()] for name in header])
        with open(votes, 'w', newline='') as file:
            csv.writer(file).writerows([HEADER, *([u, name, *given] for u, name, given in rows)])
        return fer2013, votes

    return write


def image(path):
    with Image.open(path) as file:
        assert (file.mode, file.size) == ('L', (48, 48))
        return np.array(file)


def test_joined_by_row_not_by_number(tables, tmp_path):
    root = tmp_path / 'root'
    counts = write_ferplus_folders(*tables(), root)
    assert counts == {'written': 5, 'empty name': 1, 'duplicate name': 1, 'other pixels': 1}
    found = {path.relative_to(root).as_posix() for path in root.rglob('*.png')}
    assert found == {
        'FER2013Train/fer0000000.png',
        'FER2013Train/fer0000001.png',
        'FER2013Train/fer0000002.png',
        'FER2013Valid/fer0000003.png',
        'FER2013Test/fer0000004.png',
    }
    for name, row in (
        ('Train/fer0000000', 0),
        ('Train/fer0000002', 2),
        ('Train/fer0000001', 3),
        ('Valid/fer0000003', 5),
        ('Test/fer0000004', 6),
    ):
        assert np.array_equal(image(root / f'FER2013{name}.png'), pixels_of(row))
    assert not list(root.rglob('label.csv'))


def test_the_reader_takes_it(tables, tmp_path):
    write_ferplus_folders(*tables(), tmp_path / 'root')
    data = FERPlus(str(tmp_path / 'root'), vote_file='fer2013new.csv')
    assert [data.get_data_info(i)['gt_label'] for i in range(len(data))] == [0, 1, 3]
    for split, label in (('valid', 4), ('test', 5)):
        (entry,) = FERPlus(
            str(tmp_path / 'root'), split=split, vote_file='fer2013new.csv'
        ).load_data_list()
        assert entry['gt_label'] == label


def test_columns_in_another_order(tables, tmp_path):
    """As in another copy of the table on Kaggle, with blanks in the header."""
    fer2013, votes = tables(header=('emotion', ' Usage', ' pixels'))
    write_ferplus_folders(fer2013, votes, tmp_path / 'root')
    assert np.array_equal(image(tmp_path / 'root/FER2013Test/fer0000004.png'), pixels_of(6))


def test_second_run_writes_nothing(tables, tmp_path):
    root, given = tmp_path / 'root', tables()
    write_ferplus_folders(*given, root)
    times = {path: path.stat().st_mtime_ns for path in root.rglob('*')}
    assert write_ferplus_folders(*given, root) == {}
    assert {path: path.stat().st_mtime_ns for path in root.rglob('*')} == times


def test_a_folder_that_is_there_is_left_alone(tables, tmp_path):
    root = tmp_path / 'root'
    (root / 'FER2013Train').mkdir(parents=True)
    (root / 'FER2013Train' / 'mine.txt').write_text('mine')
    counts = write_ferplus_folders(*tables(), root)
    assert counts['written'] == 2 and counts['folder was there'] == 3
    assert [path.name for path in (root / 'FER2013Train').iterdir()] == ['mine.txt']


@pytest.mark.parametrize(
    'change, message',
    [
        (
            dict(usages=['Training'] * 5 + ['PublicTest'] * 2),
            "2013.csv, line 8: Usage 'PublicTest', but 'PrivateTest' in .*2013new.csv, line 8",
        ),
        (dict(rows=[('Test', 'a.png', [0] * 10)]), "line 2: Usage 'Test' is unknown"),
        (
            dict(rows=[('Training', '../a.png', [0] * 10)]),
            "fer2013new.csv, line 2: '../a.png' is no name",
        ),
        (
            dict(images=[pixels_of(0)] * 6 + [pixels_of(0)[1:]]),
            'line 8: pixels are not 2304 numbers of 0 to 255, but 2256 numbers',
        ),
        (dict(images=['256 ' * 2304] * 7), 'line 2: pixels are not 2304 numbers of 0 to 255'),
        (dict(images=['1_0 ' * 2304] * 7), 'line 2: pixels are not .*1_0'),
        (dict(images=['\uff11 ' * 2304] * 7), 'line 2: pixels are not .*\uff11'),
        (dict(images=['0x1 ' * 2304] * 7), 'line 2: pixels are not .*0x1'),
        (dict(images=['-1 ' * 2304] * 7), 'line 2: pixels are not .*-1'),
        (dict(images=['1 two'] * 7), 'line 2: pixels are not'),
        (dict(images=['9' * 30] * 7), 'line 2: pixels are not'),
        (
            dict(header=('emotion', 'Usage')),
            r"2013.csv, line 1: the header \['emotion', 'Usage'\] needs one column of the pixels",
        ),
    ],
)
def test_tables_that_do_not_fit(tables, tmp_path, change, message):
    root = tmp_path / 'root'
    with pytest.raises(ValueError, match=message):
        write_ferplus_folders(*tables(**change), root)
    assert list(root.rglob('*')) == [] and leftovers(root / 'ferplus') == []


@pytest.mark.parametrize('which', [0, 1], ids=['fer2013.csv', 'fer2013new.csv'])
@pytest.mark.parametrize(
    'encode, message',
    [
        (
            lambda text: text.replace('Training', 'Entra\xeenement', 2).encode('latin-1'),
            'line 2: byte 0xee is not UTF-8',
        ),
        (
            lambda text: text.replace('Training', '9' * 200_000, 1).encode(),
            'line 2: is no row of a CSV',
        ),
    ],
)
def test_no_csv_in_utf_8(tables, tmp_path, which, encode, message):
    path = tables()[which]
    path.write_bytes(encode(path.read_bytes().decode()))
    with pytest.raises(ValueError, match=f'{path.name}, {message}') as raised:
        write_ferplus_folders(
            tmp_path / 'fer2013.csv', tmp_path / 'in' / 'fer2013new.csv', tmp_path / 'root'
        )
    assert not isinstance(raised.value, UnicodeDecodeError)
    assert list((tmp_path / 'root').rglob('*')) == []


@pytest.mark.parametrize('encoding', ['utf-8', 'utf-16'])
@pytest.mark.parametrize('delimiter', ';\t|')
def test_other_delimiters_and_encodings(tables, tmp_path, encoding, delimiter):
    given = tables()
    for path in given:
        path.write_bytes(path.read_bytes().decode().replace(',', delimiter).encode(encoding))
    assert write_ferplus_folders(*given, tmp_path / 'root')['written'] == 5
    assert np.array_equal(image(tmp_path / 'root/FER2013Test/fer0000004.png'), pixels_of(6))


def test_mark_windows_lines_and_blank_lines(tables, tmp_path):
    given = tables()
    for path in given:
        lines = path.read_bytes().splitlines()
        path.write_bytes(b'\xef\xbb\xbf' + b'\r\n\r\n'.join([*lines, b'']))
    assert write_ferplus_folders(*given, tmp_path / 'root')['written'] == 5
    assert np.array_equal(image(tmp_path / 'root/FER2013Test/fer0000004.png'), pixels_of(6))


def test_progress_comes_near_the_end(tables, tmp_path):
    fer2013, votes = tables()
    calls = []
    write_ferplus_folders(
        fer2013, votes, tmp_path / 'root', progress=lambda *call: calls.append(call)
    )
    size = fer2013.stat().st_size
    done = [call[0] for call in calls]
    assert {call[1] for call in calls} == {size} and done == sorted(done)
    assert 0.998 * size < done[-1] <= size


def test_one_table_is_shorter(tables, tmp_path):
    fer2013, votes = tables()
    lines = votes.read_text().splitlines()
    votes.write_text('\n'.join(lines[:-1]))
    with pytest.raises(ValueError, match=r'fer2013new.csv ends before row 7, .*fer2013.csv does'):
        write_ferplus_folders(fer2013, votes, tmp_path / 'root')
    votes.write_text('\n'.join([*lines, lines[-1]]))
    with pytest.raises(ValueError, match=r'fer2013.csv ends before row 8'):
        write_ferplus_folders(fer2013, votes, tmp_path / 'root')
    with pytest.raises(FileNotFoundError, match='nothing.csv'):
        write_ferplus_folders(tmp_path / 'nothing.csv', votes, tmp_path / 'root')


def test_votes_are_not_overwritten(tables, tmp_path):
    _, votes = tables()
    assert copy_votes(votes, tmp_path / 'root') == 'written'
    assert copy_votes(votes, tmp_path / 'root') == 'reused'
    assert (tmp_path / 'root/fer2013new.csv').read_bytes() == votes.read_bytes()
    votes.write_text('others')
    with pytest.raises(ValueError, match='differs from'):
        copy_votes(votes, tmp_path / 'root')
