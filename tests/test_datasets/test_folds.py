"""Folds of a training set, as they stand in a file."""

import numpy as np
import pytest
from mmengine.registry import init_default_scope
from mmpretrain.registry import DATASETS

from mmfer.datasets import RAFDB, FERFold, FERFolder
from mmfer.datasets.folds import read_folds
from mmfer.lists.image_table import Images, read_header, write_image_table

FOLDS = np.array([0, 1, 2, 0, 1, 2, 1, 0, 2, 0, 1, 2, 0, 1])
NOISE = dict(kind='symmetric', rate=0.5, seed=0)


@pytest.fixture
def fold_file(rafdb_root):
    names = RAFDB(str(rafdb_root)).images.names
    path = rafdb_root / 'folds.csv'
    write_image_table(str(path), names, dict(fold=FOLDS), dict(seed=0))
    return path


def column(dataset, key):
    return [dataset.get_data_info(i)[key] for i in range(len(dataset))]


def test_training_and_held_out_share_nothing(rafdb_root, fold_file):
    whole = RAFDB(str(rafdb_root), noise=NOISE)
    paths, labels = column(whole, 'img_path'), column(whole, 'gt_label')
    for fold in range(3):
        shown, held = (
            FERFold(
                dict(type='RAFDB', data_root=str(rafdb_root), noise=NOISE),
                str(fold_file),
                fold,
                test_mode,
            )
            for test_mode in (False, True)
        )
        own = np.flatnonzero(FOLDS == fold)
        assert column(held, 'img_path') == [paths[i] for i in own]
        assert sorted(column(held, 'img_path') + column(shown, 'img_path')) == sorted(paths)
        # noise is the whole set's, not drawn anew for a part
        assert column(held, 'gt_label') == [labels[i] for i in own]
        assert len(shown) == 14 - len(own) and shown.num_splits == 3
        assert shown.get_gt_labels().tolist() == column(shown, 'gt_label')
        assert column(shown, 'sample_idx') == list(range(len(shown)))
        assert shown.CLASSES == whole.CLASSES


def test_names_of_a_users_table_as_earlier_versions_wrote_them(tmp_path):
    # below the data set's folder, with one slash between, whatever the table has
    given = {'./x/a.jpg': 'pics/x/a.jpg', 'x\\b.jpg': 'pics/x/b.jpg', 'c.jpg': 'pics/c.jpg'}
    for path in given.values():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    (tmp_path / 'labels.csv').write_text('path,label\n' + ''.join(f'{n},up\n' for n in given))
    rows = ''.join(f'{path},{fold}\n' for fold, path in enumerate(given.values()))
    (tmp_path / 'folds.csv').write_text(f'image,fold\n{rows}')
    table = dict(ann_file='labels.csv', data_prefix='pics', classes=['up', 'down'])
    images = FERFolder(str(tmp_path), **table).images
    assert list(images.names) == list(given)
    assert read_folds(str(tmp_path / 'folds.csv'), images).tolist() == [0, 1, 2]


def test_it_is_built_by_its_name_and_loads_images(rafdb_root, fold_file):
    init_default_scope('mmpretrain')
    data = DATASETS.build(
        dict(
            type='FERFold',
            fold_file=str(fold_file),
            fold=1,
            dataset=dict(
                type='RAFDB',
                data_root=str(rafdb_root),
                pipeline=[dict(type='LoadImageFromFile'), dict(type='PackInputs')],
            ),
        )
    )
    assert data[0]['inputs'].shape == (3, 12, 10) and len(data) == 9


def test_a_file_of_other_images_is_refused(rafdb_root, fold_file):
    with pytest.raises(ValueError, match='folds.csv: 14 rows for 13 images'):
        FERFold(RAFDB(str(rafdb_root), indices=13), str(fold_file))
    fold_file.write_text(fold_file.read_text().replace('00003.jpg,2', '00003.jpg,1'))
    with pytest.raises(ValueError, match='folds.csv, line 3: .*edited or cut'):
        FERFold(RAFDB(str(rafdb_root)), str(fold_file))


def test_unknown_folds_and_files(rafdb_root, fold_file):
    data = RAFDB(str(rafdb_root))
    for fold in (-1, 3):
        with pytest.raises(ValueError, match=f'no fold {fold}; .*0 to 2'):
            FERFold(data, str(fold_file), fold)
    for fold in (1.5, float('nan'), True, '1'):
        with pytest.raises(ValueError, match=f'fold={fold!r}; allowed: whole numbers'):
            FERFold(data, str(fold_file), fold)
    with pytest.raises(FileNotFoundError, match='none.csv'):
        FERFold(data, 'none.csv')


def test_folds_read_back(tmp_path, odd_names):
    images = Images(odd_names, ('x', 'y'))
    folds = np.arange(300) % 4
    path = str(tmp_path / 'f.csv')
    header = write_image_table(path, odd_names, dict(fold=folds), dict(scheme='folds', seed=0))
    assert header == read_header(path)
    assert np.array_equal(read_folds(path, images), folds)
    (tmp_path / 'f.csv').write_text((tmp_path / 'f.csv').read_text()[:-3])
    with pytest.raises(ValueError, match='f.csv, line 4: .*edited or cut'):
        read_folds(path, images)
    with pytest.raises(FileNotFoundError, match='none.csv'):
        read_folds(str(tmp_path / 'none.csv'), images)


def test_folds_of_earlier_versions_name_the_files(rafdb_root):
    """Paths below the data set's folder, where all else has the names of the list."""
    images = RAFDB(str(rafdb_root)).images
    lines = [
        f'Image/aligned/{name[:-4]}_aligned.jpg,{fold}' for name, fold in zip(images.names, FOLDS)
    ]
    (rafdb_root / 'f.csv').write_text('\n'.join(['image,fold', *lines]))
    assert np.array_equal(read_folds(str(rafdb_root / 'f.csv'), images), FOLDS)


@pytest.mark.parametrize('folds', [[1, 2, 1], [0, 2, 0], [3, 4, 999999999]])
def test_an_empty_fold_is_refused(tmp_path, folds):
    """Files that count from 1, for instance: the first fold would be tested on nothing."""
    path = tmp_path / 'f.csv'
    path.write_text(''.join(['image,fold\n', *(f'{n},{fold}\n' for n, fold in zip('abc', folds))]))
    with pytest.raises(ValueError, match='f.csv: its folds are .*, of which one is empty'):
        read_folds(str(path), Images(list('abc'), ('x', 'y')))
