import numpy as np
import pytest

from mmfer.datasets import AffectNet


def column(dataset, key='gt_label'):
    return [dataset.get_data_info(i)[key] for i in range(len(dataset))]


def names(dataset):
    return [path.split('/', -1)[-1] for path in column(dataset, 'img_path')]


def test_original_release(affectnet_root):
    data = AffectNet(str(affectnet_root))
    assert column(data) == list(range(8))
    assert names(data) == [f't{i}.jpg' for i in range(8)]
    assert data.get_data_info(5)['img_path'].endswith('Manually_Annotated_Images/2/t5.jpg')
    assert data.get_data_info(0)['face_box'] == (2, 3, 6, 5)
    assert dict(data.counts) == {'read': 11, 'kept': 8, 'none': 1, 'uncertain': 1, 'no face': 1}
    assert data.CLASSES[:2] == ('neutral', 'happiness')


def test_seven_classes_leave_contempt_out(affectnet_root):
    data = AffectNet(str(affectnet_root), num_classes=7)
    assert column(data) == list(range(7))
    assert data.counts['contempt'] == 1
    assert 'contempt' not in data.CLASSES and len(data.CLASSES) == 7


def test_validation_without_a_header(affectnet_root):
    data = AffectNet(str(affectnet_root), split='valid', test_mode=True)
    assert column(data) == list(range(8))  # the first row is an image, too
    path = affectnet_root / 'Manually_Annotated_file_lists/validation.csv'
    lines = path.read_text().splitlines()
    path.write_text(
        '\n'.join(
            [
                'expression,face_x,face_y,face_width,face_height,subDirectory_filePath',
                '3,0,0,5,5,1/v3.jpg',
            ]
        )
    )
    assert column(AffectNet(str(affectnet_root), split='valid')) == [3]
    path.write_text('\r\n\r\n'.join(['\ufeff' + lines[0], *lines[1:]]))
    assert len(AffectNet(str(affectnet_root), split='valid')) == 8


def test_automatic_list_is_a_training_set(affectnet_root):
    data = AffectNet(str(affectnet_root), split='auto', noise=dict(kind='symmetric', rate=0.5))
    assert len(data) == 11
    assert column(data, 'clean_label')[:3] == [1, 2, 3]
    assert 'Automatically_Annotated_Images/7/a0' in column(data, 'img_path')[0]
    with pytest.raises(ValueError, match='never changed'):
        AffectNet(str(affectnet_root), split='valid', noise=dict(kind='symmetric', rate=0.5))


def test_new_release(new_affectnet_root):
    data = AffectNet(str(new_affectnet_root))
    assert column(data) == [0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3]
    # in the order of the numbers, not of the letters
    assert names(data)[9:] == ['9.jpg', '10.jpg', '11.jpg']
    assert 'face_box' not in data.get_data_info(0)
    valid = AffectNet(str(new_affectnet_root), split='valid', num_classes=7)
    assert column(valid) == list(range(7))
    with pytest.raises(ValueError, match="'auto' is not part of the new"):
        AffectNet(str(new_affectnet_root), split='auto', release='new')


def test_both_releases_in_one_folder(affectnet_root, new_affectnet_root):
    assert affectnet_root == new_affectnet_root
    with pytest.raises(FileNotFoundError, match='2 layouts of AffectNet .train..*release= one'):
        AffectNet(str(affectnet_root))
    for release, count in (('original', 8), ('new', 12)):
        assert len(AffectNet(str(affectnet_root), release=release)) == count


def test_no_release(tmp_path):
    with pytest.raises(FileNotFoundError, match='no layout of AffectNet.*AFFECTNET_ROOT'):
        AffectNet(str(tmp_path))
    with pytest.raises(FileNotFoundError, match='AFFECTNET_ROOT'):
        AffectNet(str(tmp_path), release='original')
    with pytest.raises(FileNotFoundError, match='AFFECTNET_ROOT'):
        AffectNet(str(tmp_path), release='new')


def test_another_list(affectnet_root):
    path = affectnet_root / 'mine.csv'
    lines = (affectnet_root / 'Manually_Annotated_file_lists/training.csv').read_text().splitlines()
    path.write_text('\n'.join(lines[:4]))
    data = AffectNet(
        str(affectnet_root), ann_file='mine.csv', data_prefix='Manually_Annotated_Images'
    )
    assert column(data) == [0, 1, 2]
    with pytest.raises(ValueError, match='belong together'):
        AffectNet(str(affectnet_root), ann_file='mine.csv')


