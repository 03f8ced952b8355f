"""Image tables: written, read back, and every way to be wrong; and what earlier versions wrote."""

import json

import numpy as np
import pytest

from mmfer.datasets.folds import read_folds
from mmfer.lists.candidate_sets import read_candidates
from mmfer.lists.class_scores import read_scores
from mmfer.lists.image_table import Images, own_rows, read_header, read_rows, write_image_table
from mmfer.lists.label_lists import read_noise

# --- any table


@pytest.mark.parametrize('name', ['#a.jpg', ' a.jpg', 'a\nb.jpg'])
def test_names_that_would_not_read_back(tmp_path, name):
    with pytest.raises(ValueError, match='would not read back'):
        write_image_table(str(tmp_path / 't.csv'), [name], dict(fold=[0]), {})
    assert not list(tmp_path.iterdir())


def test_what_is_there_is_not_written_over(tmp_path):
    path = tmp_path / 't.csv'
    for _ in range(2):  # the same: nothing to do
        write_image_table(str(path), ['a', 'b'], dict(fold=[0, 1]), dict(seed=1))
    text = path.read_text()
    for folds, seed in (([1, 0], 1), ([0, 1], 2)):
        with pytest.raises(FileExistsError, match='t.csv holds something else'):
            write_image_table(str(path), ['a', 'b'], dict(fold=folds), dict(seed=seed))
    assert path.read_text() == text and len(list(tmp_path.iterdir())) == 1


def test_header_is_json_by_key(tmp_path):
    path = tmp_path / 't.csv'
    write_image_table(str(path), ['a'], dict(fold=[0]), dict(seed=4, class_map={'a': 'b'}))
    lines = path.read_text().splitlines()
    assert lines[:2] == ['# mmfer image table, format 1', '# seed: 4']
    key, _, value = lines[2][2:].partition(': ')
    assert (key, json.loads(value)) == ('class_map', {'a': 'b'})
    assert read_header(str(path)).lines['class_map'] == 3


def test_one_table_for_all(tmp_path):
    """Each reader takes its columns, in any order, and leaves the others."""
    names, classes = ['a.jpg', 'b.jpg'], ('joy', 'fear')
    path = str(tmp_path / 't.csv')
    columns = dict(fear=[0.25, 3], fold=[1, 0], label=[2, 1], changed=[1, 0])
    columns.update(candidates=['fear', '1:.25;2:.75'], joy=[0.75, -1])
    write_image_table(path, names, columns, dict(classes=classes, id_base=1))
    images = Images(names[::-1], classes, 1)
    assert read_noise(path, images, [0, 0]).tolist() == [0, 1]
    assert read_candidates(path, images, [0, 1]).tolist() == [[0.25, 0.75], [0, 1]]
    assert read_scores(path, images).tolist() == [[-1, 3], [0.75, 0.25]]
    assert read_folds(path, images).tolist() == [0, 1]


@pytest.mark.parametrize(
    'text, named',
    [
        ('image,fold,part\na,0,0\n', "line 1: .'image', 'fold', 'part'. .* are not the columns"),
        ('image,fold,fold\na,0,0\n', 'line 1: '),
        ('picture,fold\na,0\n', "line 1: .*not the columns 'image' and .'fold'."),
        ('image,label\na,0\n', 'line 1: '),
        ('image,fold\na,0,1\n', "line 2: 3 columns; expected 2: .'image', 'fold'."),
        ('image,fold\n', 'f.csv: holds no rows'),
        ('', 'f.csv: holds no rows'),
        ('image,fold\na,x\n', "line 2: 'x' is no fold"),
        ('image,fold\na,-1\n', "line 2: '-1' is no fold"),
        ('image,fold\nb,0\n', "line 2: 1 of 1 .*no row, the first are .'a'"),
        ('image,fold\na,0\nb,1\n', '2 rows for 1 images; .*other images'),
        ('image,fold\na,0\na,0\n', 'a .lines 2 and 3'),
    ],
)
def test_tables_without_a_header(tmp_path, text, named):
    path = tmp_path / 'f.csv'
    path.write_text(text)
    with pytest.raises(ValueError, match=named):
        read_folds(str(path), Images(['a'], ('x', 'y')))


def test_names_match_by_their_last_parts(tmp_path):
    names = ['FER2013Train/a.png', 'FER2013Train/b c.png']
    path = tmp_path / 'x.csv'
    path.write_text(
        'name,fold\n/d/FER2013Train/b c.png,1\nFER2013Train/a.png,2\nother/a.png,3\nD:\\d.png,4'
    )
    rows = read_rows(str(path), (), ['fold'])
    images = Images([*names, 'c/d.png'], ('x', 'y'), aliases={'d.png': 'c/d.png'})
    assert [row.line for row in own_rows('x', rows, images)] == [3, 2, 5]
    with pytest.raises(ValueError, match="x, line 2: 1 of 3 .*no row.*'FER2013Train/c.png'.;"):
        own_rows('x', rows, Images([*names, 'FER2013Train/c.png'], ('x', 'y')))


# --- earlier versions: each as the release before this format wrote it

