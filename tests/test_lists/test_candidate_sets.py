"""Candidate sets in tables and lists: written, read back, and every way to be wrong."""

import hashlib

import numpy as np
import pytest

from mmfer.datasets import RAFDB, FERPlus
from mmfer.functional import candidate_score
from mmfer.lists.candidate_sets import read_candidates, write_candidates
from mmfer.lists.image_table import Images, read_header

CLASSES = RAFDB.METAINFO['classes']
NAMES = [f'train_{i + 1:05d}.jpg' for i in range(14)]
RAF = Images(NAMES, CLASSES, 1)
LABELS = np.arange(14) % 7
DIGITS = tuple('1234567')


def scores_of(root, text=None, **candidates):
    if text is not None:
        (root / 'c.txt').write_text(text)
        candidates.setdefault('min_held', 0)  # most tests give all images one set
    data = RAFDB(str(root), candidates=dict(kind='file', path='c.txt', **candidates))
    return np.stack([data.get_data_info(i)['gt_score'] for i in range(14)])


def sets_of(seed=0, n=14, k=7):
    sets = np.random.default_rng(seed).random((n, k)) < 0.4
    sets[np.arange(n), np.arange(n) % k] = True
    return sets


def put_sets(root, scores, images=RAF, labels=LABELS, clean=LABELS):
    (root / 'c.txt').unlink(missing_ok=True)
    said = dict(scheme='by hand', seed=3)
    return write_candidates(str(root / 'c.txt'), images, scores, labels, said, clean)


def rows_of(path):
    return [line for line in path.read_text().splitlines() if not line.startswith('#')]


def rows(sets='1,2'):
    """A list with a line an image."""
    return [f'{name} {sets}' for name in NAMES]


# --- tables


@pytest.mark.parametrize('weighted', [False, True])
def test_sets_read_back_equal(rafdb_root, weighted):
    score = candidate_score(sets_of())
    if weighted:
        score = score * np.random.default_rng(1).random(score.shape)
        score /= score.sum(axis=1, keepdims=True)
    score = score.astype(np.float32)
    header = put_sets(rafdb_root, score)
    assert np.array_equal(scores_of(rafdb_root), score)
    assert header == read_header(str(rafdb_root / 'c.txt'))
    assert (':' in rows_of(rafdb_root / 'c.txt')[-2]) == weighted
    (rafdb_root / 'c.txt').write_text('\n'.join(rows_of(rafdb_root / 'c.txt')))
    assert np.array_equal(scores_of(rafdb_root), score)


@pytest.mark.parametrize('base', [0, 1])
def test_any_names_read_back(tmp_path, odd_names, base):
    classes = [f'c {i}, or so' for i in range(8)]  # ids stand for them
    labels = np.random.default_rng(2).integers(0, 8, 300)
    score = candidate_score(sets_of(5, 300, 8)).astype(np.float32)
    put_sets(tmp_path, score, Images(odd_names, classes, base), labels, None)
    path = str(tmp_path / 'c.txt')
    assert np.array_equal(read_candidates(path, Images(odd_names, classes), labels), score)
    # in another order, and of some of them
    found = read_candidates(path, Images(odd_names[99::-1], classes), labels[99::-1])
    assert np.array_equal(found, score[99::-1])


@pytest.mark.parametrize('classes', [tuple('1234567'), tuple('7654321'), ('0', '1', '10', '2')])
def test_names_that_are_numbers_read_back(tmp_path, classes):
    sets = sets_of(3, 14, len(classes))
    labels = np.arange(14) % len(classes)
    for base in (0, 1):
        put_sets(tmp_path, candidate_score(sets), Images(NAMES, classes, base), labels, None)
        found = read_candidates(str(tmp_path / 'c.txt'), Images(NAMES, classes), labels)
        assert np.array_equal(found > 0, sets)


def test_sets_say_where_they_come_from(rafdb_root):
    sets = np.eye(7, dtype=bool)[LABELS]
    sets[:4, 6] = True  # one more each
    sets[7, 0], sets[7, 1] = False, True  # without its clean label
    header = put_sets(rafdb_root, candidate_score(sets))
    assert (header['scheme'], header['seed']) == ('by hand', 3)
    assert (header['classes'], header['num_classes'], header['id_base']) == (list(CLASSES), 7, 1)
    assert header['sizes'] == {'1': 10, '2': 4} and header['images'] == 14
    assert header['coverage'] == round(13 / 14, 6)
    body = rows_of(rafdb_root / 'c.txt')
    assert body[0] == 'image,label,candidates'
    assert body[1] == 'train_00001.jpg,1,1;7'
    assert body[8] == 'train_00008.jpg,1,2'
    assert header['sha256'] == hashlib.sha256('\n'.join(body).encode()).hexdigest()
    assert 'coverage' not in put_sets(rafdb_root, sets, clean=None)


