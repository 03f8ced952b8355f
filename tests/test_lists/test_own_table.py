"""A user's own table: what it says, by hand, and every way to be wrong."""

import logging

import numpy as np
import pytest
from mmengine.logging import MMLogger

from mmfer.lists.own_table import read_own_table

CLASSES = ('happy', 'sad', 'angry')


def read(folder, text, columns={}, annotators=(), outside=(), id_base=None):
    (folder / 't.csv').write_text(text)
    said = columns, annotators, outside, id_base
    return read_own_table(str(folder / 't.csv'), 'root', CLASSES, *said)


def test_images_and_their_labels(tmp_path):
    text = 'path,emotion,usage\na.jpg,sad,Val\n./b//c.jpg,angry,test\n'
    images, labels, votes = read(tmp_path, text)
    assert images == [
        dict(name='a.jpg', img_path='root/a.jpg', split='valid'),
        dict(name='./b//c.jpg', img_path='root/b/c.jpg', split='test'),
    ]
    assert labels.tolist() == [1, 2] and votes is None


def test_votes_by_their_columns(tmp_path):
    text = 'path,angry,unknown,happy,sad\na.jpg,1,2,3,\nb.jpg,0,0,.5,1e1'
    images, labels, votes = read(tmp_path, text, outside=('unknown',))
    assert labels is None and [image['split'] for image in images] == ['', '']
    assert votes.tolist() == [[3, 0, 1, 2], [0.5, 10, 0, 0]] and votes.dtype == np.float32
    assert read(tmp_path, text)[2].tolist() == [[3, 0, 1], [0.5, 10, 0]]


def test_annotators_and_labels_count_alike(tmp_path):
    text = 'path,label,anna,ben\nx.jpg,1,2,3\ny.jpg,2.0,,1'
    _, labels, votes = read(tmp_path, text, annotators=('anna', 'ben'))
    assert labels.tolist() == [0, 1] and votes.tolist() == [[0, 1, 1], [1, 0, 0]]
    with pytest.raises(ValueError, match="line 2: class id 3 of 'x.jpg' is unknown; .* 0 to 2"):
        read(tmp_path, text, annotators=('anna', 'ben'), id_base=0)


def test_what_annotators_say_outside_the_classes(tmp_path):
    text = 'path,anna,ben\nx.jpg,sad,no face\ny.jpg,no face,'
    votes = read(tmp_path, text, annotators=('anna', 'ben'), outside=('no face',))[2]
    assert votes.tolist() == [[0, 1, 0, 1], [0, 0, 0, 1]]
    with pytest.raises(ValueError, match="line 2: label 'no face' is unknown; allowed: .'happy'"):
        read(tmp_path, text, annotators=('anna', 'ben'))
    with pytest.raises(ValueError, match="line 1: no column .'carla'. in the header"):
        read(tmp_path, text, annotators=('anna', 'carla'))


def test_an_own_column_comes_before_known_names(tmp_path):
    text = 'path,label,mine\na.jpg,happy,sad'
    assert read(tmp_path, text)[1].tolist() == [0]
    assert read(tmp_path, text, columns=dict(label='mine'))[1].tolist() == [1]


@pytest.mark.parametrize('title', ['split', 'Usage', 'set', 'phase', 'Fold', 'dataset_split'])
def test_a_column_of_splits_is_used_and_ignored_ones_are_named(tmp_path, title, caplog):
    text = f'path,label,age,{title}\na.jpg,sad,3,Training\nb.jpg,sad,4,PublicTest\nc.jpg,sad,5,TEST'
    logger = MMLogger.get_current_instance()
    logger.addHandler(caplog.handler)
    try:
        with caplog.at_level(logging.INFO):
            images = read(tmp_path, text)[0]
    finally:
        logger.removeHandler(caplog.handler)
    assert f"line 1: splits by '{title}'; columns that are not used: ['age']" in caplog.text
    assert [image['split'] for image in images] == ['train', 'valid', 'test']


@pytest.mark.parametrize(
    'text, named',
    [
        ('path,label\nfaces/0.png,glad', "line 2: label 'glad' is unknown"),
        ('path,label\nfaces/0.png,happy\nfaces/1.png,1', "line 3: label '1'"),
        (
            'path,label\nfaces/0.png,0\nfaces/1.png,3',
            'class id 0 .line 2. and class id 3 .line 3. are mixed',
        ),
        ('path,label\nfaces/0.png,4', 'line 2: class id 4'),
        ('path,label\nfaces/0.png', 'line 2: 1 columns; expected 2'),
        ('path,label\nfaces/0.png,sad\nfaces/0.png,sad', 'listed on line 2'),
        ('path,label\n../0.png,sad', "line 2: .*'../0.png' leads out"),
        ('path,label\n/etc/0.png,sad', "line 2: .*'/etc/0.png' leads out"),
        ('path,label\n,sad', 'line 2: .* empty'),
        ('path,age\nfaces/0.png,3', 'nothing to learn from'),
        ('path,label,emotion\nfaces/0.png,sad,sad', 'needs one column of the label'),
        ('path,label,happy,sad\nfaces/0.png,sad,1,2', "none for .'angry'"),
        ('path,label\nfaces/0.png,1\nfaces/1.png,2', 'neither 0 nor 3.*id_base'),
        ('path,label,split\nfaces/0.png,sad,trian', "line 2: split 'trian'"),
        ('path,label\n"faces/0.png,sad', 'line 2: 1 columns'),
        ('path,label\nfaces/0.png,sad\nfaces/./0.png,sad', 'listed on line 2'),
        ('face,label\nfaces/0.png,sad', 'line 1: .*needs one column of the path'),
        ('path,label,label\nfaces/0.png,sad,sad', 'comes twice'),
        ('path,label\n', 'no rows'),
        ('path,happy,sad,angry\nfaces/0.png,1,x,3', 'line 2: .* are no votes'),
        ('path,happy,sad,angry\nfaces/0.png,1,-1,3', 'line 2: .* are no votes'),
    ],
)
def test_bad_tables(tmp_path, text, named):
    with pytest.raises(ValueError, match=named):
        read(tmp_path, text)


@pytest.mark.parametrize(
    'names, named',
    [
        (('happy', 'sad', 'angry'), None),
        (('Joy', 'sadness', 'ang'), None),
        (('angry', 'happy', 'sad'), "line 2: label '0' is 'happy' by .*'called' says 'angry'"),
        (('happy', 'angry', 'sad'), "line 3: label '1' is 'sad' by .*columns=dict.label='called'"),
        (('happy', 'neutral', 'sad'), "line 3: label '1' is 'sad' by .*says 'neutral'"),
        (('ann', 'ben', 'carla'), None),  # of something else
    ],
)
def test_names_beside_ids(tmp_path, names, named):
    text = 'path,label,called\n' + '\n'.join(
        f'{i}.jpg,{c},{names[c]}' for i, c in enumerate((0, 1, 2, 0))
    )
    if named is None:
        assert read(tmp_path, text)[1].tolist() == [0, 1, 2, 0]
        return
    with pytest.raises(ValueError, match=named):
        read(tmp_path, text)
    # what a model said of the images names no ids
    assert read(tmp_path, text + '\n4.jpg,0,sad\n5.jpg,0,happy')[1].tolist() == [0, 1, 2, 0, 0, 0]
