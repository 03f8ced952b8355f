import pytest

from mmfer.datasets.files.label_lists import (
    MARK,
    class_ids,
    find_base,
    match_names,
    read_label_rows,
)


def test_ids_without_either_end_count_as_the_data_set_does(tmp_path):
    path = tmp_path / 'x.txt'
    path.write_text('a.jpg 3\nb.jpg 4')
    rows = read_label_rows(str(path))
    for base in (0, 1):
        assert class_ids(str(path), rows, 7, None, base) == [3 - base, 4 - base]


def test_names_match_by_their_last_parts(ferplus_root):
    names = ['FER2013Train/a.png', 'FER2013Train/b c.png']
    path = ferplus_root / 'x.txt'
    path.write_text('/d/FER2013Train/b c.png 1\nFER2013Train/a.png 2\nother/a.png 3')
    rows = read_label_rows(str(path))
    assert match_names('x', rows, names, {}) == {names[0]: 1, names[1]: 0}
    with pytest.raises(ValueError, match='1 of 3 .*no row.*c.png'):
        match_names('x', rows, [*names, 'FER2013Train/c.png'], {})


def write(tmp_path, text):
    (tmp_path / 'l.txt').write_text(text)
    return str(tmp_path / 'l.txt')


@pytest.mark.parametrize(
    'text, expected',
    [
        ('a b.jpg 5\nc.jpg 6\n', [(1, 'a b.jpg', 5, None), (2, 'c.jpg', 6, None)]),
        ('a.jpg\t5\t1\n\nb.jpg\t6\t0', [(1, 'a.jpg', 5, True), (3, 'b.jpg', 6, False)]),
        ('a.jpg;5;1\nb.jpg;6;0', [(1, 'a.jpg', 5, True), (2, 'b.jpg', 6, False)]),
        ('train|a.jpg|5\ntest|b.jpg|6', [(1, 'a.jpg', 5, None), (2, 'b.jpg', 6, None)]),
        ('"a, b.jpg",5\nb.jpg,6', [(1, 'a, b.jpg', 5, None), (2, 'b.jpg', 6, None)]),
        ('Noisy;Label;Image\nTrue;5;a.jpg', [(2, 'a.jpg', 5, True)]),
        ('path label\na.jpg 5', [(2, 'a.jpg', 5, None)]),
        ('class 3\nb.jpg 4', [(1, 'class', 3, None), (2, 'b.jpg', 4, None)]),  # no header
        (f'{MARK}\n# x: 1\na, b.jpg 5\n', [(3, 'a, b.jpg', 5, None)]),
        ('', []),
    ],
)
def test_forms(tmp_path, text, expected):
    assert read_label_rows(write(tmp_path, text)) == expected


@pytest.mark.parametrize(
    'text, named',
    [
        ('path;label\na.jpg;5;x;y\nb.jpg', "line 3: 'b.jpg' is not"),
        ('path;label;emotion\na.jpg;5;5', 'line 1: .* needs one column of the label'),
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
