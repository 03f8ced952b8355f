"""FER2013's layouts, through the reader of the real ones."""

import pytest

from mmfer.data_report import write_fer2013_folders
from mmfer.datasets import FER2013
from mmfer.synthetic import write_fer2013

COUNTS = dict(train=14, valid=7, test=7)


def test_folders(tmp_path, meta_of):
    assert write_fer2013(tmp_path, size=16, **COUNTS) == 'written'
    assert write_fer2013(tmp_path, size=16, **COUNTS) == 'reused'
    expected = {row['file']: row['expression'] for row in meta_of(tmp_path)}
    for split, count in COUNTS.items():
        data = FER2013(str(tmp_path), split=split)
        infos = [data.get_data_info(i) for i in range(len(data))]
        assert len(infos) == count
        for info in infos:
            assert data.CLASSES[info['gt_label']] == expected.pop(info['name'])
    assert expected == {}


def test_table(tmp_path):
    """The faces of the folders, to the pixel but for the JPEGs."""
    assert write_fer2013(tmp_path, layout='table', **COUNTS) == 'written'
    header, first, *_ = (tmp_path / 'fer2013.csv').read_text().splitlines()
    assert header == 'emotion,pixels,Usage' and first.endswith(',Training')
    assert not (tmp_path / 'pixels').exists()
    write_fer2013_folders(tmp_path)
    assert {split: len(FER2013(str(tmp_path), split=split)) for split in COUNTS} == COUNTS
    with pytest.raises(ValueError, match='size=64, but the table of FER2013 has 48 x 48'):
        write_fer2013(tmp_path / 'x', layout='table', size=64)
