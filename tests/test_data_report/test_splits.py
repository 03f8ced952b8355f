"""What is listed for a split, and which splits there are."""

import pytest

from mmfer.data_report import own_classes, own_splits, read_split
from mmfer.data_report.splits import COUNTS
from mmfer.datasets import FER2013, RAFDB, AffectNet, FERPlus
from mmfer.synthetic import write_affectnet


def test_own_splits(tmp_path):
    (tmp_path / 'train' / 'happy').mkdir(parents=True)
    (tmp_path / 'test').mkdir()
    assert own_splits(str(tmp_path)) == ['train', 'test']
    (tmp_path / 'Val').mkdir()
    assert own_splits(str(tmp_path)) == ['train', 'valid', 'test']
    with pytest.raises(FileNotFoundError, match='none of the folders'):
        own_splits(str(tmp_path / 'train'))
    (tmp_path / 'labels.csv').write_text('path,label\na.png,happy\n')
    assert own_splits(str(tmp_path), 'labels.csv') == ['train']
    (tmp_path / 'labels.csv').write_text('path,label,Split\na.png,happy,valid\nb.png,sad,train\n')
    assert own_splits(str(tmp_path), 'labels.csv') == ['train', 'valid']
    (tmp_path / 'labels.csv').write_text('path,label,part\na.png,happy,test\n')
    assert own_splits(str(tmp_path), 'labels.csv', dict(split='part')) == ['test']
    (tmp_path / 'labels.csv').write_text('path,label,set\na.png,happy,Dev\nb.png,sad,Train\n')
    assert own_splits(str(tmp_path), 'labels.csv') == ['train', 'valid']
    (tmp_path / 'labels.csv').write_text('path,label,split\na.png,happy,trial\n')
    with pytest.raises(ValueError, match="labels.csv, line 2: split 'trial' is unknown"):
        own_splits(str(tmp_path), 'labels.csv')
    with pytest.raises(FileNotFoundError, match='no table at'):
        own_splits(str(tmp_path), 'other.csv')


def test_own_classes(tmp_path):
    for name in ('train/sad', 'valid/mad', 'all/1'):
        (tmp_path / name).mkdir(parents=True)
    root = str(tmp_path)
    assert own_classes(root, ['train']) == own_classes(root, ['valid']) == ('mad', 'sad')
    assert own_splits(root, data_prefix='all') == ['train']
    with pytest.raises(ValueError, match='one class folder alone'):
        own_classes(root, ['train'], 'all')
    with pytest.raises(ValueError, match='called as splits are'):
        own_classes(root, ['all'])


def test_a_list_is_read_once(rafdb, monkeypatch):
    calls, read = [], RAFDB.read
    monkeypatch.setattr(RAFDB, 'read', lambda self: calls.append(self) or read(self))
    split = read_split('RAFDB', str(rafdb), 'train')
    assert len(split.proof(str(rafdb))['list_sha256']) == 64 and len(calls) == 1
    assert split.paths[1] == str(rafdb / 'Image/aligned/train_00002_aligned.jpg')
    assert split.labels.tolist() == [0, 1, 2, 3, 4, 5, 6] * 2
    assert split.per_class.tolist() == [2] * 7 and split.left_out == {'other split': 7}
    assert split.votes is None and split.boxes is None and split.trains and split.absent == ''


def test_the_proof_is_that_of_checkpoints(rafdb, ferplus):
    for root, options, reader in (
        (rafdb, {}, RAFDB),
        (ferplus, dict(vote_file='fer2013new.csv'), FERPlus),
    ):
        for name in ('train', 'test'):
            known = reader(str(root), split=name, **options).fingerprint
            found = read_split(reader.__name__, str(root), name, **options).proof(str(root))
            assert found == {key: known[key] for key in ('list_sha256', 'content_sha256')}


def test_faces_in_boxes(tmp_path):
    write_affectnet(tmp_path, release='original', train=8, valid=8, size=32)
    split = read_split('AffectNet', str(tmp_path), 'train', num_classes=8)
    assert split.boxes.shape == (8, 4) and (split.boxes[:, 2:] > 0).all()
    known = AffectNet(str(tmp_path), split='train', num_classes=8).fingerprint
    assert split.proof(str(tmp_path))['list_sha256'] == known['list_sha256']


def test_a_list_that_is_not_there(tmp_path):
    split = read_split('RAFDB', str(tmp_path), 'test')
    assert split.records == [] and 'no layout of RAF-DB' in split.absent and not split.trains
    assert split.per_class.tolist() == [0] * 7


def test_published_counts_fit_the_readers():
    readers = dict(RAFDB=RAFDB, FERPlus=FERPlus, FER2013=FER2013, AffectNet=AffectNet)
    for (name, variant, split), published in COUNTS.items():
        reader = readers[name]
        assert split in reader.SPLITS
        classes = 7 if variant == '7' else len(reader.METAINFO['classes'])
        if published.per_class is not None:
            assert len(published.per_class) == classes
            assert published.totals == (sum(published.per_class),)
    splits = ('train', 'valid', 'test')
    totals = {split: COUNTS['FERPlus', 'label.csv', split].totals for split in splits}
    assert totals == dict(train=(25045,), valid=(3191,), test=(3137,))
    totals = {split: COUNTS['FER2013', '', split].totals for split in splits}
    assert totals == dict(train=(28709,), valid=(3589,), test=(3589,))
    assert COUNTS['RAFDB', '', 'train'].totals == (12271,)
    assert COUNTS['RAFDB', '', 'test'].totals == (3068,)
    assert COUNTS['AffectNet', '7', 'train'].totals == (283901,)
    assert COUNTS['AffectNet', '8', 'valid'].per_class is None
