import pytest

from mmfer.datasets import FER2013

FOLDERS = ('angry', 'disgust', 'fear', 'happy', 'sad', 'surprise', 'neutral')


@pytest.fixture
def root(tmp_path, make_image):
    """As its mirrors have it: two training images a class, one of PublicTest and PrivateTest."""
    for label, folder in enumerate(FOLDERS):
        for i, usage in enumerate(('Training', 'Training', 'PublicTest', 'PrivateTest')):
            above = 'train' if i < 2 else 'test'
            make_image(tmp_path / above / folder / f'{usage}_{10 * label + i}.jpg', 30 * label + i)
    return tmp_path


def infos(dataset):
    return [dataset.get_data_info(i) for i in range(len(dataset))]


def test_folders_of_the_mirrors(root):
    counts = {split: len(FER2013(str(root), split=split)) for split in FER2013.SPLITS}
    assert counts == {'train': 14, 'train+valid': 21, 'valid': 7, 'test': 7, 'valid+test': 14}
    data = FER2013(str(root), split='test')
    assert [info['gt_label'] for info in infos(data)] == list(range(7))
    assert infos(data)[3]['name'] == 'test/happy/PrivateTest_33.jpg'
    assert data.CLASSES[3] == 'happiness' and data.counts['other split'] == 7


def test_ids_and_other_spellings(root):
    for label, folder in enumerate(FOLDERS):
        (root / 'train' / folder).rename(root / 'train' / str(label))
    (root / 'train').rename(root / 'Training')
    assert [info['gt_label'] for info in infos(FER2013(str(root)))] == sorted([*range(7)] * 2)


def test_a_folder_of_its_own_for_validation(root, make_image):
    make_image(root / 'Validation/fear/7.jpg')
    counts = {split: len(FER2013(str(root), split=split)) for split in ('valid', 'test')}
    assert counts == {'valid': 1, 'test': 14}


def test_what_cannot_be_told(root, make_image):
    make_image(root / 'test/fear/face.jpg')
    with pytest.raises(ValueError, match='fear/face.jpg: is of validation or of test'):
        FER2013(str(root), split='test')
    make_image(root / 'train/fear/PrivateTest_99.jpg')
    with pytest.raises(ValueError, match='holds 1 images of PrivateTest.*first is .*_99.jpg; move'):
        FER2013(str(root))


def test_without_validation_images(root):
    for path in [*root.glob('test/*/*')]:
        path.rename(path.with_name(path.name.replace('P', 'q')))
    assert len(FER2013(str(root), split='test')) == 14
    with pytest.raises(FileNotFoundError, match="no validation images: .*'PublicTest_'"):
        FER2013(str(root), split='valid')


def test_the_table_alone_names_the_command(tmp_path):
    (tmp_path / 'icml_face_data.csv').write_text('emotion, Usage, pixels\n')
    with pytest.raises(FileNotFoundError, match=f'prepare.py fer2013 {tmp_path}'):
        FER2013(str(tmp_path))
    with pytest.raises(FileNotFoundError, match='no layout of FER2013.*FER2013_ROOT'):
        FER2013(str(tmp_path / 'nothing'))


@pytest.mark.parametrize('name', ['{}', 'some/path/{}', 'train/angry/{}'])
def test_noise_files_by_any_name(root, tmp_path, name):
    clean = FER2013(str(root))
    path = tmp_path / 'noise.txt'
    rows = [(info['name'].split('/')[-1], info['gt_label']) for info in infos(clean)]
    path.write_text('\n'.join(f'{name.format(n)} {max(label - 1, 0)}' for n, label in rows))
    data = FER2013(str(root), noise=dict(kind='file', path=str(path), expect_rate=None))
    assert [info['gt_label'] for info in infos(data)] == [max(label - 1, 0) for _, label in rows]
