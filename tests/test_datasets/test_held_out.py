"""What data sets hold out, and their training lists without copies of it."""

import os
import shutil

import cv2
import numpy as np
import pytest
from mmengine.registry import init_default_scope

from mmfer.datasets import RAFDB, AffectNet, FERFolder, FERPlus
from mmfer.datasets.held_out import COPY, named, settings_of
from mmfer.synthetic import write_affectnet, write_ferplus, write_rafdb


@pytest.fixture(autouse=True)
def host_scope():
    init_default_scope('mmpretrain')


def names(dataset):
    return [dataset.get_data_info(i)['name'] for i in range(len(dataset))]


def write_own(root):
    """Class folders of six training, two validation and two test images, and tables of the same."""
    rng = np.random.default_rng(0)
    rows = ['path,label,split']
    for split, count in (('train', 6), ('valid', 2), ('test', 2)):
        for i in range(count):
            name = f'{split}/{"ab"[i % 2]}/{split}{i}.png'
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(root / name), rng.integers(0, 256, (12, 10, 3), dtype=np.uint8))
            rows.append(f'{name},{"ab"[i % 2]},{split}')
    (root / 'own.csv').write_text('\n'.join(rows))
    (root / 'train.csv').write_text('\n'.join(['path,label', *(r[:-6] for r in rows[1:7])]))


def make(reader, root):
    """A reader's layout, its settings, and a file of a training and of a held-out image."""
    few = dict(train=14, test=7, size=32)
    if reader == 'RAFDB':
        write_rafdb(root, **few)
        aligned = root / 'Image/aligned'
        return dict(), aligned / 'train_00003_aligned.jpg', aligned / 'test_0002_aligned.jpg'
    if reader == 'FERPlus':
        write_ferplus(root, valid=7, **few)
        pictures = [sorted(root.glob(f'FER2013{name}/*.png')) for name in ('Train', 'Test')]
        listed = {p.rpartition('/')[2] for p in names(FERPlus(str(root), rule='majority'))}
        return dict(), next(p for p in pictures[0] if p.name in listed), pictures[1][0]
    if reader.startswith('AffectNet'):
        release = reader.rpartition(' ')[2]
        write_affectnet(root, release=release, train=16, valid=8, size=32)
        train, valid = (
            AffectNet(str(root), split=split).get_data_info(3) for split in ('train', 'valid')
        )
        if release == 'original':  # the picture, and the place of the face in it
            listed = root / 'Manually_Annotated_file_lists/training.csv'
            boxes = [','.join(f'{x:g}' for x in one['face_box']) for one in (train, valid)]
            rows = listed.read_text().split('\n')
            row = next(i for i, one in enumerate(rows) if one.startswith(train['name']))
            rows[row] = rows[row].replace(*boxes)
            listed.write_text('\n'.join(rows))
        return dict(), train['img_path'], valid['img_path']
    write_own(root)
    settings = dict(classes=['a', 'b'])
    if reader != 'folders':
        settings['ann_file'] = reader
    return settings, root / 'train/a/train2.png', root / 'test/a/test0.png'


READERS = {
    'RAFDB': RAFDB,
    'FERPlus': FERPlus,
    'AffectNet original': AffectNet,
    'AffectNet new': AffectNet,
    'folders': FERFolder,
    'own.csv': FERFolder,
    'train.csv': FERFolder,
}


@pytest.mark.parametrize('reader', READERS)
def test_copies_are_dropped(reader, tmp_path):
    settings, train, held = make(reader, tmp_path)
    settings['data_root'] = str(tmp_path)
    cls = READERS[reader]
    before = names(cls(**settings))
    assert names(cls(**settings, copies='drop')) == before  # drawn faces differ
    shutil.copy(held, train)
    assert names(cls(**settings)) == before  # told by the run
    data = cls(**settings, copies='drop')
    assert len(data) == len(before) - 1 and data.counts[COPY] == 1
    assert data.counts['kept'] == len(data)
    assert str(train) not in [data.get_data_info(i)['img_path'] for i in range(len(data))]
    # numbered anew, before indices and noise
    assert [data.get_data_info(i)['sample_idx'] for i in range(len(data))] == [*range(len(data))]
    noise = dict(kind='symmetric', rate=0.5)
    few = cls(**settings, copies='drop', indices=4, noise=noise)
    assert len(few) == 4 and few.fingerprint['changed'] == 2
    assert [one.name.rpartition(' ')[2] for one in data.held_out_splits()] == [
        split for split in cls.SPLITS if split in ('valid', 'test')
    ]


