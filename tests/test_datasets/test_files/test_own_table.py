import pytest

from mmfer.datasets.files.own_table import read_own_table, split_name

CLASSES = ('happy', 'sad')


def read(tmp_path, text, annotators=(), outside=(), id_base=None, **columns):
    (tmp_path / 't.csv').write_text(text)
    path = str(tmp_path / 't.csv')
    return read_own_table(path, 'faces', CLASSES, columns, annotators, outside, id_base)


def test_images(tmp_path):
    text = 'img;class;usage\n./a.jpg;sad;Testing\nb.jpg;happy;val'
    images, labels, votes = read(tmp_path, text)
    assert images == [
        dict(name='./a.jpg', img_path='faces/a.jpg', split='test'),
        dict(name='b.jpg', img_path='faces/b.jpg', split='valid'),
    ]
    assert labels.tolist() == [1, 0] and votes is None


def test_votes_and_annotators(tmp_path):
    text = 'path,unknown,sad,happy\na.jpg,1,2,3\nb.jpg,,4,'
    images, labels, votes = read(tmp_path, text, outside=('unknown',))
    assert labels is None and votes.tolist() == [[3, 2, 1], [0, 4, 0]]
    assert [image['split'] for image in images] == ['', '']
    # ids count from 1, as the label 2 tells; the fourth answer is none
    text = 'path,label,x,y\na.jpg,2,1,1\nb.jpg,1,2,'
    _, labels, votes = read(tmp_path, text, annotators=('x', 'y'))
    assert labels.tolist() == [1, 0] and votes.tolist() == [[2, 0], [0, 1]]
    text = 'path,x,y\na.jpg,happy,NF\nb.jpg,NF,NF'
    _, _, votes = read(tmp_path, text, annotators=('x', 'y'), outside=('NF',))
    assert votes.tolist() == [[1, 0, 1], [0, 0, 2]]


def test_an_own_column_comes_before_known_names(tmp_path):
    text = 'path,label,mine\na.jpg,happy,sad'
    assert read(tmp_path, text)[1].tolist() == [0]
    assert read(tmp_path, text, label='mine')[1].tolist() == [1]


def test_split_names():
    assert [split_name(v, 'x') for v in ('TRAIN', 'validation', 'Test')] == [
        'train',
        'valid',
        'test',
    ]
    with pytest.raises(
        ValueError, match=r"x: split 'dev' is unknown; allowed: \('train', 'training'"
    ):
        split_name('dev', 'x')
