"""Noise files as other projects publish them, and our own."""

import hashlib
import json

import numpy as np
import pytest

from mmfer.datasets import RAFDB, FERPlus
from mmfer.datasets.files.noise_file import read_noise_file, read_noise_header, write_noise_file

CLEAN = [i % 7 for i in range(14)]
NOISY = [(c + 2) % 7 if i in (1, 5, 12) else c for i, c in enumerate(CLEAN)]
NAMES = [f'train_{i + 1:05d}.jpg' for i in range(14)]


def labels(dataset, key='gt_label'):
    return [dataset.get_data_info(i)[key] for i in range(len(dataset))]


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
    lines = [FORMS[form](*row) for row in zip(NAMES, CLEAN, NOISY)]
    data = use(rafdb_root, lines)
    assert labels(data) == NOISY and labels(data, 'clean_label') == CLEAN
    # a byte order mark and blank lines change nothing
    assert labels(use(rafdb_root, ['\ufeff' + lines[0], '', *lines[1:], ''])) == NOISY


def test_csv_with_a_header(rafdb_root):
    lines = ['expression,age,path']
    lines += [f'{new},30,{name}' for name, new in zip(NAMES, NOISY)]
    assert labels(use(rafdb_root, lines)) == NOISY
    with pytest.raises(ValueError, match='line 1: .*needs one column'):
        use(rafdb_root, ['expression,age,picture', *lines[1:]])


def test_corrupted_test_rows_are_passed_over(rafdb_root):
    # ReSup's files list, and corrupt, the test images
    lines = [f'{name} {new + 1}' for name, new in zip(NAMES, NOISY)]
    lines += [f'test_{i + 1:04d}.jpg {7 - i}' for i in range(7)]
    assert labels(use(rafdb_root, lines)) == NOISY
    assert labels(RAFDB(str(rafdb_root), split='test')) == list(range(7))


def test_ids_as_pandas_writes_them(rafdb_root):
    lines = [f'{name},{new + 1}.0,{old != new}' for name, old, new in zip(NAMES, CLEAN, NOISY)]
    assert labels(use(rafdb_root, lines)) == NOISY


def test_mixed_ids_are_refused(rafdb_root):
    lines = [f'{name} {new + 1}' for name, new in zip(NAMES, CLEAN)]
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
    lines = [f'{name} {new + 1}' for name, new in zip(NAMES, CLEAN)]
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
    lines = '\n'.join(f'{name} {c + 1}' for name, c in zip(NAMES, CLEAN))
    path = rafdb_root / 'noise.txt'
    noise = dict(kind='file', path='noise.txt')
    path.write_bytes(lines.replace('00003', 'é', 1).encode('latin-1'))
    with pytest.raises(ValueError, match='line 3: byte 0xe9 is not UTF-8'):
        RAFDB(str(rafdb_root), noise=noise)
    path.write_text(lines, encoding='utf-16')
    assert labels(RAFDB(str(rafdb_root), noise=noise)) == CLEAN


# --- our own


def write(path, **kwargs):
    return write_noise_file(
        str(path),
        **{
            **dict(
                names=NAMES,
                clean=CLEAN,
                noisy=NOISY,
                classes=RAFDB.METAINFO['classes'],
                id_base=1,
                provenance=dict(scheme='symmetric', rate=0.2, seed=4),
            ),
            **kwargs,
        },
    )


def test_own_file_says_where_it_comes_from(rafdb_root):
    header = write(rafdb_root / 'noise.txt')
    assert header == read_noise_header(str(rafdb_root / 'noise.txt'))
    assert (header['scheme'], header['rate'], header['seed']) == ('symmetric', 0.2, 4)
    assert (header['num_classes'], header['images'], header['changed'], header['rate_changed']) == (
        7,
        14,
        3,
        round(3 / 14, 6),
    )
    matrix = np.array(header['transition_matrix'])
    assert matrix[1, 3] == 0.5 and matrix[1, 1] == 0.5 and matrix[0, 0] == 1
    text = (rafdb_root / 'noise.txt').read_text()
    rows = '\n'.join(r for r in text.splitlines() if not r.startswith('#'))
    assert header['sha256'] == hashlib.sha256(rows.encode()).hexdigest()
    data = RAFDB(str(rafdb_root), noise=dict(kind='file', path='noise.txt'))
    assert labels(data) == NOISY
    assert read_noise_header(str(rafdb_root / 'EmoLabel/list_patition_label.txt')) is None


def test_an_edited_file_is_refused(rafdb_root):
    path = rafdb_root / 'noise.txt'
    noise = dict(kind='file', path='noise.txt')
    write(path)
    whole = path.read_text()
    for text in (whole.replace('00003.jpg 3 0', '00003.jpg 4 1'), whole.rsplit('\n', 2)[0]):
        assert text != whole
        path.write_text(text)
        with pytest.raises(ValueError, match='edited or cut'):
            RAFDB(str(rafdb_root), noise=noise)
    path.write_text(whole.replace('# seed: 4', '# seed 4'))
    with pytest.raises(ValueError, match='line 4: '):
        RAFDB(str(rafdb_root), noise=noise)
    path.write_text(whole.replace('# id_base: 1\n', ''))
    with pytest.raises(ValueError, match="lacks .'id_base'"):
        RAFDB(str(rafdb_root), noise=noise)


def test_a_file_for_another_set_is_refused(rafdb_root, ferplus_root):
    write(rafdb_root / 'noise.txt')
    with pytest.raises(
        ValueError, match='was made for the classes .*surprise.*but this data set has .*neutral'
    ):
        FERPlus(str(ferplus_root), noise=dict(kind='file', path='noise.txt'))
    write(rafdb_root / 'other.txt', names=[f'x{i}.jpg' for i in range(14)])
    with pytest.raises(ValueError, match="14 of 14 .*begins with .'x0.jpg'"):
        RAFDB(str(rafdb_root), noise=dict(kind='file', path='other.txt'))


