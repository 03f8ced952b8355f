"""Noise files as other projects publish them."""

import pytest

from mmfer.datasets import RAFDB

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
