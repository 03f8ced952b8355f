import ntpath
import os
import shutil

import numpy as np
import pytest
from mmengine.logging import MMLogger

from mmfer.datasets import FERFolder
from mmfer.utils import image_folders

CLASSES = ('happy', 'sad', 'angry')


@pytest.fixture
def root(tmp_path, make_image):
    for i in range(6):
        make_image(tmp_path / f'faces/{i}.png', 30 * i)
    return tmp_path


def read(root, text, name='labels.csv', **kwargs):
    (root / name).write_text(text)
    return FERFolder(str(root), **{'classes': CLASSES, 'ann_file': name, **kwargs})


def column(dataset, key='gt_label'):
    return [dataset.get_data_info(i)[key] for i in range(len(dataset))]


def test_class_folders(tmp_path, make_image):
    for path in (
        'train/sad/a.jpg',
        'train/happy/deep/b.JPG',
        'train/happy/a.png',
        'valid/angry/c.jpg',
    ):
        make_image(tmp_path / path)
    (tmp_path / 'train/sad/notes.txt').write_text('no image')
    for junk in ('train/sad/._a.jpg', 'train/.cache/a.jpg'):
        make_image(tmp_path / junk)
    data = FERFolder(str(tmp_path), classes=CLASSES)
    assert column(data) == [0, 0, 1]
    assert [p[len(str(tmp_path)) :] for p in column(data, 'img_path')] == [
        '/train/happy/a.png',
        '/train/happy/deep/b.JPG',
        '/train/sad/a.jpg',
    ]
    assert data.counts['no image'] == 1
    assert column(FERFolder(str(tmp_path), split='valid', classes=CLASSES)) == [2]
    whole = FERFolder(str(tmp_path), classes=CLASSES, data_prefix='train')
    assert len(whole) == 3
    alone = FERFolder(str(tmp_path / 'train'), split='all', classes=CLASSES)
    assert column(alone) == [0, 0, 1]
    with pytest.raises(FileNotFoundError, match='no class folders .*test'):
        FERFolder(str(tmp_path), split='test', classes=CLASSES)
    with pytest.raises(ValueError, match="'sad'. in .* are no classes"):
        FERFolder(str(tmp_path), classes=('happy', 'unhappy'))


def test_class_folders_without_classes(tmp_path, make_image, told):
    for name in ('train/sad/a.png', 'train/Happy/b.png', 'test/happy/c.png', 'test/angry/d.png'):
        make_image(tmp_path / name)
    train, test = (FERFolder(str(tmp_path), split=split) for split in ('train', 'test'))
    assert train.CLASSES == test.CLASSES == ('Happy', 'angry', 'sad')
    assert (column(train), column(test)) == ([0, 2], [1, 0])
    line = "INFO classes by the folders, in the order of their ids: ['Happy', 'angry', 'sad']"
    assert told.count(line) == 2
    alone = FERFolder(str(tmp_path), data_prefix='test')
    assert alone.CLASSES == ('angry', 'happy') and column(alone) == [0, 1]
    with pytest.raises(ValueError, match='classes=None; give a list'):
        read(tmp_path, 'path,label\na.png,sad', classes=None)


def test_class_folders_by_ids_and_synonyms(tmp_path, make_image, told):
    for name in ('train/1/a.png', 'train/3/b.png', 'test/2/c.png', 'valid/Sadness/d.png'):
        make_image(tmp_path / name)
    found = [FERFolder(str(tmp_path), split=s, classes=CLASSES) for s in ('train', 'test', 'valid')]
    assert [column(data) for data in found] == [[0, 2], [1], [1]]
    taken = [line for line in told if 'taken as' in line]
    assert "{'1': 'happy', '3': 'angry'}" in taken[0] and "{'Sadness': 'sad'}" in taken[2]
    # more folders do not change the order in which noise is drawn
    names = [str(i) for i in range(1, 12)]
    for name in names:
        make_image(tmp_path / 'many' / name / 'a.png')
    many = FERFolder(str(tmp_path), classes=names, data_prefix='many')
    assert column(many) == [0, 9, 10, *range(1, 9)]


