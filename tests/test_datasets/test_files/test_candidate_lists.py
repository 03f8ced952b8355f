"""Lists of candidate sets that people wrote, and every way to be wrong."""

import numpy as np
import pytest

from mmfer.datasets import RAFDB
from mmfer.datasets.files.candidate_lists import class_numbers, parse_set, read_set_rows
from mmfer.datasets.files.image_table import Images, read_candidates

NAMES = [f'train_{i + 1:05d}.jpg' for i in range(14)]
DIGITS = tuple('1234567')


def scores_of(root, text, **candidates):
    (root / 'c.txt').write_text(text)
    data = RAFDB(str(root), candidates=dict(kind='file', path='c.txt', **candidates))
    return np.stack([data.get_data_info(i)['gt_score'] for i in range(14)])


def rows(sets='1,2'):
    """A line an image."""
    return [f'{name} {sets}' for name in NAMES]


def test_rows_by_their_parts(tmp_path):
    path = tmp_path / 'c.txt'
    path.write_text('# by hand\n\na b.jpg 2|1,3\nc.jpg\tfear:3,joy:1\n')
    first, second = read_set_rows(str(path))
    assert first == (3, 'a b.jpg', ['1', '3'], [0.5, 0.5], '2')
    assert second == (4, 'c.jpg', ['fear', 'joy'], [0.75, 0.25], '')


def test_shares_that_sum_to_1_stay_as_they_are():
    shares = [float(np.float32(share)) for share in (0.7, 0.1, 0.2)]  # 1 + 2e-9
    text = ';'.join(f'{i}:{np.float32(share)!s}' for i, share in enumerate(shares))
    assert np.float32(parse_set('c', 1, 'a', text).shares).tolist() == shares


def test_numbers_of_words():
    found = class_numbers('c', [parse_set('c', 1, 'a', 'joy;3', '2')], ('joy', 'fear'), 2, 0)
    assert found == dict(joy=0, fear=1) | {'3': 1, '2': 0}


@pytest.mark.parametrize(
    'sets', ['2,7', 'fear,neutral', '2,neutral', 'fear:.5,neutral:.5', '2:3,7:3']
)
def test_ids_names_and_weights(rafdb_root, sets):
    scores = scores_of(rafdb_root, '\n'.join(rows(sets)))
    assert (scores == [0, 0.5, 0, 0, 0, 0, 0.5]).all()


def test_votes_as_weights(rafdb_root):
    scores = scores_of(rafdb_root, '\n'.join(rows('fear:6,neutral:2')))
    assert (scores == [0, 0.75, 0, 0, 0, 0, 0.25]).all()


def test_large_weights_keep_their_proportion(rafdb_root):
    scores = scores_of(rafdb_root, '\n'.join(rows('fear:3e307,neutral:1e308')))
    np.testing.assert_allclose(scores[0][[1, 6]], [3 / 13, 10 / 13], rtol=1e-6)
    assert (scores[0] > 0).sum() == 2
    # their sum is beyond the largest float
    scores = scores_of(rafdb_root, '\n'.join(rows('2:1e308,7:1e308')))
    assert (scores == [0, 0.5, 0, 0, 0, 0, 0.5]).all()


def test_ids_from_0(rafdb_root):
    text = '\n'.join(['train_00001.jpg 0,6', *rows('1,6')[1:]])
    for base in ({}, dict(id_base=0)):
        scores = scores_of(rafdb_root, text, **base)
        assert np.flatnonzero(scores[0]).tolist() == [0, 6]
        assert np.flatnonzero(scores[1]).tolist() == [1, 6]


def test_numbers_of_others_are_ids_where_names_are_numbers_too(tmp_path):
    path = tmp_path / 'c.txt'
    path.write_text('a 1,2\nb 2,3\nc 3')

    def read(classes, **kwargs):
        images = Images(list('abc'), classes)
        found = read_candidates(str(path), images, np.zeros(3, int), **kwargs)
        return [np.flatnonzero(row).tolist() for row in found]

    for classes in (DIGITS, tuple('abcdefg')):
        assert read(classes, id_base=0) == [[1, 2], [2, 3], [3]]
        assert read(classes, id_base=1) == [[0, 1], [1, 2], [2]]
    for classes in (DIGITS, ('a', 'b', 'c', '9')):
        with pytest.raises(
            ValueError,
            match="c.txt, line 1: '1' .*of 'a' may be a class id or a class name.*give id_base",
        ):
            read(classes)
    path.write_text('a x\nb y,x\nc y')  # names alone are no riddle
    assert read(('x', 'y', '1')) == [[0], [0, 1], [1]]


