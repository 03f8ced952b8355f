"""Lists of labels, and noise files: of our own and as other projects publish them."""

import hashlib
import json

import numpy as np
import pytest

from mmfer.datasets import RAFDB, FERPlus
from mmfer.lists.image_table import LIST_MARK, Images, read_header
from mmfer.lists.label_lists import (
    LabelRow,
    class_ids,
    find_base,
    read_label_rows,
    read_noise,
    write_noise,
)

CLASSES = RAFDB.METAINFO['classes']
NAMES = [f'train_{i + 1:05d}.jpg' for i in range(14)]
RAF = Images(NAMES, CLASSES, 1)
LABELS = np.arange(14) % 7
NOISY = np.where(np.isin(np.arange(14), (1, 5, 12)), (LABELS + 2) % 7, LABELS)


def column(dataset, key='gt_label'):
    return [dataset.get_data_info(i)[key] for i in range(len(dataset))]


def noisy(root, path='n.txt', **kwargs):
    return RAFDB(str(root), noise=dict(kind='file', path=path, **kwargs))


def put_noise(root, images=RAF, clean=LABELS, given=NOISY, **said):
    (root / 'n.txt').unlink(missing_ok=True)
    said = dict(scheme='symmetric', rate=0.2, seed=4, **said)
    return write_noise(str(root / 'n.txt'), images, clean, given, said)


def rows_of(path):
    return [line for line in path.read_text().splitlines() if not line.startswith('#')]


def test_ids_without_either_end_count_as_the_data_set_does(tmp_path):
    path = tmp_path / 'x.txt'
    path.write_text('a.jpg 3\nb.jpg 4')
    rows = read_label_rows(str(path))
    for base in (0, 1):
        assert class_ids(str(path), rows, 7, None, base) == [3 - base, 4 - base]


def write(tmp_path, text):
    (tmp_path / 'l.txt').write_text(text)
    return str(tmp_path / 'l.txt')


@pytest.mark.parametrize(
    'text, expected',
    [
        ('a b.jpg 5\nc.jpg 6\n', [(1, 'a b.jpg', 5, None), (2, 'c.jpg', 6, None)]),
        ('\ta b.jpg 5\n\tc.jpg 6\t\n', [(1, 'a b.jpg', 5, None), (2, 'c.jpg', 6, None)]),
        ('a.jpg\t5\t1\n\nb.jpg\t6\t0', [(1, 'a.jpg', 5, True), (3, 'b.jpg', 6, False)]),
        ('a.jpg;5;1\nb.jpg;6;0', [(1, 'a.jpg', 5, True), (2, 'b.jpg', 6, False)]),
        ('train|a.jpg|5\ntest|b.jpg|6', [(1, 'a.jpg', 5, None), (2, 'b.jpg', 6, None)]),
        ('"a, b.jpg",5\nb.jpg,6', [(1, 'a, b.jpg', 5, None), (2, 'b.jpg', 6, None)]),
        ('Noisy;Label;Image\nTrue;5;a.jpg', [(2, 'a.jpg', 5, True)]),
        ('image,label,noisy_label\na.jpg,5,6', [(2, 'a.jpg', 6, None, 5)]),
        ('image,Given_Label\na.jpg,6', [(2, 'a.jpg', 6, None)]),
        (
            'image,noisy,label\na.jpg,6,5\nb.jpg,1,1',
            [(2, 'a.jpg', 6, None, 5), (3, 'b.jpg', 1, None, 1)],
        ),
        ('image,noisy\na.jpg,6', [(2, 'a.jpg', 6, None)]),
        ('label,true_label,image,changed\n6,5,a.jpg,1', [(2, 'a.jpg', 6, True, 5)]),
        ('path label\na.jpg 5', [(2, 'a.jpg', 5, None)]),
        ('class 3\nb.jpg 4', [(1, 'class', 3, None), (2, 'b.jpg', 4, None)]),  # no header
        (f'{LIST_MARK}\n# x: 1\na, b.jpg 5\n', [(3, 'a, b.jpg', 5, None)]),
        ('', []),
    ],
)
def test_forms(tmp_path, text, expected):
    rows = read_label_rows(write(tmp_path, text))
    assert rows == [LabelRow(*row) for row in expected]