def test_given_label_is_added_on_demand(rafdb_root):
    sets = np.zeros((14, 7), dtype=bool)
    sets[:, [0, 1]] = True
    put_sets(rafdb_root, candidate_score(sets))
    assert (scores_of(rafdb_root)[:, :2] == 0.5).all()
    added = scores_of(rafdb_root, given='added')
    assert (added[[0, 1, 7, 8], :2] == 0.5).all()
    np.testing.assert_allclose(added[2], [1 / 3] * 3 + [0] * 4, rtol=1e-6)


def test_edited_sets_are_refused(rafdb_root):
    put_sets(rafdb_root, candidate_score(sets_of()))
    whole = (rafdb_root / 'c.txt').read_text()
    line = read_header(str(rafdb_root / 'c.txt')).lines['sha256']
    for text in (whole.replace('00003.jpg,3,', '00003.jpg,3,7;'), whole.rsplit('\n', 2)[0]):
        assert text != whole
        with pytest.raises(ValueError, match=f'c.txt, line {line}: .*edited or cut'):
            scores_of(rafdb_root, text)
    with pytest.raises(ValueError, match='line 3: '):
        scores_of(rafdb_root, whole.replace('# seed: 3', '# seed 3'))
    with pytest.raises(ValueError, match="lacks 'id_base'"):
        scores_of(rafdb_root, whole.replace('# id_base: 1\n', ''))


def test_sets_for_other_classes_are_refused(rafdb_root, ferplus_root):
    put_sets(rafdb_root, candidate_score(sets_of()))
    with pytest.raises(
        ValueError,
        match=r'c.txt, line 4: was made for the '
        r'classes .*surprise.*\(7\).*has .*contempt.*\(8\)',
    ):
        FERPlus(str(ferplus_root), candidates=dict(kind='file', path=str(rafdb_root / 'c.txt')))


def test_sets_for_other_labels_are_refused(rafdb_root):
    """They would tell the labels that noise has changed."""
    put_sets(rafdb_root, candidate_score(sets_of()))
    noise = dict(kind='pair', rate=0.2, seed=0)
    noisy = RAFDB(str(rafdb_root), noise=noise)
    given = [noisy.get_data_info(i)['gt_label'] for i in range(14)]
    first = int(np.flatnonzero(given != LABELS)[0])
    with pytest.raises(
        ValueError,
        match=rf"line {first + 12}: .*'train_{first + 1:05d}.jpg' was made for the label "
        rf"'{CLASSES[first % 7]}', but .*'{CLASSES[given[first]]}'",
    ):
        RAFDB(str(rafdb_root), noise=noise, candidates=dict(kind='file', path='c.txt'))
    put_sets(rafdb_root, candidate_score(sets_of()), labels=np.array(given))
    data = RAFDB(str(rafdb_root), noise=noise, candidates=dict(kind='file', path='c.txt'))
    assert np.array_equal(data.get_data_info(3)['gt_score'] > 0, sets_of()[3])


def test_no_empty_set_is_written(tmp_path):
    with pytest.raises(ValueError, match='row 2 is empty'):
        put_sets(tmp_path, np.eye(14, 7)[[0, 1, 9, *range(3, 7), *range(7)]])
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    'row, named',
    [
        ('a.jpg,2,', "line 2: '' is no candidate set of 'a.jpg'"),
        ('a.jpg,2,1;;2', 'line 2: .*is no candidate set'),
        ('a.jpg,2,2;fear', 'line 2: .*has a class twice'),
        ('a.jpg,2,2:1', None),
        ('a.jpg,fear,"fear,joy"', None),
        ('a.jpg,,2', None),
        ('a.jpg,joy,1', "line 2: .*made for the label 'joy', but this data set gives 'fear'"),
        ('a.jpg,2,3', "line 2: class id 3 of 'a.jpg' is unknown; allowed: 1 to 2"),
        ('a.jpg,3,1', 'line 2: class id 3'),
    ],
)
def test_sets_by_hand(tmp_path, row, named):
    (tmp_path / 'c.csv').write_text(f'image,label,candidates\n{row}\n')

    def read():
        images = Images(['a.jpg'], ('joy', 'fear'))
        return read_candidates(str(tmp_path / 'c.csv'), images, [1], 1, 0)[0]

    if named is None:
        assert read()[1] == (0.5 if 'joy' in row else 1)
        return
    with pytest.raises(ValueError, match=named):
        read()


def test_id_base_beside_that_of_the_header(rafdb_root):
    score = candidate_score(sets_of()).astype(np.float32)
    put_sets(rafdb_root, score)
    assert np.array_equal(scores_of(rafdb_root, id_base=1), score)
    with pytest.raises(
        ValueError, match='c.txt, line 6: its first class id is 1, but id_base=0 is given'
    ):
        scores_of(rafdb_root, id_base=0)


# --- lists


def test_rows_by_their_parts(tmp_path):
    path = tmp_path / 'c.txt'
    path.write_text('# by hand\n\na b.jpg 2|1,3\nc.jpg\tfear:3,joy:1\n')
    images = Images(['c.jpg', 'a b.jpg'], ('joy', 'fear', 'calm'))
    found = read_candidates(str(path), images, [2, 1], None, 0)
    assert found.tolist() == [[0.25, 0.75, 0], [0.5, 0, 0.5]]