def test_rows_of_other_images_are_passed_over(rafdb_root):
    text = '\n'.join(['# by hand', 'test_0001.jpg 3', *rows()[::-1], '/a/path/of/x.jpg 7'])
    assert (scores_of(rafdb_root, text)[:, :2] == 0.5).all()


@pytest.mark.parametrize(
    'line, named',
    [
        ('train_00001.jpg', "line 2: .*is no candidate set of 'train_00001.jpg'"),
        ('train_00001.jpg -', 'line 2: .*is no candidate set'),
        ('train_00001.jpg []', 'line 2: .*is no candidate set'),
        ('train_00001.jpg ,', 'line 2: .*is no candidate set'),
        ('train_00001.jpg 3|', 'line 2: .*is no candidate set'),
        ('train_00001.jpg |3', 'line 2: .*no label before the bar'),
        ('train_00001.jpg 1, 2', 'line 2: .*blanks between'),
        ('train_00001.jpg 1,,2', 'line 2: .*is no candidate set'),
        ('train_00001.jpg 1:2:3', 'line 2: .*is no candidate set'),
        (
            'train_00001.jpg 1,8',
            r"line 2: class id 8 of 'train_00001.jpg' is "
            r'unknown; allowed: 1 to 7',
        ),
        ('train_00001.jpg 8|1', 'line 2: class id 8'),
        ('train_00001.jpg 1,-1', 'line 2: class id -1'),
        ('train_00001.jpg joy,2', "line 2: 'joy' .*'train_00001.jpg' is no class"),
        ('train_00001.jpg joy|2', "line 2: 'joy' "),
        ('train_00001.jpg 2.5', "line 2: '2.5' "),
        ('train_00001.jpg 2,2', 'line 2: .*has a class twice'),
        ('train_00001.jpg 2,fear', 'line 2: .*has a class twice'),
        ('train_00001.jpg 1:.5,2', 'line 2: .*each with a number above 0'),
        ('train_00001.jpg 1:.5,2:0', 'line 2: .*each with a number above 0'),
        ('train_00001.jpg 1:.5,2:-1', 'line 2: .*each with a number above 0'),
        ('train_00001.jpg 1:.5,2:x', 'line 2: .*each with a number above 0'),
        ('train_00001.jpg 1:inf', 'line 2: .*each with a number above 0'),
        ('train_00001.jpg 1:1e-60,2:1', "line 2: .*of 'train_00001.jpg' .*too far apart"),
        (
            'train_00001.jpg 5|1,2',
            "line 2: .*made for the label 'sadness', but this data set gives 'surprise'",
        ),
        (
            'train_00003.jpg 1',
            'line 1: 1 names .*more than one row.*train_00003.jpg .lines 2 and 4',
        ),
        ('other.jpg 1', "line 1: 1 of 14 .*no row, the first are .'train_00001.jpg'"),
    ],
)
def test_bad_rows(rafdb_root, line, named):
    lines = rows()
    text = '\n'.join([lines[13], line, *lines[1:13]])
    with pytest.raises(ValueError, match=f'c.txt, {named}'):
        scores_of(rafdb_root, text, id_base=1)


def test_a_file_for_other_images(rafdb_root):
    text = '\n'.join(['# x', *[f'face{i}.png 1,2' for i in range(14)]])
    with pytest.raises(ValueError, match="c.txt, line 2: 14 of 14 .*begins with .'face0.png'"):
        scores_of(rafdb_root, text)
    with pytest.raises(ValueError, match='c.txt: holds no rows'):
        scores_of(rafdb_root, '# nothing\n')


def test_mixed_ids_are_refused(rafdb_root):
    lines = rows()
    lines[3] = f'{NAMES[3]} 0,7'
    with pytest.raises(ValueError, match='id 0 .line 4. and class id 7 .line 4. are mixed'):
        scores_of(rafdb_root, '\n'.join(lines))
