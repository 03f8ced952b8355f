"""Image tables: written, read back, and every way to be wrong; and what earlier versions wrote."""

import hashlib
import json

import numpy as np
import pytest

from mmfer.datasets import RAFDB, FERPlus
from mmfer.datasets.files.candidate_sets import read_candidates
from mmfer.datasets.files.image_table import (
    Images,
    read_folds,
    read_header,
    read_noise,
    read_scores,
    write_image_table,
    write_noise,
    write_scores,
)

CLASSES = RAFDB.METAINFO['classes']
NAMES = [f'train_{i + 1:05d}.jpg' for i in range(14)]
RAF = Images(NAMES, CLASSES, 1)
LABELS = np.arange(14) % 7
NOISY = np.where(np.isin(np.arange(14), (1, 5, 12)), (LABELS + 2) % 7, LABELS)
ODD = [f'a folder/image {i}.jpg' for i in range(297)]
ODD += ['with, a comma.jpg', 'back\\slash "3" 4.jpg', 'a;b 5|6.jpg']
FOLDS = np.array([0, 1, 2, 0, 1, 2, 1, 0, 2, 0, 1, 2, 0, 1])


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
    put_noise(tmp_path, class_map={'a': 'b'})
    lines = (tmp_path / 'n.txt').read_text().splitlines()
    assert lines[0] == '# mmfer image table, format 1'
    key, _, value = lines[4][2:].partition(': ')
    assert (key, json.loads(value)) == ('class_map', {'a': 'b'})
    header = read_header(str(tmp_path / 'n.txt'))
    assert header.lines['class_map'] == 5


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
        ('image,fold\na,0,1\n', "line 2: .*are not the 2 columns .'image', 'fold'."),
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


def test_folds_read_back(tmp_path):
    images = Images(ODD, CLASSES)
    folds = np.arange(300) % 4
    path = str(tmp_path / 'f.csv')
    header = write_image_table(path, ODD, dict(fold=folds), dict(scheme='folds', seed=0))
    assert header == read_header(path)
    assert np.array_equal(read_folds(path, images), folds)
    (tmp_path / 'f.csv').write_text((tmp_path / 'f.csv').read_text()[:-3])
    with pytest.raises(ValueError, match='f.csv, line 4: .*edited or cut'):
        read_folds(path, images)
    with pytest.raises(FileNotFoundError, match='none.csv'):
        read_folds(str(tmp_path / 'none.csv'), images)


# --- label, changed


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
def test_noise_reads_back_equal(tmp_path, base):
    clean, given = np.random.default_rng(0).integers(0, 8, (2, 300))
    images = Images(ODD, [f'c{i}' for i in range(8)], base)
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


# --- a column a class


def put_scores(root, images=RAF, header=True):
    """At p.csv; or, without a header, as other tools write them."""
    scores = np.random.default_rng(0).normal(size=(len(images.names), len(images.classes)))
    path = root / 'p.csv'
    path.unlink(missing_ok=True)
    write_scores(str(path), images, scores, LABELS[: len(images.names)], dict(config='a.py'))
    if not header:
        text = '\n'.join(rows_of(path))
        path.write_text(text.replace('image,', 'name,', 1))
    return scores.astype(np.float32)


@pytest.mark.parametrize('header', [False, True])
def test_scores_read_back(tmp_path, header):
    images = Images(['a, b.jpg', 'x "y".jpg', 'plain.jpg'], CLASSES)
    scores = put_scores(tmp_path, images, header)

    def read(names, classes=CLASSES):
        return read_scores(str(tmp_path / 'p.csv'), Images(names, classes)).astype(np.float32)

    assert np.array_equal(read(images.names), scores)
    assert np.array_equal(read(images.names[::-1]), scores[::-1])
    # the columns are told by their names
    order = [3, 0, 6, 1, 2, 5, 4]
    found = read(images.names, [CLASSES[i] for i in order])
    assert np.array_equal(found, scores[:, order])