@pytest.mark.parametrize(
    'line, named',
    [
        ('0/t0.jpg,1,1,5,5,x,11,0,0', 'line 3: expression id 11 .* allowed: 0'),
        ('0/t0.jpg,1,1,5,5,x,-1,0,0', 'line 3: expression id -1'),
        ('0/t0.jpg,1,1,5,5,x,2.5,0,0', "line 3: expression '2.5' is no integer"),
        ('0/t0.jpg,1,1,5,5,x,nan,0,0', "line 3: expression 'nan' is no integer"),
        ('0/t0.jpg,1,1,5,5,x,happy,0,0', "line 3: expression 'happy'"),
        ('0/t0.jpg,1,1,nan,5,x,1,0,0', "line 3: .*'nan'.* not the numbers"),
        ('0/t0.jpg,1,1,,5,x,1,0,0', 'line 3: .* not the numbers'),
        ('"0/t0.jpg,1,1,5,5,x,1,0,0', 'line 3: 1 columns; expected 9'),
        ('0/t0.jpg,1,1,5,5,x,1', 'line 3: 7 columns; expected 9'),
        ('../../t0.jpg,1,1,5,5,x,1,0,0', "line 3: .*'../../t0.jpg' leads out"),
        ('/etc/t0.jpg,1,1,5,5,x,1,0,0', "line 3: .*'/etc/t0.jpg' leads out"),
    ],
)
def test_bad_rows(affectnet_root, line, named):
    path = affectnet_root / 'Manually_Annotated_file_lists/training.csv'
    lines = path.read_text().splitlines()
    path.write_text('\n'.join([*lines[:2], line, *lines[2:]]))
    with pytest.raises(ValueError, match=f'training.csv, {named}'):
        AffectNet(str(affectnet_root))


def test_rows_that_are_left_out(affectnet_root):
    path = affectnet_root / 'Manually_Annotated_file_lists/training.csv'
    rows = [
        '1/t1.jpg,1,1,5,5,x,2.0,0,0',  # named again
        '0/t9.jpg,NULL,NULL,,,x,10,-2,-2',  # no face, so no box
        '1/t10.jpg,1,1,0,5,x,3,0,0',
    ]
    path.write_text('\n'.join([path.read_text(), *rows]))
    data = AffectNet(str(affectnet_root))
    assert column(data) == list(range(8))
    assert {k: data.counts[k] for k in ('duplicate name', 'no face', 'box without a size')} == {
        'duplicate name': 1,
        'no face': 2,
        'box without a size': 1,
    }


def test_prefix_with_a_slash(affectnet_root):
    data = AffectNet(
        str(affectnet_root),
        data_prefix='Manually_Annotated_Images/',
        ann_file='Manually_Annotated_file_lists/training.csv',
    )
    assert len(data) == 8


def test_header_without_a_column(affectnet_root):
    path = affectnet_root / 'Manually_Annotated_file_lists/training.csv'
    whole = path.read_text()
    for name in ('face_width', 'expression'):
        path.write_text(whole.replace(name, 'label', 1))
        with pytest.raises(ValueError, match=f'line 1: .*needs one column of the {name}'):
            AffectNet(str(affectnet_root))


@pytest.mark.parametrize('value', [np.array([5]), np.array('happy'), np.array(2.5), np.array('')])
def test_other_small_files_are_named(new_affectnet_root, value):
    path = new_affectnet_root / 'train_set/annotations/3_exp.npy'
    np.save(path, value)
    with pytest.raises(ValueError, match='3_exp.npy: is no .npy file of one'):
        AffectNet(str(new_affectnet_root))
    np.save(path, np.array({'a': 1}, dtype=object), allow_pickle=True)
    with pytest.raises(ValueError, match='3_exp.npy.*pickled'):
        AffectNet(str(new_affectnet_root))
    path.write_bytes(b'')
    with pytest.raises(ValueError, match='3_exp.npy'):
        AffectNet(str(new_affectnet_root))
    np.save(path, np.array(11))
    with pytest.raises(ValueError, match='3_exp.npy: expression id 11'):
        AffectNet(str(new_affectnet_root))


@pytest.mark.parametrize(
    'kwargs, named',
    [
        (dict(num_classes=6), 'num_classes=6'),
        (dict(release='2017'), "'2017' is unknown"),
        (dict(split='test'), "'test'.*'valid'"),
    ],
)
def test_settings(affectnet_root, kwargs, named):
    with pytest.raises(ValueError, match=named):
        AffectNet(str(affectnet_root), **kwargs)
