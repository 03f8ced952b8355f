"""Small real layouts, and the report on one."""

import cv2
import numpy as np
import pytest

from mmfer.data_report import build_report, inspect_images, read_split
from mmfer.synthetic import write_ferplus


@pytest.fixture
def rafdb(tmp_path):
    """14 training and 7 test images of noise, two and one a class."""
    lines, rng = [], np.random.default_rng(0)
    (tmp_path / 'EmoLabel').mkdir()
    (tmp_path / 'Image/aligned').mkdir(parents=True)
    for split, count, width in (('train', 14, 5), ('test', 7, 4)):
        for i in range(count):
            stem = f'{split}_{i + 1:0{width}d}'
            lines.append(f'{stem}.jpg {i % 7 + 1}')
            pixels = rng.integers(0, 256, (100, 100, 3), dtype=np.uint8)
            cv2.imwrite(str(tmp_path / f'Image/aligned/{stem}_aligned.jpg'), pixels)
    (tmp_path / 'EmoLabel/list_patition_label.txt').write_text('\n'.join(lines) + '\n')
    return tmp_path


@pytest.fixture
def image_of(rafdb):
    """Returns a function: an image's name in RAF-DB's list -> its file."""
    return lambda name: rafdb / 'Image/aligned' / f'{name}_aligned.jpg'


@pytest.fixture
def ferplus(tmp_path):
    """8 training, 8 validation and 8 test faces."""
    write_ferplus(tmp_path / 'ferplus', train=8, valid=8, test=8, size=48)
    return tmp_path / 'ferplus'


@pytest.fixture
def report_on():
    """Returns a function: data set's folder, reader, splits, the reader's options -> report."""

    def report_on(root, reader, names, **options):
        variant = options.get('vote_file', '')
        splits = [read_split(reader, str(root), name, variant, **options) for name in names]
        images = inspect_images([path for split in splits for path in split.paths])
        return build_report('a name', str(root), options, splits, images)

    return report_on


@pytest.fixture
def rafdb_report(rafdb, report_on):
    """Returns a function: () -> the report on RAF-DB as it is now."""
    return lambda: report_on(rafdb, 'RAFDB', ['train', 'test'])