def test_scores_of_models_that_learnt_other_labels(rafdb_root):
    """They would tell the labels that noise has changed."""
    put_scores(rafdb_root)
    path = rafdb_root / 'p.csv'
    lines = path.read_text().splitlines()
    assert lines[:3] == ['# mmfer image table, format 1', '# config: "a.py"', '# images: 14']
    topk = dict(kind='topk', path='p.csv')
    scores = column(RAFDB(str(rafdb_root), candidates=topk), 'gt_score')
    noise = dict(kind='pair', rate=0.2, seed=0)
    with pytest.raises(
        ValueError, match='p.csv, line 4: its models learnt other labels than those given here'
    ):
        RAFDB(str(rafdb_root), noise=noise, candidates=topk)
    with pytest.raises(
        ValueError,
        match='p.csv, line 3: its models learnt 14 '
        'images, but this data set has 9.*cannot be checked',
    ):
        RAFDB(str(rafdb_root), indices=9, candidates=topk)
    for text, named in (
        (path.read_text().rstrip('\n') + '1\n', 'p.csv, line 5: its rows .*edited or cut'),
        (path.read_text().replace('# labels_', '# other_'), "p.csv: .*lacks 'labels_sha256'"),
    ):
        path.write_text(text)
        with pytest.raises(ValueError, match=named):
            RAFDB(str(rafdb_root), candidates=topk)
        put_scores(rafdb_root)
    put_scores(rafdb_root, header=False)  # on trust
    assert np.array_equal(scores, column(RAFDB(str(rafdb_root), candidates=topk), 'gt_score'))
    RAFDB(str(rafdb_root), noise=noise, candidates=topk)


@pytest.mark.parametrize(
    'change, named',
    [
        (lambda t: t.replace('fear,', '', 1), r'line 1: .*\(7\) are not the columns'),
        (lambda t: t.replace('fear', 'terror'), "line 1: .*not the columns 'image' and .*'fear'"),
        (lambda t: t.replace('name,', ''), 'line 1: .*not the columns'),
        (lambda t: t.replace('neutral\n', 'neutral,contempt\n'), 'line 1: .*not the columns'),
        (lambda t: t.replace('train_00002.jpg,', 'train_00002.jpg,1,'), 'line 3: .*the 8 columns'),
        (lambda t: t.replace('train_00002.jpg,', ''), 'line 3: '),
        (
            lambda t: t.replace('train_00002.jpg,', 'train_00002.jpg,x'),
            'line 3: .*are not a name and 7 finite',
        ),
        (
            lambda t: t.rsplit(',', 1)[0] + ',inf',
            'line 15: .*are not a name and 7 finite',
        ),
        (
            lambda t: t.replace('train', 'other'),
            "line 2: 14 of 14 .*no row.*begins with .'other_00001.jpg",
        ),
        (lambda t: t + '\n' + t.split('\n')[1], 'train_00001.jpg .lines 2 and 16'),
        (lambda t: t.split('\n')[0], 'holds no rows'),
        (lambda t: '', 'holds no rows'),
    ],
)
def test_bad_scores(tmp_path, change, named):
    put_scores(tmp_path, header=False)
    path = tmp_path / 'p.csv'
    text = path.read_text()
    assert change(text) != text
    path.write_text(change(text))
    with pytest.raises(ValueError, match=f'p.csv.*{named}'):
        read_scores(str(path), RAF)


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


def test_folds_of_earlier_versions_name_the_files(rafdb_root):
    """Paths below the data set's folder, where all else has the names of the list."""
    images = RAFDB(str(rafdb_root)).images
    lines = [f'Image/aligned/{name[:-4]}_aligned.jpg,{fold}' for name, fold in zip(NAMES, FOLDS)]
    (rafdb_root / 'f.csv').write_text('\n'.join(['image,fold', *lines]))
    assert np.array_equal(read_folds(str(rafdb_root / 'f.csv'), images), FOLDS)