def test_data_sets_that_a_config_names(tmp_path):
    settings, train, _ = make('folders', tmp_path)
    write_rafdb(tmp_path / 'raf', train=14, test=7, size=32)
    picture = cv2.imread(str(tmp_path / 'raf/Image/aligned/test_0002_aligned.jpg'))
    cv2.imwrite(str(train), picture)
    settings.update(data_root=str(tmp_path), copies='drop')
    assert len(FERFolder(**settings)) == 6
    raf = dict(type='RAFDB', data_root=str(tmp_path / 'raf'), split='test', test_mode=True)
    host = dict(type='CustomDataset', data_root=str(tmp_path / 'valid'))
    data = FERFolder(**settings, held_out=[raf, host])
    assert len(data) == 5 and data.counts[COPY] == 1
    shutil.copy(tmp_path / 'valid/b/valid1.png', tmp_path / 'train/b/train1.png')
    assert len(FERFolder(**settings, held_out=[host])) == 5
    with pytest.raises(ValueError, match="copies='drop' leaves nothing of own train: all 6 images"):
        FERFolder(**settings, held_out=[dict(settings, type='FERFolder', copies='raise')])


def test_what_is_not_there_is_told(tmp_path, told):
    settings, *_ = make('RAFDB', tmp_path)
    for path in (tmp_path / 'Image/aligned').glob('test*'):
        path.unlink()
    listed = tmp_path / 'EmoLabel/list_patition_label.txt'
    listed.write_text('\n'.join(s for s in listed.read_text().split('\n') if 'train' in s))
    (tmp_path / 'EmoLabel/distribution_basic.txt').unlink()
    other = dict(type='FERFolder', data_root=str(tmp_path / 'no'), classes=['a', 'b'], split='test')
    RAFDB(str(tmp_path), copies='drop', held_out=[other])
    absent = [line for line in told if 'could not be checked' in line]
    assert [line.split(':')[0] for line in absent] == [
        'WARNING RAF-DB test',
        'WARNING FERFolder test',
    ]


@pytest.mark.parametrize('settings', [dict(copies='keep'), dict(copies='drop', split='test')])
def test_wrong_settings(settings):
    with pytest.raises(ValueError, match='copies='):
        RAFDB('', lazy_init=True, **settings)


def test_whether_the_list_is_the_owners(tmp_path):
    lazy = dict(data_root=str(tmp_path), lazy_init=True)
    standard = 'EmoLabel/list_patition_label.txt'
    assert RAFDB(**lazy).published and RAFDB(**lazy, ann_file=standard).published
    assert RAFDB(**lazy, data_prefix='Image/own', suffix='').published  # the same images
    assert FERPlus(**lazy, vote_file='fer2013new.csv').published
    assert AffectNet(**lazy, release='new').published
    assert not RAFDB(**lazy, ann_file='other.txt').published
    assert not AffectNet(**lazy, ann_file='a.csv', data_prefix='b').published
    assert not FERFolder(**lazy, classes=['a', 'b']).published


def test_some_of_the_published_training_images(tmp_path):
    make('AffectNet original', tmp_path)
    lists = tmp_path / 'Manually_Annotated_file_lists'
    lines = (lists / 'training.csv').read_text().splitlines()
    (lists / 'some.csv').write_text('\n'.join(lines[:5]))
    some = AffectNet(
        str(tmp_path),
        ann_file=f'{lists.name}/some.csv',
        data_prefix='Manually_Annotated_Images',
    )
    own = {some.get_data_info(i)['img_path'] for i in range(len(some))}
    assert own < some.published_training() and len(some.published_training()) == 16


def test_arguments_by_name():
    assert settings_of(RAFDB, ('root', 'test'), dict(suffix='')) == dict(
        data_root='root', split='test', suffix=''
    )
    assert settings_of(FERFolder, ('root', 'train', ['a', 'b']), {})['classes'] == ['a', 'b']
    assert named(RAFDB('', lazy_init=True)) == 'RAF-DB train'


def test_subsets_keep_them(tmp_path):
    settings, train, held = make('folders', tmp_path)
    data = FERFolder(data_root=str(tmp_path), **settings).get_subset([0, 2])
    assert [one.name for one in data.held_out_splits()] == ['own valid', 'own test']
    assert data.given['data_root'] == str(tmp_path)
    assert os.path.exists(train) and os.path.exists(held)
