"""Splits as people call them: values, columns, folders."""

import pytest

from mmfer.lists.split_names import find_split_column, own_split, split_folder, split_name


def find(header, *rows, columns={}, others=()):
    given = [(line, row.split(',')) for line, row in enumerate(rows, 2)]
    return find_split_column('t.csv, line 1', header.split(','), given, columns, others)


def test_a_split_by_any_of_its_names():
    words = ('Training', 'val', 'VALIDATION', 'Dev', 'PublicTest', 'TEST', 'PrivateTest')
    found = [split_name(word, 'x') for word in words]
    assert found == ['train', 'valid', 'valid', 'valid', 'valid', 'test', 'test']
    with pytest.raises(ValueError, match="x: split 'trial' is unknown; allowed: .'train', "):
        split_name('trial', 'x')


@pytest.mark.parametrize('title', ['set', 'Subset', 'phase', 'PARTITION', 'fold'])
def test_columns_by_their_values(title):
    assert find(f'path,{title}', 'a,Train', 'b,test') == 1
    assert find(f'path,{title}', 'a,train', 'b,extra') == 1  # whose value is refused later
    for values in ('01', 'ab', ('', '')):
        assert find(f'path,{title}', *(f'a,{value}' for value in values)) is None
    assert find(f'path,{title}', 'a,Train', 'b,test', others=[1]) is None


def test_a_column_under_another_title_is_refused():
    with pytest.raises(ValueError, match="line 1: the column 'why' holds splits.*split='why'"):
        find('path,why', 'a,train', 'b,val')
    assert find('path,why', 'a,train', 'b,val', columns=dict(split='why')) == 1
    assert find('path,why', 'a,train', 'b,because') is None


def test_two_columns_of_splits():
    assert find('path,set,split', 'a,val,valid', 'b,train,train') == 2
    with pytest.raises(ValueError, match="line 3: the columns .'split', 'set'. say .*'train'"):
        find('path,set,split', 'a,val,valid', 'b,test,train')
    assert find('path,set,split', 'b,test,train', columns=dict(split='set')) == 1


def test_folders_in_any_spelling(tmp_path):
    root = str(tmp_path)
    assert split_folder(root, 'valid') == 'valid' and split_folder(root + '/no', 'test') == 'test'
    for name in ('Train', 'VAL', 'Test'):
        (tmp_path / name).mkdir()
    assert [split_folder(root, s) for s in ('train', 'valid', 'test')] == ['Train', 'VAL', 'Test']
    (tmp_path / 'dev').mkdir()
    with pytest.raises(ValueError, match="'VAL', 'dev'.*'valid'; give data_prefix"):
        split_folder(root, 'valid')
    (tmp_path / 'valid').mkdir()  # as it is called here comes first
    assert split_folder(root, 'valid') == 'valid'


@pytest.mark.parametrize('word', ['val', 'Validation', 'VALID', 'dev', 'PublicTest', 'Vld', 'va'])
def test_own_name_of_a_split(word, told, tmp_path):
    assert own_split(word, ('train', 'valid')) == 'valid'
    assert own_split(f'Train+{word}', ('train', 'train+valid')) == 'train+valid'
    assert own_split(word, ('train', 'test')) == word  # which is refused later


def test_a_folder_beside_another_spelling_is_told(tmp_path, told):
    for name in ('valid', 'Val'):
        (tmp_path / name).mkdir()
    assert split_folder(str(tmp_path), 'valid') == 'valid'
    (line,) = told
    assert line.startswith('WARNING') and "['Val'] may be the split 'valid', too" in line
