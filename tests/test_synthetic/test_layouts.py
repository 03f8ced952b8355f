"""The layouts of RAF-DB and FERPlus, by hand and through the readers of the real ones."""

import csv

import cv2
import numpy as np
import pytest

from mmfer.datasets import RAFDB, FERPlus
from mmfer.synthetic import CLASSES_7, CLASSES_8, RAFDB_CLASSES, write_ferplus, write_rafdb


@pytest.fixture(scope='module')
def ferplus(tmp_path_factory):
    root = tmp_path_factory.mktemp('ferplus')
    assert write_ferplus(root, train=16, valid=3, test=8, size=32, seed=5) == 'written'
    return root


def test_rafdb_layout(rafdb, meta_of):
    lines = (rafdb / 'EmoLabel/list_patition_label.txt').read_text().splitlines()
    shares = (rafdb / 'EmoLabel/distribution_basic.txt').read_text().splitlines()
    meta = meta_of(rafdb)
    assert len(lines) == len(shares) == len(meta) == 35
    assert lines[0].startswith('train_00001.jpg ') and lines[21].startswith('test_0001.jpg ')
    counts = {'train': [], 'test': []}
    for line, share, row in zip(lines, shares, meta):
        name, label = line.split(' ')
        assert RAFDB_CLASSES[int(label) - 1] == row['expression']
        assert row['file'] == f'Image/aligned/{name[:-4]}_aligned.jpg'
        assert cv2.imread(str(rafdb / row['file'])).shape == (32, 32, 3)
        counts[row['split']].append(int(label))
        assert share.split(' ')[0] == name and share.endswith(' ')
        votes = np.array([float(value) for value in share.split()[1:]])
        assert votes.sum() == pytest.approx(1)
        assert np.allclose(votes * 40, [int(row[f'votes_{name}']) for name in RAFDB_CLASSES])
    assert np.bincount(counts['train']).tolist() == [0] + 7 * [3]
    assert np.bincount(counts['test']).tolist() == [0] + 7 * [2]


def test_ferplus_layout(ferplus, table, meta_of):
    header, *rows = table(ferplus / 'fer2013new.csv')
    assert header == ['Usage', 'Image name', *CLASSES_8, 'unknown', 'NF']
    assert [row[0] for row in rows] == 16 * ['Training'] + 3 * ['PublicTest'] + 8 * ['PrivateTest']
    assert [row[1] for row in rows] == [f'fer{i:07d}.png' for i in range(27)]
    folders = dict(Training='FER2013Train', PublicTest='FER2013Valid', PrivateTest='FER2013Test')
    by_folder = {folder: table(ferplus / folder / 'label.csv') for folder in folders.values()}
    for (usage, name, *votes), row in zip(rows, meta_of(ferplus)):
        assert sum(map(int, votes)) == 10
        assert [name, '(0, 0, 32, 32)', *votes] in by_folder[folders[usage]]
        assert row['file'] == f'{folders[usage]}/{name}'
        assert cv2.imread(str(ferplus / row['file']), cv2.IMREAD_UNCHANGED).shape == (32, 32)
    assert sum(map(len, by_folder.values())) == 27
    raw = (ferplus / 'FER2013Train/label.csv').read_text()
    assert raw.startswith('fer0000000.png,"(0, 0, 32, 32)",')


def test_ferplus_without_contempt(tmp_path, table):
    write_ferplus(tmp_path, train=14, valid=0, test=7, size=16, classes=CLASSES_7)
    rows = table(tmp_path / 'fer2013new.csv')[1:]
    assert len(rows) == 21 and {row[9] for row in rows} == {'0'}
    assert (tmp_path / 'FER2013Valid/label.csv').read_text() == ''
    with pytest.raises(ValueError, match='neither the 8 of FERPlus nor the 7'):
        write_ferplus(tmp_path / 'other', classes=('fear', 'anger'))


def test_a_label_list_is_followed_and_copied_unchanged(tmp_path, meta_of):
    given = tmp_path / 'list.txt'
    given.write_bytes(b'train_00001.jpg 5\ntrain_00007.jpg 1\ntest_0002.jpg 7')
    write_rafdb(tmp_path / 'out', label_list=given, size=16)
    assert (tmp_path / 'out/EmoLabel/list_patition_label.txt').read_bytes() == given.read_bytes()
    assert [(row['file'], row['expression']) for row in meta_of(tmp_path / 'out')] == [
        ('Image/aligned/train_00001_aligned.jpg', 'sadness'),
        ('Image/aligned/train_00007_aligned.jpg', 'surprise'),
        ('Image/aligned/test_0002_aligned.jpg', 'neutral'),
    ]
    given.write_text('train_00001.jpg 5\ntrain_00002.jpg 0\n')
    with pytest.raises(ValueError, match='line 2: .* with an id of 1..7'):
        write_rafdb(tmp_path / 'bad', label_list=given)


def test_rafdb_reads_them(tmp_path):
    write_rafdb(tmp_path, train=21, test=14, size=32, seed=0)
    train = RAFDB(str(tmp_path), noise=dict(kind='symmetric', rate=1 / 3, seed=0))
    test = RAFDB(str(tmp_path), split='test')
    assert (len(train), len(test)) == (21, 14)
    rows = {row['file']: row for row in csv.DictReader((tmp_path / 'meta.csv').open())}
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


def test_rafdb_as_kaggle_mirrors_it(tmp_path):
    """The same faces under the same names and labels."""
    given = dict(train=14, test=7, size=16, seed=3)
    assert write_rafdb(tmp_path / 'kaggle', layout='kaggle', **given) == 'written'
    write_rafdb(tmp_path / 'official', **given)
    for split in ('train', 'test'):
        one, other = (
            RAFDB(str(tmp_path / name), split=split, votes_file=None)
            for name in ('official', 'kaggle')
        )
        assert other.layout == 'kaggle'
        for i in range(len(one)):
            ours, theirs = one.get_data_info(i), other.get_data_info(i)
            with open(ours.pop('img_path'), 'rb') as a, open(theirs.pop('img_path'), 'rb') as b:
                assert ours == theirs and a.read() == b.read()
    with pytest.raises(ValueError, match="'mirror' is unknown; allowed"):
        write_rafdb(tmp_path / 'x', layout='mirror', **given)