def test_marks_of_our_own_files_are_exact(rafdb_root):
    # the same names, other clean labels
    write(rafdb_root / 'noise.txt', clean=[(c + 1) % 7 for c in CLEAN], noisy=CLEAN)
    with pytest.raises(ValueError, match='line .*marked as changed'):
        RAFDB(str(rafdb_root), noise=dict(kind='file', path='noise.txt'))
    write(rafdb_root / 'noise.txt')
    path = rafdb_root / 'noise.txt'
    path.write_text('\n' + path.read_text().replace('5 0\n', '6 0\n'))
    with pytest.raises(ValueError, match='edited or cut'):
        RAFDB(str(rafdb_root), noise=dict(kind='file', path='noise.txt'))


@pytest.mark.parametrize('name', ['#a.jpg', ' a.jpg', 'a\nb.jpg'])
def test_names_that_would_not_read_back(tmp_path, name):
    with pytest.raises(ValueError, match='would not read back'):
        write(tmp_path / 'n.txt', names=[name, *NAMES[1:]])


@pytest.mark.parametrize('base', [0, 1])
def test_reads_back_equal(tmp_path, base):
    path = tmp_path / 'noise.txt'
    names = [f'a folder/image {i}.jpg' for i in range(298)]
    names += ['with, a comma.jpg', 'back\\slash "3" 4.jpg']
    rng = np.random.default_rng(0)
    clean, noisy = rng.integers(0, 8, (2, 300))
    classes = [f'c{i}' for i in range(8)]
    write(path, names=names, clean=clean, noisy=noisy, classes=classes, id_base=base)
    found = read_noise_file(str(path), names, clean, classes)
    assert np.array_equal(found, noisy)
    # other readers: a name and an id a row, comments aside
    first = [line for line in path.read_text().splitlines() if not line.startswith('#')][0]
    assert first.startswith(f'a folder/image 0.jpg {noisy[0] + base} ')


def test_header_is_json_by_key(tmp_path):
    write(tmp_path / 'n.txt', provenance=dict(class_map={'a': 'b'}))
    lines = (tmp_path / 'n.txt').read_text().splitlines()
    assert lines[0] == '# mmfer noise file, format 1'
    key, _, value = lines[1][2:].partition(': ')
    assert (key, json.loads(value)) == ('class_map', {'a': 'b'})


# --- kinds in a data set


def test_kinds_by_name(rafdb_root):
    def noisy(**noise):
        data = RAFDB(str(rafdb_root), noise=noise)
        return np.array(labels(data)), np.array(labels(data, 'clean_label'))

    given, clean = noisy(kind='asymmetric', rate=1.0)
    classes = RAFDB.METAINFO['classes']
    turned = {classes[c]: classes[g] for c, g in zip(clean, given)}
    assert turned == dict(
        surprise='anger',
        fear='surprise',
        disgust='anger',
        happiness='neutral',
        sadness='neutral',
        anger='disgust',
        neutral='sadness',
    )
    given, clean = noisy(kind='asymmetric', rate=1.0, class_map=dict(fear='surprise'))
    assert np.array_equal(given, np.where(clean == 1, 0, clean))
    given, clean = noisy(kind='asymmetric', matrix=np.eye(7)[::-1].tolist())
    assert np.array_equal(given, 6 - clean)
    given, clean = noisy(kind='pair', rate=0.5, seed=1)
    assert (given != clean).sum() == 7
    given, clean = noisy(kind='symmetric_inclusive', rate=1.0, seed=1)
    assert (given != clean).any()


def test_default_map_leaves_contempt(ferplus_root):
    data = FERPlus(str(ferplus_root), noise=dict(kind='asymmetric', rate=1.0))
    assert labels(data, 'clean_label') == [0, 1, 7, 4]
    assert labels(data) == [3, 0, 7, 5]


@pytest.mark.parametrize(
    'noise, named',
    [
        (dict(kind='instance', rate=0.1), 'make_noise.py --kind instance'),
        (
            dict(kind='asymmetric', rate=0.1, class_map=dict(fear='fear')),
            "turns 'fear' into itself",
        ),
        (
            dict(kind='asymmetric', rate=0.1, class_map=dict(fear='joy')),
            "'joy', which is no class; allowed.*'surprise'",
        ),
        (dict(kind='asymmetric', rate=0.1, class_map={}), 'no class has a target'),
        (
            dict(kind='asymmetric', matrix=[[1]], class_map=dict(fear='anger')),
            'class_map or matrix, not both',
        ),
        (dict(kind='asymmetric', matrix=[[1]], rate=0.3), "unknown .'rate'"),
        (dict(kind='asymmetric', matrix=[[1]]), 'shape .1, 1. for 7'),
        (dict(kind='pair', rate=1.5), '1.5 is outside'),
        (dict(kind='pair', rate='.3'), "'.3' is outside"),
        (dict(kind='pair', rate=0.3, seed=None), 'seed None is no integer'),
        (dict(kind='asymmetric', rate=0.1, class_map=[1]), 'class_map=.1.; it is'),
        (dict(kind='asymmetric', matrix=[[1], [1, 2]]), 'no table of numbers'),
        ('symmetric', "noise='symmetric'; it is a dict"),
        (dict(kind='symmetric_inclusive'), "missing .'rate'"),
    ],
)
def test_settings_are_checked(rafdb_root, noise, named):
    with pytest.raises(ValueError, match=named):
        RAFDB(str(rafdb_root), noise=noise)
