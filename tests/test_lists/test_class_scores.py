"""Scores in tables: written, read back, and every way to be wrong."""

import numpy as np
import pytest

from mmfer.datasets import RAFDB
from mmfer.lists.class_scores import read_scores, write_scores
from mmfer.lists.image_table import Images

CLASSES = RAFDB.METAINFO['classes']
NAMES = [f'train_{i + 1:05d}.jpg' for i in range(14)]
RAF = Images(NAMES, CLASSES, 1)
LABELS = np.arange(14) % 7


def column(dataset, key='gt_label'):
    return [dataset.get_data_info(i)[key] for i in range(len(dataset))]


def rows_of(path):
    return [line for line in path.read_text().splitlines() if not line.startswith('#')]


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
        (
            lambda t: t.replace('train_00002.jpg,', 'train_00002.jpg,1,'),
            'line 3: 9 columns; expected 8: ',
        ),
        (lambda t: t.replace('train_00002.jpg,', ''), 'line 3: '),
        (
            lambda t: t.replace('train_00002.jpg,', 'train_00002.jpg,x'),
            'line 3: .*are not a name and 7 finite',
        ),
        (lambda t: t.rsplit(',', 1)[0] + ',inf', 'line 15: .*are not a name and 7 finite'),
        (lambda t: t.rsplit(',', 1)[0] + ',1_0', 'line 15: .*are not a name and 7 finite'),
        (lambda t: t.rsplit(',', 1)[0] + ',\uff11', 'line 15: .*are not a name and 7 finite'),
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