def test_pictures_that_are_not_read_are_named(tmp_path, make_image, monkeypatch):
    lines = []
    monkeypatch.setattr(MMLogger.get_current_instance(), 'warning', lines.append)
    make_image(tmp_path / 'train/sad/a.png')
    make_image(tmp_path / 'train/happy/b.jpg')
    FERFolder(str(tmp_path), classes=CLASSES[:2])
    assert lines == []
    for name in ('train/sad/b', 'train/sad/deep/c.img', 'train/d.png', 'train/sad/e.jfif'):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(tmp_path / 'train/sad/a.png', tmp_path / name)
    os.mkfifo(tmp_path / 'train/happy/f.jpg')
    (tmp_path / 'train/happy/linked').symlink_to(tmp_path / 'train/sad')
    for junk in ('train/__MACOSX/sad/a.jpg', 'train/sad/.ipynb_checkpoints/a.png'):
        make_image(tmp_path / junk)
    data = FERFolder(str(tmp_path), classes=CLASSES[:2])
    assert [name[len(str(tmp_path)) :] for name in column(data, 'img_path')] == [
        '/train/happy/b.jpg',
        '/train/sad/a.png',
        '/train/sad/e.jfif',
    ]
    assert data.counts == {
        'read': 8,
        'kept': 3,
        'picture of another ending': 2,
        'picture in no class folder': 1,
        'linked folder': 1,
        'no regular file': 1,
    }
    told = '\n'.join(lines)
    for name in ('train/sad/b, train/sad/deep/c.img', 'train/d.png', 'happy/f.jpg', 'happy/linked'):
        assert name in told
    assert len(lines) == 4 and '2 left out (picture of another ending)' in told


def test_names_of_class_folders_are_those_of_every_system(tmp_path, make_image, monkeypatch):
    make_image(tmp_path / 'train/sad/deep/a.png')
    make_image(tmp_path / 'train/happy/a.png')
    names = column(FERFolder(str(tmp_path), classes=CLASSES[:2]), 'name')
    assert names == ['train/happy/a.png', 'train/sad/deep/a.png']
    monkeypatch.setattr(image_folders, 'osp', WindowsNames())
    assert column(FERFolder(str(tmp_path), classes=CLASSES[:2]), 'name') == names


class WindowsNames:
    """os.path, with the names of Windows."""

    sep = '\\'
    relpath = staticmethod(ntpath.relpath)

    def __getattr__(self, name):
        return getattr(os.path, name)


def test_a_table_that_names_what_is_no_file(root):
    os.mkfifo(root / 'faces/pipe.png')
    (root / 'faces/folder.png').mkdir()
    for name in ('pipe', 'folder'):
        with pytest.raises(FileNotFoundError, match=f'1 of 1 images .*{name}.png'):
            read(root, f'path,label\nfaces/{name}.png,happy\n')


def test_split_folders_in_any_spelling(tmp_path, make_image):
    for folder in ('Train', 'Validation', 'TEST'):
        make_image(tmp_path / folder / 'sad/a.jpg')
    for split in ('train', 'valid', 'test'):
        assert column(FERFolder(str(tmp_path), split=split, classes=CLASSES)) == [1]


@pytest.mark.parametrize(
    'text',
    [
        'path,label\nfaces/0.png,happy\nfaces/1.png,angry\nfaces/2.png,sad',
        'path,label\nfaces/0.png,0\nfaces/1.png,2\nfaces/2.png,1',
        'path,label\nfaces/0.png,1\nfaces/1.png,3\nfaces/2.png,2',
        '\ufefflabel,age,image\r\n\r\nhappy,30,faces/0.png\r\n'
        'angry,4,faces\\1.png\r\nsad,9,faces/2.png\r\n',
    ],
)
def test_table_of_labels(root, text):
    data = read(root, text)
    assert column(data) == [0, 2, 1]
    noisy = read(root, text, noise=dict(kind='pair', rate=1.0))
    assert column(noisy) == [1, 0, 2]


