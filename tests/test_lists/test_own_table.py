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
    said = f"line 1: path by 'path', label by 'label', split by '{title}'"
    assert f"{said}; columns that are not used: ['age']" in caplog.text
    assert [image['split'] for image in images] == ['train', 'valid', 'test']


@pytest.mark.parametrize(
    'title',
    'path image_path image_name file_name filepath filename pth subDirectory_filePath img_path '
    'Image_Path IMAGE-NAME imageFile File.Name'.split()
    + ['Image name', 'file  path'],
)
def test_images_by_any_name_that_circulates(tmp_path, title):
    images, labels, _ = read(tmp_path, f',{title},label\n7,a.jpg,sad\n8,b.jpg,happy')
    assert [image['name'] for image in images] == ['a.jpg', 'b.jpg'] and labels.tolist() == [1, 0]


@pytest.mark.parametrize(
    'title',
    'label Labels target Targets emotion EMOTION emotions expression class gt_label Class_Name '
    'label_id'.split()
    + ['Class ID', 'emotion label'],
)
def test_labels_by_any_name_that_circulates(tmp_path, title):
    assert read(tmp_path, f'age,{title},path\n1,Sad,a.jpg\n2,HAPPY,b.jpg')[1].tolist() == [1, 0]
    assert read(tmp_path, f'path,{title}\na.jpg,1\nb.jpg,0')[1].tolist() == [1, 0]


def test_names_of_classes_in_any_case_and_as_synonyms(tmp_path, told):
    assert read(tmp_path, 'path,label\na.jpg,SAD\nb.jpg, Angry \nc.jpg,sad')[1].tolist() == [
        1,
        2,
        1,
    ]
    assert not any('taken as' in line for line in told)
    assert read(tmp_path, 'path,label\na.jpg,sadness\nb.jpg,joy')[1].tolist() == [1, 0]
    (line,) = [line for line in told if 'taken as' in line]
    assert "{'sadness': 'sad', 'joy': 'happy'}" in line
    votes = read(tmp_path, 'path,ANGRY,Unknown,Happy,sad\na.jpg,1,2,3,4')[2]
    assert votes.tolist() == [[3, 4, 1]]
    votes = read(tmp_path, 'path,anger,happiness,sadness\na.jpg,1,2,3')[2]
    assert votes.tolist() == [[2, 3, 1]]
    text = 'path,anna,ben\na.jpg,1,unknown\nb.jpg,3,2'  # ids beside what is no class
    votes = read(tmp_path, text, annotators=('anna', 'ben'), outside=('unknown',))[2]
    assert votes.tolist() == [[1, 0, 0, 1], [0, 1, 1, 0]]


def test_a_column_that_may_mean_a_class_is_not_taken_for_votes(tmp_path):
    assert read(tmp_path, 'path,label,sadness\na.jpg,sad,5')[2] is None  # of the age, say
    for text in ('path,label,Happy\na.jpg,sad,5', 'path,Happy,HAPPY,sad,angry\na.jpg,1,2,3,4'):
        with pytest.raises(ValueError, match="line 1: .* columns of votes, but none for .'"):
            read(tmp_path, text)


def test_ids_and_names_of_classes_side_by_side(tmp_path, told):
    for text in (
        'path,label,emotion\na.jpg,7,Sad\nb.jpg,1,happy\nc.jpg,7,sad',
        'path,class_name,class_id\na.jpg,sad,3\nb.jpg,happy,0\nc.jpg,sad,3',
    ):
        assert read(tmp_path, text)[1].tolist() == [1, 0, 1]
    assert any("label by 'emotion'" in line and "not used: ['label']" in line for line in told)
    # one that is called as labels are comes before the others
    assert read(tmp_path, 'path,label_id,label\na.jpg,9,sad\nb.jpg,9,sad')[1].tolist() == [1, 1]
    for text in (
        'path,label,emotion\na.jpg,1,sad\nb.jpg,1,happy',  # one id for two classes
        'path,label,emotion\na.jpg,1,sad\nb.jpg,2,sad',
        'path,label,emotion\na.jpg,1,sad\nb.jpg,2,glad',
        'path,label,emotion\na.jpg,1,2\nb.jpg,2,3',
        'path,label,class,emotion\na.jpg,sad,sad,1',
        'path,class_id,label_id\na.jpg,1,1',
    ):
        with pytest.raises(ValueError, match=r'line 1: .* but has \[.*columns=dict\(label=...\)'):
            read(tmp_path, text)
    assert read(tmp_path, text, columns=dict(label='class_id'), id_base=1)[1].tolist() == [0]


@pytest.mark.parametrize('others', ['image_name', 'img,Image name', 'filepath'])
def test_two_columns_of_images_are_not_guessed(tmp_path, others):
    text = f'image_path,{others},label\na.jpg,{others},sad'
    with pytest.raises(ValueError, match=r"but has .'image_path', '.*columns=dict\(path=...\)"):
        read(tmp_path, text)
    assert read(tmp_path, text, columns=dict(path='image_path'))[0][0]['name'] == 'a.jpg'


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
