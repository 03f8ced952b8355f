"""One image under the names that lists give it."""

import pytest

from mmfer.lists.image_names import IDENTITIES, by_identity, identity

HASH = '83dac9d7eec7fb0bfef79b4d35ddc69a6f7fb458d3bffc4e78f33ad9'
NAMES = {  # an image of each data set, as public lists write it
    ('RAF-DB', 'test_0003'): (
        'test_0003.jpg',
        'test_0003_aligned.jpg',
        'test_0003_aligned',
        '3/test_0003_aligned.png',
        '/a/path/Image/aligned/test_0003_aligned.jpg',
        'D:\\raf\\test_0003.JPG',
    ),
    ('FERPlus', 'fer0034656'): (
        'FER2013Test/fer0034656.png',
        'fer0034656.png',
        'fer0034656',
        '1/fer0034656.jpg',
        '1_fer0034656.png',
    ),
    ('FER2013', 'PrivateTest_10131363'): (
        'test/angry/PrivateTest_10131363.jpg',
        'PrivateTest_10131363.jpg',
    ),
    ('AffectNet', HASH): (f'7/{HASH}.jpg', f'{HASH}.png', f'val/0/{HASH}/', f'103/{HASH}.JPG'),
}


@pytest.mark.parametrize('dataset, own', NAMES)
def test_all_names_of_an_image(dataset, own):
    assert {identity(name, dataset) for name in NAMES[dataset, own]} == {own}


def test_every_data_set_is_shown():
    assert {dataset for dataset, _ in NAMES} == {*IDENTITIES}


@pytest.mark.parametrize(
    'name, dataset',
    [
        ('train/happy/1.jpg', 'FER2013'),
        ('12.jpg', 'AffectNet'),  # the newer release: one of training and one of validation
        ('fer0034656.png', 'RAF-DB'),
        ('fer34656.png', 'FERPlus'),
        ('contrain_00001.jpg', 'RAF-DB'),
        ('train_00001_aligned_2.jpg', 'RAF-DB'),
        ('train_00001.jpg', 'own'),
        ('', 'RAF-DB'),
        ('/', 'RAF-DB'),
    ],
)
def test_names_that_tell_no_image(name, dataset):
    assert identity(name, dataset) is None


def test_what_two_names_share_tells_neither():
    names = ['train_00001.jpg', 'a/train_00001_aligned.jpg', 'train_00002.png', 'other.jpg']
    assert by_identity(names, 'RAF-DB') == {'train_00002': 'train_00002.png'}
