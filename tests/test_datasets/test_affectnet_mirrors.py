"""AffectNet as it circulates."""

import numpy as np
import pytest

from mmfer.datasets import AffectNet
from mmfer.datasets.affectnet_mirrors import CLASSES

MIRRORED = ('neutral', 'happy', 'sad', 'surprise', 'fear', 'disgust', 'anger', 'contempt')


@pytest.fixture
def table_root(tmp_path, make_image):
    """24 images, three a class; the last lies in the folder of another class."""
    rows = [',pth,label,relFCs']
    for i in range(24):
        folder = MIRRORED[i % 8] if i < 23 else 'anger'
        make_image(tmp_path / folder / f'image{i:07d}.jpg', 9 * i)
        rows.append(f'{i},{folder}/image{i:07d}.jpg,{MIRRORED[i % 8]},0.8731')
    (tmp_path / 'labels.csv').write_text('\n'.join(rows) + '\n')
    return tmp_path


def labels(dataset):
    return [dataset.get_data_info(i)['gt_label'] for i in range(len(dataset))]


def test_the_table_tells_the_classes(table_root, told):
    data = AffectNet(str(table_root))
    assert labels(data) == [*range(8)] * 3 and data.layout == 'kaggle'
    assert data.get_data_info(23)['name'] == 'anger/image0000023.jpg'
    assert any('layout of AffectNet (train): kaggle' in line for line in told)
    assert any('1 labels are not those of the folders' in line for line in told)
    seven = AffectNet(str(table_root), num_classes=7)
    assert labels(seven) == [*range(7)] * 3 and seven.counts['contempt'] == 3


def test_no_validation_set_unless_some_are_held_out(table_root):
    with pytest.raises(FileNotFoundError, match='no validation images.*held_out_share=.1'):
        AffectNet(str(table_root), split='valid')
    parts = [
        {
            info['name']
            for data in [AffectNet(str(table_root), split=split, held_out_share=0.4)]
            for info in map(data.get_data_info, range(len(data)))
        }
        for split in ('train', 'val')
    ]
    assert len(parts[0]) + len(parts[1]) == 24 and parts[0] and parts[1]
    for share in (1, -0.1, float('nan')):
        with pytest.raises(ValueError, match='held_out_share='):
            AffectNet(str(table_root), held_out_share=share)


@pytest.mark.parametrize('test', ['Test', 'val'])
def test_images_of_the_table_in_folders_of_splits(table_root, test):
    for i, path in enumerate(sorted(table_root.glob('*/*.jpg'))):
        target = table_root / ('Train' if i % 3 else test) / path.relative_to(table_root)
        target.parent.mkdir(parents=True, exist_ok=True)
        path.rename(target)
    for folder in MIRRORED:
        (table_root / folder).rmdir()
    with pytest.raises(FileNotFoundError, match='2 layouts of AffectNet .*release= one of'):
        AffectNet(str(table_root))
    counts = [
        len(AffectNet(str(table_root), split=s, release='kaggle')) for s in ('train', 'valid')
    ]
    assert counts == [16, 8]


@pytest.mark.parametrize(
    'old, new, message',
    [
        (',happy,', ',joyous,', "line 3: label 'joyous' is no class; allowed: "),
        (',happy,', ',8,', 'is left out'),
        (',happy,', ',11,', 'line 3: expression id 11 is unknown'),
        ('happy/image0000001', '../image0000001', 'line 3: .* leads out'),
        ('pth', 'picture', 'line 1: .*needs one column of the pth'),
        ('happy/image0000001', 'happy/none', '1 of 24 images .*none.jpg'),
    ],
)
def test_tables_that_are_wrong(table_root, old, new, message):
    path = table_root / 'labels.csv'
    path.write_text(path.read_text().replace(old, new, 1))
    if new == ',8,':  # of the original release's ids
        assert AffectNet(str(table_root)).counts['none'] == 1
        return
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        AffectNet(str(table_root))


@pytest.mark.parametrize('names', [MIRRORED, CLASSES, tuple('01234567')])
@pytest.mark.parametrize('valid', ['val', 'Test', 'validation'])
def test_folders(tmp_path, make_image, names, valid):
    for label, name in enumerate(names):
        make_image(tmp_path / 'train' / name / f'{label}.jpg', 20 * label)
        make_image(tmp_path / valid / name / f'{label}.jpg', 20 * label + 1)
    train, test = (AffectNet(str(tmp_path), split=split) for split in ('train', 'valid'))
    assert labels(train) == labels(test) == list(range(8)) and train.layout == 'folders'
    assert train.get_data_info(1)['name'] == f'train/{names[1]}/1.jpg'
    assert labels(AffectNet(str(tmp_path), num_classes=7)) == list(range(7))


def test_a_second_folder_to_test_on_is_told(tmp_path, make_image, told):
    for above in ('train', 'val', 'test'):
        make_image(tmp_path / above / '3/a.jpg')
    assert labels(AffectNet(str(tmp_path), split='valid')) == [3]
    assert any('test is not read' in line and line.startswith('WARNING') for line in told)


def test_of_the_owners_and_a_mirror(affectnet_root, told):
    (affectnet_root / 'labels.csv').write_text('pth,label\na.jpg,fear\n')
    assert len(AffectNet(str(affectnet_root))) == 8
    assert any("'original' is read" in line and line.startswith('WARNING') for line in told)


def test_noise_lists_of_the_original_in_other_folders(tmp_path, make_image):
    """RAN and others sort the hashes into folders of classes."""
    hashes = [f'{i:056x}' for i in range(8)]
    for label, name in enumerate(hashes):
        make_image(tmp_path / f'data/train/{label}/{name}.jpg', 20 * label)
    path = tmp_path / 'noise.txt'
    path.write_text('\n'.join(f'{i}/{name}.png {i or 7}' for i, name in enumerate(hashes)))
    noise = dict(kind='file', path=str(path), id_base=0)
    data = AffectNet(str(tmp_path / 'data'), noise=noise)
    assert np.array_equal(labels(data), [7, *range(1, 8)])
