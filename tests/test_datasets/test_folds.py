"""Folds of a training set, as they stand in a file."""

import numpy as np
import pytest
from mmengine.registry import init_default_scope
from mmpretrain.registry import DATASETS

from mmfer.datasets import RAFDB, FERFold
from mmfer.datasets.folds import content_groups, fold_text, image_names, read_folds

FOLDS = np.array([0, 1, 2, 0, 1, 2, 1, 0, 2, 0, 1, 2, 0, 1])
NOISE = dict(kind='symmetric', rate=0.5, seed=0)


@pytest.fixture
def fold_file(rafdb_root):
    data = RAFDB(str(rafdb_root))
    path = rafdb_root / 'folds.csv'
    path.write_text(fold_text(image_names(data), FOLDS))
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


@pytest.mark.parametrize(
    'change, named',
    [
        (lambda t: t.replace('image,fold', 'image,part'), 'line 1: the header'),
        (lambda t: t.replace('00003_', '00099_'), 'line 4: .*other images'),
        (lambda t: t + 'more.jpg,0\n', 'line 16: .*None: it ends'),
        (lambda t: t.rsplit('\n', 2)[0], 'ends after 13 of 14 .*00014_aligned'),
        (
            lambda t: t.replace('00003_aligned.jpg,2', '00003_aligned.jpg,x'),
            "line 4: 'x' is no fold",
        ),
        (
            lambda t: t.replace('00003_aligned.jpg,2', '00003_aligned.jpg,-1'),
            "line 4: '-1' is no fold",
        ),
    ],
)
def test_a_file_of_other_images_is_refused(rafdb_root, fold_file, change, named):
    text = fold_file.read_text()
    assert change(text) != text
    fold_file.write_text(change(text))
    with pytest.raises(ValueError, match=f'folds.csv.*{named}'):
        FERFold(RAFDB(str(rafdb_root)), str(fold_file))


def test_unknown_folds_and_files(rafdb_root, fold_file):
    data = RAFDB(str(rafdb_root))
    for fold in (-1, 3):
        with pytest.raises(ValueError, match=f'no fold {fold}; .*0 to 2'):
            FERFold(data, str(fold_file), fold)
    with pytest.raises(FileNotFoundError, match='none.csv'):
        FERFold(data, 'none.csv')


def test_text_reads_back(tmp_path):
    names = ['a/b.jpg', 'with, comma.jpg', '"q".jpg']
    (tmp_path / 'f.csv').write_text(fold_text(names, [2, 0, 1]))
    assert read_folds(str(tmp_path / 'f.csv'), names).tolist() == [2, 0, 1]


def test_copies_are_found_by_content(tmp_path):
    paths = []
    for i, content in enumerate([b'a', b'b', b'a', b'', b'b', b'']):
        paths.append(tmp_path / f'{i}.jpg')
        paths[-1].write_bytes(content)
    assert content_groups(paths).tolist() == [0, 1, 0, 2, 1, 2]