@pytest.mark.parametrize(
    'text, named',
    [
        ('path;label\na.jpg;5;x;y\nb.jpg', "line 3: 'b.jpg' is not"),
        ('path;label;emotion\na.jpg;5;5', 'line 1: .* needs one column of the label'),
        ('image,label,clean_label,true_label\na.jpg,5,5,5', 'line 1: .* one column of the clean'),
        ('image,noisy_label,given_label\na.jpg,5,5', 'line 1: .* needs one column of the noisy'),
        ('image,label,noisy_label\na.jpg,x,5', "line 2: 'a.jpg,x,5' is not"),
        ('a.jpg 5 1\nb.jpg 1\nc.jpg 4 0', "line 2: 'b.jpg 1' has 2 fields .* most rows have 3"),
        ('a.jpg,5,1\nb.jpg,1\nc.jpg,4,0', "line 2: 'b.jpg,1' has 2 fields .* most rows have 3"),
        ('a.jpg 5\nb.jpg 6 1\nc.jpg 4', "line 2: 'b.jpg 6 1' has 3 fields .* most rows have 2"),
        ('a.jpg;5\nb.jpg;6;2', "line 2: 'b.jpg;6;2' is not .*with 0 or 1"),
    ],
)
def test_other_rows(tmp_path, text, named):
    with pytest.raises(ValueError, match=named):
        read_label_rows(write(tmp_path, text))


def test_the_first_class(tmp_path):
    rows = read_label_rows(write(tmp_path, 'a 1\nb 2'))
    assert find_base('l', rows, 2, None) == 1 and find_base('l', rows, 7, 0) == 0
    with pytest.raises(ValueError, match='neither 0 nor 7'):
        find_base('l', rows, 7, None)
    with pytest.raises(ValueError, match='line 2: class id 2 .* allowed: 0 to 1'):
        class_ids('l', rows, 2, 0, 0)
    with pytest.raises(ValueError, match="id_base='1'; it is an integer"):
        class_ids('l', rows, 2, '1', 0)


# --- noise files of our own


def test_noise_says_where_it_comes_from(rafdb_root):
    header = put_noise(rafdb_root)
    path = rafdb_root / 'n.txt'
    assert header == read_header(str(path))
    assert (header['scheme'], header['rate'], header['seed']) == ('symmetric', 0.2, 4)
    assert (header['num_classes'], header['images'], header['changed']) == (7, 14, 3)
    assert (header['id_base'], header['rate_changed']) == (1, round(3 / 14, 6))
    matrix = np.array(header['transition_matrix'])
    assert matrix[1, 3] == 0.5 and matrix[1, 1] == 0.5 and matrix[0, 0] == 1
    body = rows_of(path)
    assert body[:3] == ['image,label,changed', 'train_00001.jpg,1,0', 'train_00002.jpg,4,1']
    assert header['sha256'] == hashlib.sha256('\n'.join(body).encode()).hexdigest()
    assert column(noisy(rafdb_root)) == NOISY.tolist()
    assert read_header(str(rafdb_root / 'EmoLabel/list_patition_label.txt')) is None
    # without its header, on trust
    path.write_text('\n'.join(body))
    assert column(noisy(rafdb_root)) == NOISY.tolist()


def test_an_edited_file_is_refused(rafdb_root):
    path = rafdb_root / 'n.txt'
    put_noise(rafdb_root)
    whole = path.read_text()
    for text in (
        whole.replace('00003.jpg,3,0', '00003.jpg,4,1'),
        whole.rsplit('\n', 2)[0],
        '\n' + whole.replace('5,0\n', '6,0\n'),
    ):
        assert text != whole
        path.write_text(text)
        with pytest.raises(ValueError, match='edited or cut'):
            noisy(rafdb_root)
    path.write_text(whole.replace('# seed: 4', '# seed 4'))
    with pytest.raises(ValueError, match='line 4: '):
        noisy(rafdb_root)
    for key in ('id_base: 1', 'classes: ' + json.dumps(CLASSES)):
        assert f'# {key}\n' in whole
        path.write_text(whole.replace(f'# {key}\n', ''))
        with pytest.raises(ValueError, match=f"n.txt: its header lacks '{key.split(':')[0]}'"):
            noisy(rafdb_root)