OLD = Images(['a/b 1.jpg', 'with, comma.jpg', 'x "y" 3.jpg'], ('joy', 'fear', 'calm'))
OLD_NOISE = """\
# mmfer noise file, format 1
# scheme: "pair"
# rate: 0.3
# seed: 4
# classes: ["joy", "fear", "calm"]
# num_classes: 3
# id_base: 1
# images: 3
# changed: 1
# rate_changed: 0.333333
# transition_matrix: [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 1.0]]
# sha256: "40149ea7b0b7defa9e3e426505db6bedde7521ca2a21c8c3d5b23e0089875150"
a/b 1.jpg 1 0
with, comma.jpg 3 1
x "y" 3.jpg 3 0
"""
OLD_SETS = """\
# mmfer candidate file, format 1
# scheme: "by hand"
# seed: 3
# classes: ["joy", "fear", "calm"]
# num_classes: 3
# id_base: 1
# images: 3
# sizes: {"1": 1, "2": 1, "3": 1}
# coverage: 1.0
# sha256: "505addd1b8a7154821d65a8da837a9d9cfbb2ab2c7b2425a9cf7d96c1c366093"
a/b 1.jpg 1|1
with, comma.jpg 3|2,3
x "y" 3.jpg 3|1:0.7,2:0.1,3:0.2
"""
OLD_SCORES = """\
# mmfer predictions, format 1
# config: "a.py"
# images: 3
# labels_sha256: "b6875f22bfe02656ece71217b639b03fef0200cd3a4e038bf22ed2ae67049168"
# sha256: "7b71d8936055c1d9b86a94f7ef227dea01cdb440dd291f8b04632801b66d296a"
name,joy,fear,calm
a/b 1.jpg,0.1,-2.0,3e-09
"with, comma.jpg",0.33333334,0.0,1e+09
"x ""y"" 3.jpg",1.0,2.0,3.0
"""
OLD_FOLDS = """\
image,fold
a/b 1.jpg,1
"with, comma.jpg",0
"x ""y"" 3.jpg",2
"""
FORMS = {
    'noise': (
        OLD_NOISE,
        lambda path: read_noise(path, OLD, [0, 1, 2]),
        np.array([0, 2, 2]),
    ),
    'sets': (
        OLD_SETS,
        lambda path: read_candidates(path, OLD, [0, 2, 2]),
        np.array([[1, 0, 0], [0, 0.5, 0.5], [0.7, 0.1, 0.2]], dtype=np.float32),
    ),
    'scores': (
        OLD_SCORES,
        lambda path: read_scores(path, OLD, [0, 2, 2]),
        np.array([[0.1, -2, 3e-9], [0.33333334, 0, 1e9], [1, 2, 3]]),
    ),
    'folds': (OLD_FOLDS, lambda path: read_folds(path, OLD), np.array([1, 0, 2])),
}


@pytest.mark.parametrize('form', FORMS)
def test_earlier_files(tmp_path, form):
    text, read, expected = FORMS[form]
    path = tmp_path / 'old.txt'
    path.write_text(text)
    found = read(str(path))
    assert found.dtype == expected.dtype and np.array_equal(found, expected)
    if form != 'folds':  # had no checksum
        path.write_text(text[:-1] + '1\n')
        with pytest.raises(ValueError, match='old.txt, line [0-9]+: .*edited or cut'):
            read(str(path))


def test_earlier_files_know_whose_they_are(tmp_path):
    path = tmp_path / 'old.txt'
    path.write_text(OLD_SETS)
    with pytest.raises(ValueError, match="line 11: .*'a/b 1.jpg' was made for the label 'joy'"):
        read_candidates(str(path), OLD, [1, 2, 2])
    with pytest.raises(ValueError, match='line 4: was made for the classes'):
        read_candidates(str(path), OLD._replace(classes=('joy', 'calm', 'fear')), [0, 2, 2])
    path.write_text(OLD_NOISE)
    with pytest.raises(ValueError, match="line 13: 'a/b 1.jpg' is marked as unchanged"):
        read_noise(str(path), OLD, [1, 1, 2])
    path.write_text(OLD_SCORES)
    with pytest.raises(ValueError, match='line 4: its models learnt other labels'):
        read_scores(str(path), OLD, [0, 1, 2])


@pytest.mark.parametrize(
    'key, value',
    [
        *(('classes', value) for value in ('3', 'null', '{}', '"ab"', '[1, 2]', '[["a"]]')),
        *(('id_base', value) for value in ('"1"', 'null', '[]', 'true', '1.5')),
        *(('sha256', value) for value in ('5', 'null', '["a"]')),
        *(('images', value) for value in ('"1"', '[]')),
        *(('labels_sha256', value) for value in ('1', '{}')),
        ('dataset', '[' * 5000),
        ('seed', '1' * 5000),
    ],
)
def test_headers_with_values_of_another_kind(tmp_path, key, value):
    path = tmp_path / 'a.csv'
    path.write_text(f'# mmfer image table, format 1\n# {key}: {value}\nimage,label\na.jpg,1\n')
    for read in (
        read_header,
        lambda path: read_noise(path, OLD, [0, 2, 2]),
        lambda path: read_candidates(path, OLD, [0, 2, 2]),
        lambda path: read_scores(path, OLD, [0, 2, 2]),
        lambda path: read_folds(path, OLD),
    ):
        with pytest.raises(ValueError, match='a.csv, line 2: '):
            read(str(path))


def test_a_name_of_many_folders(tmp_path):
    (tmp_path / 'x.csv').write_text(f'name,fold\n{"a/" * 60_000}b/c.png,1\n')
    rows = read_rows(str(tmp_path / 'x.csv'), (), ['fold'])
    assert own_rows('x', rows, Images(['b/c.png'], ('x', 'y')))[0].line == 2