@pytest.mark.parametrize(
    'sets', ['2,7', 'fear,neutral', '2,neutral', 'fear:.5,neutral:.5', '2:3,7:3']
)
def test_ids_names_and_weights(rafdb_root, sets):
    scores = scores_of(rafdb_root, '\n'.join(rows(sets)))
    assert (scores == [0, 0.5, 0, 0, 0, 0, 0.5]).all()


@pytest.mark.parametrize('delimiter', ',;\t|')
@pytest.mark.parametrize('header', ['image', 'name', '"image"'])
def test_tables_by_hand(rafdb_root, header, delimiter):
    lines = [f'{header}{delimiter}candidates', *(f'"{name}"{delimiter}"1,2"' for name in NAMES)]
    expected = np.array([[0.5, 0.5, 0, 0, 0, 0, 0]] * 14)
    assert np.array_equal(scores_of(rafdb_root, '\n'.join(lines)), expected)


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
        found = read_candidates(str(path), images, np.zeros(3, int), **{'min_held': 0, **kwargs})
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
        ('train_00001.jpg envy,2', "line 2: 'envy' .*'train_00001.jpg' is no class"),
        ('train_00001.jpg envy|2', "line 2: 'envy' "),
        ('train_00001.jpg 2.5', "line 2: '2.5' "),
        ('train_00001.jpg 2,2', 'line 2: .*has a class twice'),
        ('train_00001.jpg 2,fear', 'line 2: .*has a class twice'),
        ('train_00001.jpg 1:.5,2', 'line 2: .*each with a number above 0'),
        ('train_00001.jpg 1:.5,2:0', 'line 2: .*each with a number above 0'),
        ('train_00001.jpg 1:.5,2:-1', 'line 2: .*each with a number above 0'),
        ('train_00001.jpg 1:.5,2:x', 'line 2: .*each with a number above 0'),
        ('train_00001.jpg 1:inf', 'line 2: .*each with a number above 0'),
        ('train_00001.jpg 1:1_0,2:1', 'line 2: .*each with a number above 0'),
        ('train_00001.jpg 1:\uff11,2:1', 'line 2: .*each with a number above 0'),
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


@pytest.mark.parametrize('shift', [1, 3, 6])
def test_sets_of_another_order_are_refused(rafdb_root, shift):
    """Ids of other classes, as in a file without a header."""

    def text(shift, right=0):
        shifts = [0] * right + [shift] * (14 - right)
        return '\n'.join(f'{n} {(c + s) % 7 + 1}' for n, c, s in zip(NAMES, LABELS, shifts))

    with pytest.raises(
        ValueError,
        match="c.txt, line 1: .* set of 'train_00001.jpg' lacks the given label, as 14 of 14 do",
    ):
        scores_of(rafdb_root, text(shift), min_held=None)
    assert len(scores_of(rafdb_root, text(shift), min_held=0)) == 14
    with pytest.raises(ValueError, match='line 7: .* as 8 of 14 do; .* 0.5 has it.*min_held=0'):
        scores_of(rafdb_root, text(shift, 6), min_held=None)
    assert len(scores_of(rafdb_root, text(shift, 7), min_held=None)) == 14
    # one with a header says its classes
    sets = np.roll(np.eye(7)[LABELS], shift, axis=1)
    put_sets(rafdb_root, sets)
    assert np.array_equal(scores_of(rafdb_root), sets)
    with pytest.raises(ValueError, match='14 of 14 do; allowed: a share of 0.2'):
        scores_of(rafdb_root, min_held=0.2)


def test_names_in_any_case_and_synonyms(rafdb_root):
    words = 'Surprised FEAR disgust Happy sad angry Neutral'.split()
    text = '\n'.join(f'{n} {words[c]},{words[(c + 1) % 7]}' for n, c in zip(NAMES, LABELS))
    sets = scores_of(rafdb_root, text) > 0
    assert np.array_equal(sets, (np.eye(7)[LABELS] + np.roll(np.eye(7)[LABELS], 1, axis=1)) > 0)
    twice = text.replace('Surprised,', 'Surprised,surprise,', 1)
    with pytest.raises(ValueError, match='line 1: .*has a class twice'):
        scores_of(rafdb_root, twice)


def test_sets_with_bars_are_refused_with_the_delimiter(rafdb_root):
    """``5|6`` is the set 6, made for the label 5."""
    text = '\n'.join(f'{n} {c + 1}|{(c + 1) % 7 + 1}' for n, c in zip(NAMES, LABELS))
    with pytest.raises(ValueError, match='14 of 14 .*does a | part the label .* parted by , or ;'):
        scores_of(rafdb_root, text, min_held=None)
    table = '\n'.join(
        ['image,candidates', *(f'{n},{c}|{(c + 1) % 7}' for n, c in zip(NAMES, LABELS))]
    )
    with pytest.raises(ValueError, match="line 2: '0|1' .* parted by ; or ,"):
        scores_of(rafdb_root, table)
