"""Faces for pre-training: no labels, nothing that is tested on."""

import os
import shutil

import cv2
import numpy as np
import pytest

from mmfer.datasets import FERPlus, UnlabelledFER

PIPELINE = [dict(type='LoadImageFromFile'), dict(type='PackInputs')]


@pytest.fixture(autouse=True)
def host_scope():
    from mmengine.registry import init_default_scope

    init_default_scope('mmpretrain')


@pytest.fixture
def roots(rafdb_root, ferplus_root, affectnet_root):
    """All three in one folder; no image of a held-out split has a copy."""
    rng = np.random.default_rng(0)
    for path in sorted(rafdb_root.rglob('*.*')):
        if path.suffix in ('.png', '.jpg'):
            cv2.imwrite(str(path), rng.integers(0, 256, (12, 10, 3), dtype=np.uint8))
    return rafdb_root


def parts(root, *names):
    known = dict(RAFDB='train', FERPlus='train', AffectNet='train')
    return [dict(type=name, data_root=str(root), split=known[name]) for name in names or known]


def column(dataset, key):
    return [dataset.get_data_info(i).get(key) for i in range(len(dataset))]


def test_a_mix_of_three_sets(roots, told):
    data = UnlabelledFER(parts(roots), pipeline=PIPELINE)
    # 14 of RAF-DB, 4 rows of FERPlus with a majority in a class, 8 of AffectNet
    singles = [len(part) for part in data.parts]
    assert singles[0] == 14 and singles[2] == 8 and len(data) == sum(singles)
    expected = [path for part in data.parts for path in column(part, 'img_path')]
    assert column(data, 'img_path') == expected
    assert column(data, 'sample_idx') == list(range(len(data)))
    boxes = column(data, 'face_box')
    assert boxes[:-8] == [None] * (len(data) - 8) and boxes[-1] == (2, 3, 6, 5)
    assert any(
        f"'RAF-DB train': 14, 'FERPlus train': {singles[1]}, 'AffectNet train': 8" in line
        for line in told
    )
    assert data.counts == dict(read=len(data), kept=len(data), **{'copy of a held-out image': 0})
    sample = data[len(data) - 1]
    assert sample['inputs'].shape == (3, 12, 10)
    assert sample['data_samples'].sample_idx == len(data) - 1


def test_no_label_goes_on(roots):
    data = UnlabelledFER(parts(roots), pipeline=PIPELINE)
    assert {key for i in range(len(data)) for key in data.get_data_info(i)} == {
        'img_path',
        'part',
        'sample_idx',
        'face_box',
    }
    assert set(data[0]['data_samples'].keys()) == set()


def test_indices_count_in_the_joint_list(roots):
    data = UnlabelledFER(parts(roots), indices=16, pipeline=PIPELINE)
    assert len(data) == 16 and 'FER2013Train' in column(data, 'img_path')[-1]
    some = UnlabelledFER(parts(roots), indices=[15, 0], pipeline=PIPELINE)
    assert column(some, 'img_path') == [column(data, 'img_path')[i] for i in (15, 0)]
    of_a_part = parts(roots)
    of_a_part[0]['indices'] = 3
    assert (
        len(UnlabelledFER(of_a_part, pipeline=PIPELINE))
        == len(UnlabelledFER(parts(roots), pipeline=PIPELINE)) - 11
    )


# --- what is tested on


@pytest.mark.parametrize(
    'part, named',
    [
        (dict(type='RAFDB', split='test'), 'RAF-DB test .* is tested on'),
        (dict(type='FERPlus', split='valid'), 'FERPlus valid .* is tested on'),
        (dict(type='FERPlus', split='test'), 'FERPlus test .* is tested on'),
        (dict(type='AffectNet', split='valid'), 'AffectNet valid .* is tested on'),
        (dict(type='RAFDB', test_mode=True), r'test_mode=True\) is tested on'),
        (dict(type='RAFDB', noise=dict(kind='symmetric', rate=0.3)), 'pre-training sees no labels'),
        (dict(type='CustomDataset'), 'CustomDataset does not say which of its splits'),
    ],
)
def test_parts_that_are_refused(roots, part, named):
    with pytest.raises(ValueError, match=named):
        UnlabelledFER([dict(part, data_root=str(roots))], pipeline=PIPELINE)