def test_noise_for_another_set_is_refused(rafdb_root, ferplus_root):
    put_noise(rafdb_root, dataset='RAF-DB')
    with pytest.raises(
        ValueError,
        match='was made for the classes .*surprise.*RAF-DB, but this data set has .*neutral',
    ):
        FERPlus(str(ferplus_root), noise=dict(kind='file', path='n.txt'))
    put_noise(rafdb_root, Images([f'x{i}.jpg' for i in range(14)], CLASSES, 1))
    with pytest.raises(ValueError, match="14 of 14 .*begins with .'x0.jpg'"):
        noisy(rafdb_root)


def test_marks_are_exact(rafdb_root):
    # the same names, other clean labels
    put_noise(rafdb_root, clean=(LABELS + 1) % 7, given=LABELS)
    with pytest.raises(ValueError, match='line .*marked as changed'):
        noisy(rafdb_root)


@pytest.mark.parametrize('base', [0, 1])
def test_noise_reads_back_equal(tmp_path, odd_names, base):
    clean, given = np.random.default_rng(0).integers(0, 8, (2, 300))
    images = Images(odd_names, [f'c{i}' for i in range(8)], base)
    put_noise(tmp_path, images, clean, given)
    found = read_noise(str(tmp_path / 'n.txt'), images._replace(id_base=0), clean)
    assert found.dtype == np.int64 and np.array_equal(found, given)


def test_id_base_beside_that_of_the_header(rafdb_root):
    put_noise(rafdb_root)
    assert column(noisy(rafdb_root, id_base=1)) == NOISY.tolist()
    with pytest.raises(
        ValueError, match='n.txt, line 7: its first class id is 1, but id_base=0 is given'
    ):
        noisy(rafdb_root, id_base=0)


# --- noise files of others


def use(root, lines, **kwargs):
    (root / 'noise.txt').write_text('\n'.join(lines))
    return RAFDB(str(root), noise=dict(kind='file', path='noise.txt', **kwargs))


# One line an image, as each project writes it.
FORMS = {
    'EAC, from 1': lambda name, old, new: f'{name} {new + 1}',
    'SCN, from 0, absolute': lambda name, old, new: f'/home/me/RAF/{name[:-4]}_aligned.jpg {new}',
    'NLA, three columns': lambda name, old, new: f'{name} {new + 1} {int(old != new)}',
    'NLA, CSV': lambda name, old, new: (
        f'Image/aligned/{name[:-4]}_aligned.jpg,{new},{int(old != new)}'
    ),
    'NLA, CSV with type': lambda name, old, new: f'train,{name},{new},{int(old != new)}',
    'Windows paths': lambda name, old, new: f'C:\\raf\\{name} {new + 1}\r',
}


@pytest.mark.parametrize('form', FORMS)
def test_forms_that_circulate(rafdb_root, form):
    lines = [FORMS[form](*row) for row in zip(NAMES, LABELS, NOISY)]
    data = use(rafdb_root, lines)
    assert column(data) == NOISY.tolist() and column(data, 'clean_label') == LABELS.tolist()
    # a byte order mark and blank lines change nothing
    assert column(use(rafdb_root, ['\ufeff' + lines[0], '', *lines[1:], ''])) == NOISY.tolist()


def test_csv_with_a_header(rafdb_root):
    lines = ['expression,age,path']
    lines += [f'{new},30,{name}' for name, new in zip(NAMES, NOISY)]
    assert column(use(rafdb_root, lines)) == NOISY.tolist()
    with pytest.raises(ValueError, match='line 1: .*needs one column'):
        use(rafdb_root, ['expression,age,picture', *lines[1:]])


def test_corrupted_test_rows_are_passed_over(rafdb_root):
    # ReSup's files list, and corrupt, the test images
    lines = [f'{name} {new + 1}' for name, new in zip(NAMES, NOISY)]
    lines += [f'test_{i + 1:04d}.jpg {7 - i}' for i in range(7)]
    assert column(use(rafdb_root, lines)) == NOISY.tolist()
    assert column(RAFDB(str(rafdb_root), split='test')) == list(range(7))