def test_splits_in_the_table(root):
    text = 'path,label,split\nfaces/0.png,happy,train\nfaces/1.png,sad,valid\nfaces/2.png,sad,train'
    assert column(read(root, text)) == [0, 1]
    valid = read(root, text, split='valid', test_mode=True)
    assert column(valid) == [1] and valid.counts['other split'] == 2


VOTES = (
    'path,angry,happy,sad,unknown\n'
    'faces/0.png,1,6,3,0\nfaces/1.png,5,0,5,0\nfaces/2.png,0,0,2,8\n'
    'faces/3.png,0,0,0,0\nfaces/4.png,0,4,3,3\n'
)


def test_table_of_votes(root):
    data = read(root, VOTES, outside=['unknown'])
    assert column(data) == [0]
    assert data.get_data_info(0)['votes'].tolist() == [6, 3, 1, 0]
    assert {
        k: data.counts[k] for k in ('no label by the rule', 'outside the classes', 'no votes')
    } == {'no label by the rule': 2, 'outside the classes': 1, 'no votes': 1}
    # without the column, unknown is no answer
    data = read(root, VOTES, candidates=dict(kind='votes', rule='share'))
    assert column(data) == [0, 1, 0]
    np.testing.assert_allclose(
        column(data, 'gt_score'), [[2 / 3, 1 / 3, 0], [0, 1, 0], [4 / 7, 3 / 7, 0]], rtol=1e-6
    )
    assert column(read(root, VOTES, rule='argmax')) == [0, 1, 1, 0]


def test_table_of_annotators(root):
    text = (
        'path,anna,ben,carla\nfaces/0.png,happy,sad,happy\n'
        'faces/1.png,sad,,\nfaces/2.png,sad,angry,\nfaces/3.png,,,\n'
    )
    data = read(root, text, annotators=['anna', 'ben', 'carla'])
    assert column(data) == [0, 1]
    assert data.get_data_info(0)['votes'].tolist() == [2, 1, 0]
    assert data.counts['no label by the rule'] == 1
    assert data.counts['no votes'] == 1
    with pytest.raises(ValueError, match="'dora'"):
        read(root, text, annotators=['anna', 'dora'])


def test_labels_and_votes(root):
    text = 'path,label,happy,sad,angry\nfaces/0.png,angry,5,5,0\n'
    data = read(root, text, candidates=dict(kind='votes', rule='all', min_held=0))
    assert column(data) == [2]
    assert column(data, 'gt_score')[0].tolist() == [0.5, 0.5, 0]


def test_a_table_that_is_not_there(root):
    with pytest.raises(FileNotFoundError, match='no table at'):
        FERFolder(str(root), classes=CLASSES, ann_file='labels.csv')


def test_ids_count_alike_in_all_columns(root):
    text = (
        'path,label,anna,ben\nfaces/0.png,1,1,2\nfaces/1.png,3,2,2\n'
        'faces/2.png,2.0,1.0,'
    )  # as pandas writes a column with gaps
    data = read(root, text, annotators=['anna', 'ben'])
    assert column(data) == [0, 2, 1]
    assert np.stack(column(data, 'votes')).tolist() == [[1, 1, 0], [0, 2, 0], [1, 0, 0]]
    assert column(read(root, 'path,label\nfaces/0.png,1\nfaces/1.png,2', id_base=1)) == [0, 1]


def test_annotators_who_do_not_know(root):
    text = (
        'path,anna,ben\nfaces/0.png,happy,unknown\nfaces/1.png,unknown,unknown\nfaces/2.png,sad,sad'
    )
    data = read(root, text, annotators=['anna', 'ben'], outside=['unknown'])
    assert column(data) == [1]
    assert data.counts['outside the classes'] == 1
    assert data.get_data_info(0)['votes'].tolist() == [0, 2, 0, 0]
    with pytest.raises(ValueError, match="label 'unknown' is unknown"):
        read(root, text, annotators=['anna', 'ben'])