@pytest.mark.parametrize(
    'settings, named',
    [
        (dict(datasets=[]), 'datasets is empty'),
        (dict(copies='keep'), "copies='keep' is unknown"),
        (dict(test_mode=True), 'for training without labels'),
        (dict(noise=dict(kind='symmetric', rate=0.1)), 'for training without labels'),
    ],
)
def test_settings_that_are_refused(roots, settings, named):
    with pytest.raises(ValueError, match=named):
        UnlabelledFER(**{'datasets': parts(roots), 'pipeline': PIPELINE, **settings})


def test_the_same_part_twice(roots):
    with pytest.raises(ValueError, match='14 images come twice'):
        UnlabelledFER(parts(roots, 'RAFDB', 'RAFDB'), pipeline=PIPELINE)


def test_a_test_image_under_a_training_name_is_refused(roots):
    train = roots / 'Image/aligned/train_00003_aligned.jpg'
    train.unlink()
    os.symlink(roots / 'Image/aligned/test_0002_aligned.jpg', train)
    for copies in ('drop', 'ignore'):
        with pytest.raises(
            ValueError,
            match='1 images are files of splits that are held out.*train_00003.*test_0002',
        ):
            UnlabelledFER(parts(roots), copies=copies, pipeline=PIPELINE)


def test_copies_of_held_out_images(roots, told):
    aligned = roots / 'Image/aligned'
    shutil.copy(aligned / 'test_0002_aligned.jpg', aligned / 'train_00003_aligned.jpg')
    # of another part's test split, too
    shutil.copy(aligned / 'test_0001_aligned.jpg', roots / 'FER2013Train/fer0000001.png')
    everything = UnlabelledFER(parts(roots), copies='ignore', pipeline=PIPELINE)
    data = UnlabelledFER(parts(roots), pipeline=PIPELINE)
    gone = set(column(everything, 'img_path')) - set(column(data, 'img_path'))
    assert {os.path.basename(path) for path in gone} == {
        'train_00003_aligned.jpg',
        'fer0000001.png',
    }
    assert data.counts['copy of a held-out image'] == 2
    assert told[-1].endswith('held-out splits: 2')
    assert column(data, 'sample_idx') == list(range(len(data)))
    with pytest.raises(ValueError, match='2 images are copies of images that are held out'):
        UnlabelledFER(parts(roots), copies='raise', pipeline=PIPELINE)


def test_valid_is_held_out_unless_it_is_trained_on(roots):
    shutil.copy(roots / 'FER2013Valid/fer0000020.png', roots / 'FER2013Train/fer0000001.png')
    part = parts(roots, 'FERPlus')
    assert UnlabelledFER(part, pipeline=PIPELINE).counts['copy of a held-out image'] == 1
    part[0]['split'] = 'train+valid'
    both = UnlabelledFER(part, pipeline=PIPELINE)
    assert both.counts['copy of a held-out image'] == 0
    assert len(both) == len(FERPlus(str(roots), split='train+valid', pipeline=PIPELINE))


def test_a_split_that_is_not_there_is_told(roots, told):
    shutil.rmtree(roots / 'FER2013Test')
    UnlabelledFER(parts(roots, 'FERPlus'), pipeline=PIPELINE)
    assert any(
        line.startswith('WARNING FERPlus test: not read, so that it could not be checked')
        for line in told
    )


@pytest.fixture
def own_folders(roots):
    """Class folders, train and valid, of which one image is in both."""
    aligned = roots / 'Image/aligned'
    for number, place in enumerate(('train/a', 'train/b', 'valid/a', 'valid/b'), 1):
        (roots / place).mkdir(parents=True)
        shutil.copy(aligned / f'train_0000{number}_aligned.jpg', roots / place / f'{number}.jpg')
    shutil.copy(roots / 'train/a/1.jpg', roots / 'valid/a/3.jpg')
    return roots


AFFECTNET_LIST = dict(type='AffectNet', data_prefix='Manually_Annotated_Images')
OWN = dict(type='FERFolder', classes=['a', 'b'])


