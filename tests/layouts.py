"""Real layouts with a few tiny images, written by hand."""

import csv

import cv2
import numpy as np
import pytest

from mmfer.datasets.ferplus import HEADER
from mmfer.lists.affectnet_lists import COLUMNS

# The ten columns of FER+: eight expressions, unknown, not a face.
FERPLUS_ROWS = {
    'FER2013Train': [
        ('fer0000000.png', [6, 0, 0, 0, 0, 0, 0, 4, 0, 0]),  # neutral
        ('fer0000001.png', [1, 9, 0, 0, 0, 0, 0, 0, 0, 0]),  # happiness
        ('fer0000002.png', [5, 0, 5, 0, 0, 0, 0, 0, 0, 0]),  # no majority
        ('fer0000003.png', [0, 0, 0, 0, 0, 0, 0, 8, 2, 0]),  # contempt
        ('fer0000004.png', [1, 0, 0, 0, 0, 0, 0, 0, 9, 0]),  # unknown
        ('fer0000005.png', [0, 0, 0, 0, 0, 0, 0, 0, 0, 10]),  # not a face
        # 4 of 8 once the single votes are dropped: no majority, yet arg-max
        ('fer0000006.png', [4, 0, 0, 2, 2, 1, 1, 0, 0, 0]),
        # 3 of 5 once they are dropped: anger
        ('fer0000007.png', [1, 1, 1, 1, 3, 1, 0, 0, 2, 0]),
    ],
    'FER2013Valid': [('fer0000020.png', [0, 0, 9, 0, 0, 0, 1, 0, 0, 0])],
    'FER2013Test': [('fer0000030.png', [0, 0, 0, 0, 0, 9, 1, 0, 0, 0])],
}
USAGES = dict(FER2013Train='Training', FER2013Valid='PublicTest', FER2013Test='PrivateTest')


def write_image(path, value=0):
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.full((12, 10, 3), value % 256, np.uint8))


@pytest.fixture
def make_image():
    """The function that writes a small image of one grey value."""
    return write_image


@pytest.fixture
def odd_names():
    """300 names of images with all that parts fields and words."""
    odd = ['with, a comma.jpg', 'back\\slash "3" 4.jpg', 'a;b 5|6.jpg']
    return [*(f'a folder/image {i}.jpg' for i in range(297)), *odd]


@pytest.fixture
def ferplus_root(tmp_path):
    for folder, rows in FERPLUS_ROWS.items():
        for i, (name, _) in enumerate(rows):
            write_image(tmp_path / folder / name, 20 * i)
        with open(tmp_path / folder / 'label.csv', 'w', newline='') as file:
            csv.writer(file).writerows([name, '(0, 0, 48, 48)', *votes] for name, votes in rows)
    with open(tmp_path / 'fer2013new.csv', 'w', newline='') as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for folder, rows in FERPLUS_ROWS.items():
            writer.writerow([USAGES[folder], '', *[0] * 9, 10])
            for name, votes in rows:
                writer.writerow([USAGES[folder], name, *votes])
        # An image that is named once more.
        name, votes = FERPLUS_ROWS['FER2013Train'][0]
        writer.writerow(['Training', name, *votes])
    return tmp_path


@pytest.fixture
def rafdb_root(tmp_path):
    """14 training and 7 test images, two and one a class."""
    lines = []
    for split, count, width in (('train', 14, 5), ('test', 7, 4)):
        for i in range(count):
            stem = f'{split}_{i + 1:0{width}d}'
            lines.append(f'{stem}.jpg {i % 7 + 1}')
            write_image(tmp_path / f'Image/aligned/{stem}_aligned.jpg', 9 * i)
    (tmp_path / 'EmoLabel').mkdir()
    (tmp_path / 'EmoLabel/list_patition_label.txt').write_text('\n'.join(lines) + '\n')
    return tmp_path


@pytest.fixture
def rafdb_kaggle_root(rafdb_root, tmp_path_factory):
    """The images of rafdb_root as Kaggle mirrors them."""
    root = tmp_path_factory.mktemp('kaggle')
    tables = dict(train=['image,label'], test=['image,label'])
    for line in (rafdb_root / 'EmoLabel/list_patition_label.txt').read_text().splitlines():
        name, label = line.split()
        split, file = name.split('_')[0], name.replace('.jpg', '_aligned.jpg')
        tables[split].append(f'{file},{label}')
        target = root / 'DATASET' / split / label / file
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((rafdb_root / 'Image/aligned' / file).read_bytes())
    for split, rows in tables.items():
        (root / f'{split}_labels.csv').write_text('\n'.join(rows) + '\n')
    return root


AFFECTNET_HEADER = ','.join(COLUMNS)


def affectnet_row(name, expression, box=(2, 3, 6, 5)):
    landmarks = ';'.join(['1.5'] * 136)
    return f'{name},{",".join(map(str, box))},{landmarks},{expression},.1,-.2'


@pytest.fixture
def affectnet_root(tmp_path):
    """Eleven manual training images of ids 0 to 10, validation without a header, and an automatic
    list."""
    manual = tmp_path / 'Manually_Annotated_Images'
    for i in range(11):
        write_image(manual / f'{i % 3}/t{i}.jpg', 20 * i)
        write_image(manual / f'{i % 2}/v{i}.jpg', 20 * i)
        write_image(tmp_path / f'Automatically_Annotated_Images/7/a{i}.jpg', 20 * i)
    lists = tmp_path / 'Manually_Annotated_file_lists'
    lists.mkdir()
    (lists / 'training.csv').write_text(
        '\n'.join([AFFECTNET_HEADER] + [affectnet_row(f'{i % 3}/t{i}.jpg', i) for i in range(11)])
    )
    (lists / 'validation.csv').write_text(
        '\n'.join(affectnet_row(f'{i % 2}/v{i}.jpg', i) for i in range(8))
    )
    lists = tmp_path / 'Automatically_Annotated_file_lists'
    lists.mkdir()
    (lists / 'automatically_annotated.csv').write_text(
        '\n'.join(
            [AFFECTNET_HEADER] + [affectnet_row(f'7/a{i}.jpg', (i + 1) % 8) for i in range(11)]
        )
    )
    return tmp_path


@pytest.fixture
def new_affectnet_root(tmp_path):
    """The newer release; ids are strings as in its files, or integers."""
    for folder, count in (('train_set', 12), ('val_set', 8)):
        (tmp_path / folder / 'annotations').mkdir(parents=True)
        for i in range(count):
            write_image(tmp_path / folder / f'images/{i}.jpg', 20 * i)
            for kind, value in (('exp', i % 8), ('val', 0.25)):
                np.save(
                    tmp_path / folder / f'annotations/{i}_{kind}.npy',
                    np.array(str(value) if i % 2 else value),
                )
    return tmp_path