def test_a_table_without_splits_is_for_training(root):
    text = 'path,label\nfaces/0.png,sad\nfaces/1.png,happy'
    assert len(read(root, text)) == 2
    for split in ('valid', 'test'):
        with pytest.raises(ValueError, match="no column split.*split='all'"):
            read(root, text, split=split, test_mode=True)
    assert len(read(root, text, split='all', test_mode=True)) == 2
    with_splits = 'path,label,split\nfaces/0.png,sad,Val\nfaces/1.png,sad,Test'
    assert len(read(root, with_splits, split='all')) == 2
    assert len(read(root, with_splits, split='valid')) == 1


def test_missing_images(root):
    with pytest.raises(FileNotFoundError, match='1 of 2 .*faces/9.png'):
        read(root, 'path,label\nfaces/0.png,sad\nfaces/9.png,sad')


@pytest.mark.parametrize(
    'kwargs, named',
    [
        (dict(classes=()), 'at least two'),
        (dict(classes=None, ann_file='labels.csv'), 'at least two'),
        (dict(classes=('a', 'a')), 'different names'),
        (dict(classes='happy'), 'at least two'),
        (dict(classes={'a', 'b'}), 'give a list'),
        (dict(classes=CLASSES, rule='mean'), "'mean' is unknown"),
    ],
)
def test_settings(root, kwargs, named):
    with pytest.raises(ValueError, match=named):
        FERFolder(str(root), **kwargs)


def test_the_users_own_names_of_columns(root):
    text = (
        'file;image;Emo;label;part\nx;faces/0.png;happy;1;train\n'
        'y;faces/1.png;sad;1;valid\nz;faces/2.png;angry;1;train'
    )
    columns = dict(path='image', label='Emo', split='part')
    assert column(read(root, text, columns=columns)) == [0, 2]
    assert column(read(root, text, columns=columns, split='valid')) == [1]
    named = dict(path='image')  # the label is found by its name, the split by its values
    assert column(read(root, text, columns=named, split='valid', id_base=0)) == [1]
    text = text.replace('train', '1').replace('valid', '2')  # no column is the split
    assert column(read(root, text, columns=named, split='all', id_base=0)) == [1, 1, 1]
    with pytest.raises(ValueError, match=r'no column split.*columns=dict\(split=...\)'):
        read(root, text, columns=named, split='valid', id_base=0)
    with pytest.raises(ValueError, match=r'line 1: .* one column of the path.*columns=dict\(path='):
        read(root, text)
    with pytest.raises(ValueError, match=r"line 1: .* one of \('emo',\); .*'label': 'emo'"):
        read(root, text, columns=dict(columns, label='emo'))
    with pytest.raises(ValueError, match=r"'labels'\] are unknown; allowed: .*'label'"):
        read(root, text, columns=dict(labels='Emo'))


def test_class_folders_without_splits_name_the_folder_and_the_way(tmp_path, make_image):
    for name in ('happy/a.png', 'sad/b.png'):
        make_image(tmp_path / name)
    with pytest.raises(FileNotFoundError, match=f"data_root='{tmp_path}': .*split='all' reads"):
        FERFolder(str(tmp_path))
    assert len(FERFolder(str(tmp_path), split='all')) == 2


@pytest.mark.parametrize('table', [True, False])
def test_a_split_that_is_not_there_names_those_that_are(tmp_path, make_image, table):
    rows = ['path,label,split']
    for part in ('train', 'Test'):
        for name in CLASSES[:2]:
            make_image(tmp_path / f'{part}/{name}/a.png')
            rows.append(f'{part}/{name}/a.png,{name},{part}')
    (tmp_path / 't.csv').write_text('\n'.join(rows))
    given = dict(classes=CLASSES[:2], ann_file='t.csv' if table else '')
    said = "; there is 'train' and 'test': split='test' .*val_split"
    with pytest.raises(
        ValueError if table else FileNotFoundError, match=said if table else said[8:]
    ):
        FERFolder(str(tmp_path), split='valid', **given)
    assert len(FERFolder(str(tmp_path), split='test', **given)) == 2
    (tmp_path / 't.csv').write_text('\n'.join(rows[:3]))
    shutil.rmtree(tmp_path / 'Test')
    with pytest.raises((ValueError, FileNotFoundError), match="; there is 'train'$"):
        FERFolder(str(tmp_path), split='test', **given)