@pytest.mark.parametrize(
    'part, images, copies',
    [
        (dict(AFFECTNET_LIST, ann_file='Manually_Annotated_file_lists/training.csv'), 8, 0),
        (dict(OWN, data_prefix='train'), 1, 1),
        (dict(OWN, ann_file='own.csv'), 1, 1),
        (dict(type='RAFDB', data_prefix='Image/other', suffix=''), 13, 1),
    ],
)
def test_other_splits_are_found_by_the_standard_files(own_folders, part, images, copies, told):
    """Whatever list or folder the part names."""
    root = own_folders
    (root / 'own.csv').write_text('path,label\ntrain/a/1.jpg,a\ntrain/b/2.jpg,b\n')
    shutil.copytree(root / 'Image/aligned', root / 'Image/other')
    for path in (root / 'Image/other').glob('*.jpg'):
        path.rename(str(path).replace('_aligned', ''))
    # of the aligned test images alone
    copied = root / 'Image/aligned/test_0002_aligned.jpg'
    shutil.copy(copied, root / 'Image/other/train_00003.jpg')
    for path in (root / 'Image/other').glob('test*'):
        path.unlink()
    data = UnlabelledFER([dict(part, data_root=str(root))], pipeline=PIPELINE)
    assert (len(data), data.counts['copy of a held-out image']) == (images, copies)
    absent = [line for line in told if 'valid: not read' in line]
    assert absent == []


def test_a_table_may_divide_the_folders_in_another_way(own_folders):
    (own_folders / 'own.csv').write_text('path,label\nvalid/a/3.jpg,a\ntrain/b/2.jpg,b\n')
    part = dict(OWN, ann_file='own.csv', data_root=str(own_folders))
    sizes = [len(UnlabelledFER([part], copies=c, pipeline=PIPELINE)) for c in ('drop', 'ignore')]
    assert sizes == [1, 2]
    with pytest.raises(ValueError, match='1 images are copies of images that are held out'):
        UnlabelledFER([part], copies='raise', pipeline=PIPELINE)


@pytest.mark.parametrize('release', [None, 'original', 'new'])
@pytest.mark.parametrize('copies', ['drop', 'raise', 'ignore'])
def test_a_validation_list_as_a_training_split(roots, new_affectnet_root, release, copies):
    """AffectNet's validation.csv by ``ann_file``; also where both releases lie in one folder."""
    part = dict(AFFECTNET_LIST, ann_file='Manually_Annotated_file_lists/validation.csv')
    part.update(data_root=str(roots), release=release)
    if release == 'new':  # its own list has no release
        part.update(ann_file='', data_prefix='')
        for path in (roots / 'train_set/images').glob('*'):
            path.unlink()
            os.symlink(roots / 'val_set/images/0.jpg', path)
        named = 'val_set/images/0.jpg'
    else:
        named = r'v\d.jpg'
    with pytest.raises(ValueError, match=f'images are files of splits that are held out.*{named}'):
        UnlabelledFER([part], copies=copies, pipeline=PIPELINE)


def test_pixels_of_own_lists_are_compared(own_folders):
    (own_folders / 'valid/a/3.jpg').unlink()
    image = cv2.imread(str(own_folders / 'train/a/1.jpg'))
    cv2.imwrite(str(own_folders / 'valid/a/3.bmp'), image)
    part = dict(OWN, data_root=str(own_folders))
    data = UnlabelledFER([part], pipeline=PIPELINE)
    assert data.counts['copy of a held-out image'] == 1
    with pytest.raises(ValueError, match='1.jpg has the pixels of .*3.bmp'):
        UnlabelledFER([part], copies='raise', pipeline=PIPELINE)
    # a published part against a held-out set of one's own, which a config names
    cv2.imwrite(str(own_folders / 'Image/aligned/train_00009_aligned.png'), image)
    more = dict(OWN, data_root=str(own_folders), split='valid')
    data = UnlabelledFER(parts(own_folders, 'RAFDB'), held_out=[more], pipeline=PIPELINE)
    gone = {f'train_0000{i}_aligned.jpg' for i in (1, 4)}
    left = {os.path.basename(path) for path in column(data, 'img_path')}
    assert len(left) == 12 and not gone & left