def test_ids_as_pandas_writes_them(rafdb_root):
    lines = [f'{name},{new + 1}.0,{old != new}' for name, old, new in zip(NAMES, LABELS, NOISY)]
    assert column(use(rafdb_root, lines)) == NOISY.tolist()


def test_mixed_ids_are_refused(rafdb_root):
    lines = [f'{name} {new + 1}' for name, new in zip(NAMES, LABELS)]
    lines[3] = f'{NAMES[3]} 0'
    with pytest.raises(ValueError, match='id 0 .line 4. and class id 7 .line 7. are mixed.*1 to 7'):
        use(rafdb_root, lines)
    with pytest.raises(ValueError, match='line 4: class id 0 .* 1 to 7'):
        use(rafdb_root, lines, id_base=1)


@pytest.mark.parametrize(
    'line, named',
    [
        ('train_00001.jpg', 'line 2: .* is not "name id"'),
        ('train_00001.jpg five', 'line 2'),
        ('train_00001.jpg 5 7', 'line 2: .*with 0 or 1'),
        ('train_00001.jpg 5.5', 'line 2'),
        ('train_00001.jpg --3', 'line 2'),
        ('train_00001.jpg \u00b2', 'line 2'),
        ('train_00001.jpg 9', "line 2: class id 9 of 'train_00001.jpg'"),
        ('train_00002.jpg 1', '1 names have more .*train_00002.jpg .lines 2 and 3'),
    ],
)
def test_bad_rows(rafdb_root, line, named):
    lines = [f'{name} {new + 1}' for name, new in zip(NAMES, LABELS)]
    with pytest.raises(ValueError, match=named):
        use(rafdb_root, [lines[0], line, *lines[1:]])


def test_marks_that_contradict_the_data_set(rafdb_root):
    lines = [f'{name} {new + 1} 0' for name, new in zip(NAMES, NOISY)]
    with pytest.raises(
        ValueError,
        match="line 2: 'train_00002.jpg' is marked "
        "as unchanged with class 'happiness'.*says 'fear'",
    ):
        use(rafdb_root, lines)


def test_another_encoding_is_named(rafdb_root):
    lines = '\n'.join(f'{name} {c + 1}' for name, c in zip(NAMES, LABELS))
    path = rafdb_root / 'noise.txt'
    noise = dict(kind='file', path='noise.txt')
    path.write_bytes(lines.replace('00003', 'é', 1).encode('latin-1'))
    with pytest.raises(ValueError, match='line 3: byte 0xe9 is not UTF-8'):
        RAFDB(str(rafdb_root), noise=noise)
    path.write_text(lines, encoding='utf-16')
    assert column(RAFDB(str(rafdb_root), noise=noise)) == LABELS.tolist()


# --- labels that would shift


@pytest.mark.parametrize('base', [0, 1])
@pytest.mark.parametrize('own', [0, 1])
@pytest.mark.parametrize('last', [5, 6])
def test_ids_of_both_readings_are_held_against_the_labels(tmp_path, base, own, last):
    """Files in which an end of the classes does not occur, with and without noise."""
    images = RAF._replace(id_base=own)
    clean = np.arange(14) % (last - 1) + (1 - base)  # neither 0 nor 7 in the file
    for changed in (0, 3):
        given = clean.copy()
        given[:changed] = clean[3]
        path = write(tmp_path, '\n'.join(f'{n} {i + base}' for n, i in zip(NAMES, given)))
        assert read_noise(path, images, clean).tolist() == given.tolist()
    with pytest.raises(ValueError, match='may count from 0 .* or from 1 .* id_base=0'):
        read_noise(path, images, (clean + 3) % 7)
    assert len(read_noise(path, images, (clean + 3) % 7, base, None)) == 14


@pytest.mark.parametrize('columns', ['image,label,noisy_label', 'image,clean_label,label'])
@pytest.mark.parametrize('base', [0, 1])
def test_the_noisy_column_of_two(rafdb_root, columns, base):
    rows = [f'{n},{a + base},{b + base}' for n, a, b in zip(NAMES, LABELS, NOISY)]
    data = use(rafdb_root, [columns, *rows])
    assert column(data) == NOISY.tolist() and column(data, 'clean_label') == LABELS.tolist()
    rows[3] = f'{NAMES[3]},{1 + base},{1 + base}'
    with pytest.raises(
        ValueError,
        match="line 5: the clean label of 'train_00004.jpg' is 'fear' there, .* 'happiness'",
    ):
        use(rafdb_root, [columns, *rows])


