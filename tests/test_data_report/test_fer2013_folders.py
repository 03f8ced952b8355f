"""Class folders from the table of pixels."""

import numpy as np
import pytest
from PIL import Image

from mmfer.data_report import write_fer2013_folders
from mmfer.utils.files import leftovers

USAGES = ('Training', 'PublicTest', 'PrivateTest')


def pixels(number):
    return np.random.default_rng(number).integers(0, 256, (48, 48), dtype=np.uint8)


def write(path, rows, header='emotion,pixels,Usage'):
    """Rows: emotion, number of the image, usage."""
    order = [field.strip() for field in header.split(',')]
    lines = [header]
    for emotion, number, usage in rows:
        fields = dict(emotion=emotion, Usage=usage, pixels=' '.join(map(str, pixels(number).flat)))
        lines.append(','.join(str(fields[name]) for name in order))
    path.parent.mkdir(exist_ok=True)
    path.write_text('\n'.join(lines))
    return path


@pytest.mark.parametrize(
    'name, header',
    [
        ('fer2013.csv', 'emotion,pixels,Usage'),
        ('icml_face_data.csv', 'emotion, Usage, pixels'),
        ('fer2013/fer2013.csv', 'emotion,pixels,Usage'),
    ],
)
def test_each_row_becomes_its_image(tmp_path, name, header):
    table = write(tmp_path / name, [(i % 7, i, USAGES[i % 3]) for i in range(21)], header)
    states = write_fer2013_folders(tmp_path)
    assert states == {str(table): "written: {'train': 7, 'valid': 7, 'test': 7}"}
    for i, folder in ((0, 'train/anger'), (10, 'valid/happiness'), (20, 'test/neutral')):
        path = tmp_path / folder / f'{USAGES[i % 3]}_{i:07d}.png'
        assert np.array_equal(np.array(Image.open(path)), pixels(i))
    assert len([*tmp_path.glob('*/*/*.png')]) == 21 and leftovers(tmp_path) == []
    assert write_fer2013_folders(tmp_path) == {str(table): 'reused'}


@pytest.mark.parametrize(
    'row, message',
    [
        ((7, 0, 'Training'), "line 3: emotion '7' is no class id; allowed: 0 to 6"),
        (('happy', 0, 'Training'), "line 3: emotion 'happy'"),
        ((0, 0, 'Test'), "line 3: Usage 'Test' is unknown; allowed: .'Training'"),
    ],
)
def test_bad_rows_write_nothing(tmp_path, row, message):
    write(tmp_path / 'fer2013.csv', [(0, 0, 'Training'), row])
    with pytest.raises(ValueError, match=message):
        write_fer2013_folders(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ['fer2013.csv']


def test_pixels_that_are_too_few_and_no_rows(tmp_path):
    (tmp_path / 'fer2013.csv').write_text('emotion,pixels,Usage\n0,1 2 3,Training\n')
    with pytest.raises(ValueError, match='line 2: pixels are not 2304 numbers'):
        write_fer2013_folders(tmp_path)
    (tmp_path / 'fer2013.csv').write_text('emotion,pixels,Usage\n')
    with pytest.raises(ValueError, match='no rows below a header'):
        write_fer2013_folders(tmp_path)
    (tmp_path / 'fer2013.csv').unlink()
    assert write_fer2013_folders(tmp_path) == {}