def test_a_table_with_all_splits_is_read_for_each(roots):
    rows = [
        'path,label,split',
        'Image/aligned/train_00001_aligned.jpg,a,train',
        'Image/aligned/train_00002_aligned.jpg,b,train',
        'Image/aligned/test_0002_aligned.jpg,b,test',
    ]
    (roots / 'own.csv').write_text('\n'.join(rows))
    part = dict(type='FERFolder', classes=['a', 'b'], data_root=str(roots), ann_file='own.csv')
    assert len(UnlabelledFER([dict(part, split='train')], pipeline=PIPELINE)) == 2
    with pytest.raises(ValueError, match='1 images are files of splits that are held out'):
        UnlabelledFER([dict(part, split='all')], pipeline=PIPELINE)


# --- what each data set has


def test_fingerprint_tells_parts_and_images(roots):
    first, again = (UnlabelledFER(parts(roots), pipeline=PIPELINE).fingerprint for _ in 'ab')
    assert first == again and first['dataset'] == 'unlabelled'
    assert first['split'] == 'RAF-DB train FERPlus train AffectNet train'
    assert first['images'] == len(UnlabelledFER(parts(roots), pipeline=PIPELINE))
    fewer = UnlabelledFER(parts(roots), indices=10, pipeline=PIPELINE).fingerprint
    assert fewer['list_sha256'] != first['list_sha256']
    boxed = parts(roots, 'AffectNet')
    path = roots / 'Manually_Annotated_file_lists/training.csv'
    before = UnlabelledFER(boxed, pipeline=PIPELINE).fingerprint['list_sha256']
    path.write_text(path.read_text().replace(',2,3,6,5,', ',2,3,6,4,'))
    assert UnlabelledFER(boxed, pipeline=PIPELINE).fingerprint['list_sha256'] != before


def test_fingerprint_does_not_depend_on_where_the_folder_lies(roots, tmp_path):
    first = UnlabelledFER(parts(roots), pipeline=PIPELINE)
    shutil.copytree(roots, tmp_path / 'elsewhere/faces')
    moved = UnlabelledFER(parts(tmp_path / 'elsewhere/faces'), pipeline=PIPELINE)
    assert moved.fingerprint == first.fingerprint
    # below the part's own folder, under the part's name
    assert first._listed(first.get_data_info(0)) == (
        'RAF-DB train Image/aligned/train_00001_aligned.jpg'
    )
    assert first.get_subset([20]).get_data_info(0)['part'] == 2
    chosen = first.get_subset([20, 3]), moved.get_subset([20, 3])
    assert chosen[0].fingerprint == chosen[1].fingerprint != first.fingerprint
    # the same image of another part is another one
    own = dict(
        type='FERFolder', classes=['a', 'b'], data_root=str(roots), ann_file='own.csv', split='all'
    )
    (roots / 'own.csv').write_text(
        'path,label,split\nImage/aligned/train_00001_aligned.jpg,a,train'
    )
    listed = UnlabelledFER([own], pipeline=PIPELINE)
    assert (
        listed.fingerprint['list_sha256']
        != UnlabelledFER(
            [dict(parts(roots, 'RAFDB')[0], indices=1)], pipeline=PIPELINE
        ).fingerprint['list_sha256']
    )


def test_unreadable_images_are_named_or_skipped(roots):
    bad = roots / 'Image/aligned/train_00001_aligned.jpg'
    bad.write_bytes(b'no picture')
    with pytest.raises(RuntimeError, match='train_00001_aligned.jpg.*on_error='):
        UnlabelledFER(parts(roots), pipeline=PIPELINE)[0]
    data = UnlabelledFER(parts(roots), on_error='skip', pipeline=PIPELINE)
    assert data[0]['inputs'].shape == (3, 12, 10)
    assert data.skipped == [str(bad)]


def test_repr(roots):
    assert "Parts: \t['RAF-DB train', 'FERPlus train']" in repr(
        UnlabelledFER(parts(roots, 'RAFDB', 'FERPlus'), pipeline=PIPELINE)
    )