def test_a_noise_file_is_no_label_list(rafdb_root):
    lines = [f'{n} {b + 1} {int(a != b)}' for n, a, b in zip(NAMES, LABELS, NOISY)]
    (rafdb_root / 'nla.txt').write_text('\n'.join(lines))
    with pytest.raises(ValueError, match="nla.txt, line 1: 'train_00001.jpg' has a mark .*noise="):
        RAFDB(str(rafdb_root), ann_file='nla.txt')


def test_a_column_of_noisy_labels_is_no_label_list(rafdb_root):
    lines = ['image,noisy_label', *(f'{n},{b + 1}' for n, b in zip(NAMES, NOISY))]
    (rafdb_root / 'n.csv').write_text('\n'.join(lines))
    with pytest.raises(ValueError, match="n.csv, line 1: the column 'noisy_label' .*noise="):
        RAFDB(str(rafdb_root), ann_file='n.csv')


@pytest.mark.parametrize('clean', ['label', 'class', 'Expression', 'target', 'old_label'])
@pytest.mark.parametrize(
    'noisy', ['noisy_label', 'NoisyClass', 'noisy expression', 'target_noisy', 'new_label']
)
def test_noisy_columns_by_every_word_for_a_label(rafdb_root, clean, noisy):
    rows = [f'{n},{a + 1},{b + 1}' for n, a, b in zip(NAMES, LABELS, NOISY)]
    data = use(rafdb_root, [f'image,{clean},{noisy}', *rows])
    assert column(data) == NOISY.tolist() and column(data, 'clean_label') == LABELS.tolist()


def test_another_class_order_is_no_noise(rafdb_root):
    for shift in (1, 3):
        lines = [f'{n} {(i + shift) % 7 + 1}' for n, i in zip(NAMES, LABELS)]
        with pytest.raises(ValueError, match='100.0 % .*surprise is .*expect_rate=None'):
            use(rafdb_root, lines)
        assert len(use(rafdb_root, lines, expect_rate=None)) == 14
    with pytest.raises(ValueError, match='expect_rate=0.3 is stated; allowed: 0.0 to 7'):
        use(rafdb_root, [f'{n} 7' for n in NAMES], expect_rate=0.3)
    with pytest.raises(ValueError, match="expect_rate='a'.: it is a share"):
        use(rafdb_root, lines, expect_rate='a')
    put_noise(rafdb_root, given=(LABELS + 1) % 7)  # the header says what it is
    assert column(noisy(rafdb_root)) == ((LABELS + 1) % 7).tolist()


@pytest.mark.parametrize(
    'header, found',
    [
        ('Image name,Labels', (3, None)),
        ('image_path,target', (3, None)),
        ('filepath,label,Noisy Label', (4, 3)),
        ('pth,Clean-Label,LABEL', (4, 3)),
    ],
)
def test_headers_in_any_spelling(tmp_path, header, found):
    (tmp_path / 'x.csv').write_text(f'{header}\na.jpg,3{",4" * (header.count(",") - 1)}\n')
    (row,) = read_label_rows(str(tmp_path / 'x.csv'))
    assert (row.name, row.id, row.clean) == ('a.jpg', *found)


def test_a_column_that_may_be_the_noisy_one_is_named(rafdb_root, told):
    rows = [f'{n},{a + 1},{b + 1},{i}' for i, (n, a, b) in enumerate(zip(NAMES, LABELS, NOISY))]
    lines = ['image,label,oisy_label,row', *rows]
    with pytest.raises(
        ValueError, match="line 1: .*changes none of 14 .*'oisy_label'.*expect_rate"
    ):
        use(rafdb_root, lines)
    told.clear()
    assert column(use(rafdb_root, lines, expect_rate=None)) == LABELS.tolist()
    (line,) = (line for line in told if line.startswith('WARNING'))
    assert "of the column 'label'; ['oisy_label'] hold ids, too, and are not used" in line
