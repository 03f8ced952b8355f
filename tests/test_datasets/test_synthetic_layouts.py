"""The project's own faces, through the readers of the real data sets."""
import csv

import numpy as np
import pytest

from mmfer.datasets import FERPlus, RAFDB
from mmfer.datasets.synthetic import write_ferplus, write_rafdb


def test_rafdb_reads_them(tmp_path):
    write_rafdb(tmp_path, train=21, test=14, size=32, seed=0)
    train = RAFDB(str(tmp_path),
                  noise=dict(kind='symmetric', rate=1 / 3, seed=0))
    test = RAFDB(str(tmp_path), split='test')
    assert (len(train), len(test)) == (21, 14)
    rows = {row['file']: row for row in csv.DictReader(
        (tmp_path / 'meta.csv').open())}
    changed = 0
    for i in range(21):
        info = train.get_data_info(i)
        row = rows[f'Image/aligned/train_{i + 1:05d}_aligned.jpg']
        assert train.CLASSES[info['clean_label']] == row['expression']
        assert info['votes'].sum() == pytest.approx(1, abs=1e-4)
        changed += info['gt_label'] != info['clean_label']
    assert changed == 7


@pytest.mark.parametrize('vote_file', ['label.csv', 'fer2013new.csv'])
def test_ferplus_reads_them(tmp_path, vote_file):
    write_ferplus(tmp_path, train=40, valid=8, test=8, size=32, seed=0)
    kept = 0
    for split, count in (('train', 40), ('valid', 8), ('test', 8)):
        data = FERPlus(str(tmp_path), split=split, vote_file=vote_file)
        assert data.counts['read'] == count
        kept += len(data)
        for i in range(len(data)):
            info = data.get_data_info(i)
            assert info['votes'].sum() == 10
            # the majority of what is left without single votes
            votes = np.where(info['votes'] > 1, info['votes'], 0)
            assert votes[info['gt_label']] > votes.sum() / 2
    assert 30 < kept <= 56
