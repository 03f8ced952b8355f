"""The report on small real layouts: what is wrong is named, what is right is not."""

import csv
import json
import os

import cv2
import numpy as np
import pytest

from mmfer.data_report import (
    build_report,
    finish,
    inspect_images,
    is_current,
    is_right,
    own_splits,
    published_counts,
    read_numbers,
    read_split,
    start,
    state_of,
    write_report,
)
from mmfer.data_report.ambiguity import ambiguity
from mmfer.data_report.duplicates import Copy, find_duplicates, summarise
from mmfer.data_report.published import COUNTS
from mmfer.datasets import RAFDB, AffectNet, FERPlus
from mmfer.functional import vote_ambiguity


def report_on(root, reader, names, **options):
    splits = [
        read_split(reader, str(root), name, options.get('vote_file', ''), **options)
        for name in names
    ]
    paths = list(dict.fromkeys(path for split in splits for path in split.paths))
    return build_report(
        'a name',
        str(root),
        options,
        splits,
        inspect_images(paths),
        {path: i for i, path in enumerate(paths)},
    )


def rafdb_report(root):
    return report_on(root, 'RAFDB', ['train', 'test'])


def result(report, split, check):
    """Level and text of one finding."""
    (found,) = [
        finding
        for finding in report.numbers['findings']
        if (finding['split'], finding['check']) == (split, check)
    ]
    return found['level'], found['text']


@pytest.fixture
def rafdb(rafdb_root):
    """14 training and 7 test images, all different."""
    for number, path in enumerate(sorted(rafdb_root.glob('Image/aligned/*.jpg'))):
        image = np.random.default_rng(number).integers(0, 256, (100, 100, 3), dtype=np.uint8)
        cv2.imwrite(str(path), image)
    return rafdb_root


def image_of(root, name):
    return root / 'Image/aligned' / f'{name}_aligned.jpg'


def test_what_is_right_is_ok(rafdb, monkeypatch):
    for split, each in (('train', 2), ('test', 1)):
        published = COUNTS['RAFDB', '', split]._replace(totals=(7 * each,), per_class=(each,) * 7)
        monkeypatch.setitem(COUNTS, ('RAFDB', '', split), published)
    report = rafdb_report(rafdb)
    assert is_right(report.numbers) and report.problems == []
    assert {finding['level'] for finding in report.numbers['findings']} == {'ok'}
    assert result(report, 'train', 'counts') == ('ok', '14 images, as published for each class')
    assert result(report, 'test', 'sizes and channels') == ('ok', 'all 100 x 100 RGB')
    entry = report.numbers['splits']['train']
    assert entry['per_class'] == [2] * 7 and entry['left_out'] == {'other split': 7}
    assert entry['sizes'] == [dict(width=100, height=100, images=14)]


def test_counts_that_differ(rafdb):
    level, text = result(rafdb_report(rafdb), 'test', 'counts')
    assert level == 'wrong'
    assert text.startswith('7 images (published 3068); surprise 1 (published 329), fear 1')


def test_missing_and_unreadable_images(rafdb):
    image_of(rafdb, 'train_00003').unlink()
    whole = image_of(rafdb, 'test_0002').read_bytes()
    image_of(rafdb, 'test_0002').write_bytes(whole[: len(whole) // 2])
    report = rafdb_report(rafdb)
    missing, cut = (f'Image/aligned/{name}_aligned.jpg' for name in ('train_00003', 'test_0002'))
    assert result(report, 'train', 'missing images') == ('wrong', f'1 of 14, the first: {missing}')
    assert result(report, 'train', 'unreadable images') == ('ok', 'none')
    assert result(report, 'test', 'missing images') == ('ok', 'none')
    assert result(report, 'test', 'unreadable images') == ('wrong', f'1 of 7, the first: {cut}')
    assert [row[:2] for row in report.problems] == [('train', missing), ('test', cut)]
    assert 'truncated' in report.problems[1][2]
    assert report.numbers['splits']['train']['modes'] == {'RGB': 13}


def test_a_leak_is_named(rafdb):
    """A test image with the pixels of a training image, of the same class or of another."""
    image_of(rafdb, 'test_0002').write_bytes(image_of(rafdb, 'train_00009').read_bytes())
    image_of(rafdb, 'test_0003').write_bytes(image_of(rafdb, 'train_00001').read_bytes())
    report = rafdb_report(rafdb)
    level, text = result(report, 'test', 'leak')
    assert level == 'wrong'
    assert text.startswith('images of test that train holds, too: 2 (1 with another label)')
    assert (
        'Image/aligned/test_0002_aligned.jpg (test, fear) = Image/aligned/train_00009_aligned.jpg '
        '(train, fear)'
    ) in {
        f'{a.path} ({a.split}, {a.label}) = {b.path} ({b.split}, {b.label})'
        for a, b in report.duplicates.leaks
    }
    assert result(report, 'train', 'same content inside') == ('ok', 'none')
    assert report.numbers['duplicates']['leaks'] == {
        'test in train': dict(images=2, with_another_label=1)
    }


def test_copies_inside_a_split_are_a_note(rafdb):
    for name in ('train_00002', 'train_00009'):  # fear, fear
        image_of(rafdb, name).write_bytes(image_of(rafdb, 'train_00001').read_bytes())
    report = rafdb_report(rafdb)
    assert result(report, 'train', 'same content inside') == (
        'note',
        '3 images are 1 different ones, of which 1 have different labels',
    )
    assert result(report, 'all', 'leak') == ('ok', 'no image to test on is in another split')


def test_sizes_channels_and_blank_images(rafdb):
    cv2.imwrite(str(image_of(rafdb, 'train_00001')), np.zeros((40, 30), np.uint8))
    report = rafdb_report(rafdb)
    assert result(report, 'train', 'sizes and channels') == (
        'note',
        "2 different sizes; modes {'RGB': 13, 'L': 1}",
    )
    level, text = result(report, 'train', 'blank images')
    assert level == 'note' and text.startswith('1 have one colour only')
    entry = report.numbers['splits']['train']
    assert dict(width=30, height=40, images=1) in entry['sizes']


@pytest.mark.parametrize('vote_file', ['label.csv', 'fer2013new.csv'])
def test_splits_that_are_not_at_hand(ferplus_root, vote_file):
    for path in (ferplus_root / 'FER2013Test').iterdir():
        path.unlink()
    report = report_on(ferplus_root, 'FERPlus', ['train', 'valid', 'test'], vote_file=vote_file)
    level, text = result(report, 'test', 'at hand')
    assert level == 'wrong'
    assert text.startswith(
        'not at hand: '
        + ('no FER+ votes' if vote_file == 'label.csv' else 'none of its 1 images is there')
    )
    assert not report.numbers['splits']['test']['at_hand']
    assert report.numbers['splits']['valid']['at_hand']
    # of the fixture's images of one colour, the first in each folder are equal
    assert result(report, 'valid', 'leak')[0] == 'wrong'


def test_all_unreadable_is_not_absent(ferplus_root):
    for path in (ferplus_root / 'FER2013Test').glob('*.png'):
        path.write_bytes(b'no picture')
    report = report_on(ferplus_root, 'FERPlus', ['train', 'test'], vote_file='label.csv')
    assert report.numbers['splits']['test']['at_hand']
    assert result(report, 'test', 'unreadable images')[0] == 'wrong'


def test_written_report(rafdb, tmp_path):
    image_of(rafdb, 'train_00003').unlink()
    image_of(rafdb, 'test_0002').write_bytes(image_of(rafdb, 'train_00009').read_bytes())
    report = rafdb_report(rafdb)
    folder = tmp_path / 'report'
    folder.mkdir()
    files = write_report(folder, report, {'classes.png': 'Images a class'})
    assert sorted(files) == sorted(path.name for path in folder.iterdir())
    assert read_numbers(folder) == json.loads(json.dumps(report.numbers))
    with open(folder / 'problems.csv', newline='') as file:
        assert list(csv.reader(file))[1:] == [
            ['train', 'Image/aligned/train_00003_aligned.jpg', 'missing']
        ]
    with open(folder / 'duplicates.csv', newline='') as file:
        assert list(csv.reader(file))[1:] == [
            ['1', 'train', 'Image/aligned/train_00009_aligned.jpg', 'fear'],
            ['1', 'test', 'Image/aligned/test_0002_aligned.jpg', 'fear'],
        ]
    text = (folder / 'report.md').read_text()
    assert '| fear | 2 | 281 | -279 |' in text
    assert '| **all** | 14 | 12271 | -12257 |' in text
    assert '| test in train | 1 | 0 |' in text
    assert '![Images a class](classes.png)' in text
    tables = [line.count('|') for line in text.splitlines() if line.startswith('|')]
    assert min(tables) >= 4


def test_faces_of_one_photo_are_no_copies():
    """The contents are the pixels and the box; empty contents (no image) are never equal."""
    copies = [Copy('train', name, 'fear') for name in 'abcd']
    found = find_duplicates([b'', b'', b'photo box 1', b'photo box 2'], copies, ['train'])
    assert found.groups == [] and found.leaks == []


def test_copies_in_two_training_sets_are_no_leak():
    copies = [Copy('train', 'a', 'fear'), Copy('auto', 'b', 'fear'), Copy('valid', 'c', 'anger')]
    found = find_duplicates([b'x'] * 3, copies, ['train', 'auto'])
    assert [(leak.tested.path, leak.known.path) for leak in found.leaks] == [('c', 'a')]
    assert summarise(found.groups) == dict(groups=1, images=3, groups_with_different_labels=1)
    test = [Copy('valid', 'a', 'fear'), Copy('test', 'b', 'fear')]
    assert len(find_duplicates([b'x'] * 2, test, ['train']).leaks) == 1


def test_ambiguity_by_hand():
    votes = np.array(
        [[10, 0, 0, 0], [5, 5, 0, 0], [3, 3, 3, 1], [0, 0, 0, 0], [0.3, 0.3, 0.2, 0.2]]
    )
    entropy = vote_ambiguity(votes[[0, 1, 4]])
    assert entropy[:2].tolist() == [0, 0.5]  # 1 bit of 2
    assert entropy[2] == pytest.approx(-(0.6 * np.log(0.3) + 0.4 * np.log(0.2)) / np.log(4))
    found = ambiguity(votes)
    assert found['images'] == 4 and found['without_votes'] == 1 and found['columns'] == 4
    # 0, 0.5, 0.947 and 0.985
    assert found['entropy_histogram'] == [1, 0, 0, 0, 0, 1, 0, 0, 0, 2]
    assert found['labels_from_30_percent'] == [0, 1, 2, 1]


def test_shares_that_were_rounded():
    """Their sum is a little above 1; 0.3 is 30 % all the same."""
    assert ambiguity(np.array([[0.3, 0.4, 0.2, 0.1000001]]))['labels_from_30_percent'] == [
        0,
        0,
        1,
        0,
    ]


def test_ambiguity_of_even_votes_is_in_the_last_bin():
    found = ambiguity(np.full((3, 8), 0.125, np.float32))
    assert found['entropy_histogram'][-1] == 3 and found['entropy_mean'] == pytest.approx(1)
    assert found['labels_from_30_percent'] == [3, 0, 0, 0]


def test_published_counts_fit_the_readers():
    readers = dict(RAFDB=RAFDB, FERPlus=FERPlus, AffectNet=AffectNet)
    for (name, variant, split), published in COUNTS.items():
        reader = readers[name]
        assert split in reader.SPLITS
        classes = 7 if variant == '7' else len(reader.METAINFO['classes'])
        if published.per_class is not None:
            assert len(published.per_class) == classes
            assert published.totals == (sum(published.per_class),)
    totals = {
        split: published_counts('FERPlus', split, 'label.csv').totals
        for split in ('train', 'valid', 'test')
    }
    assert totals == dict(train=(25045,), valid=(3191,), test=(3137,))
    assert published_counts('RAFDB', 'train').totals == (12271,)
    assert published_counts('AffectNet', 'train', '7').totals == (283901,)
    assert published_counts('FERFolder', 'train') is None


def test_own_splits(tmp_path):
    (tmp_path / 'train' / 'happy').mkdir(parents=True)
    (tmp_path / 'test').mkdir()
    assert own_splits(str(tmp_path)) == ['train', 'test']
    with pytest.raises(FileNotFoundError, match='none of the folders'):
        own_splits(str(tmp_path / 'train'))
    (tmp_path / 'labels.csv').write_text('path,label\na.png,happy\n')
    assert own_splits(str(tmp_path), 'labels.csv') == ['train']
    (tmp_path / 'labels.csv').write_text('path,label,Split\na.png,happy,valid\nb.png,sad,train\n')
    assert own_splits(str(tmp_path), 'labels.csv') == ['train', 'valid']
    (tmp_path / 'labels.csv').write_text('path,label,split\na.png,happy,dev\n')
    with pytest.raises(ValueError, match="labels.csv, line 2: split 'dev' is unknown"):
        own_splits(str(tmp_path), 'labels.csv')
    with pytest.raises(FileNotFoundError, match='no table at'):
        own_splits(str(tmp_path), 'other.csv')


# Whether a report is that of the files


def test_state_changes_with_what_it_is_of(rafdb):
    def stamp(**options):
        return state_of([read_split('RAFDB', str(rafdb), 'train')], options)

    first, path = stamp(), image_of(rafdb, 'train_00001')
    assert stamp() == first and stamp(seed=1) != first
    content, times = path.read_bytes(), path.stat()
    path.write_bytes(content + b'\0')
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert stamp() != first  # another size
    path.write_bytes(content)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert stamp() == first
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns + 1))
    assert stamp() != first  # another time
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    labels = rafdb / 'EmoLabel/list_patition_label.txt'
    labels.write_text(labels.read_text().replace('train_00001.jpg 1', 'train_00001.jpg 2'))
    assert stamp() != first  # another label
    labels.write_text(labels.read_text().replace('train_00001.jpg 2', 'train_00001.jpg 1'))
    path.unlink()
    assert stamp() != first


def test_a_report_is_current_once_it_is_complete(tmp_path):
    folder = tmp_path / 'report'
    assert not is_current(folder, 'stamp')
    start(folder)
    (folder / 'report.md').write_text('')
    assert not is_current(folder, 'stamp')
    finish(folder, 'stamp', ['report.md'])
    assert is_current(folder, 'stamp') and not is_current(folder, 'another')
    (folder / 'notes.txt').write_text('of a person')
    start(folder)
    assert not is_current(folder, 'stamp')
    assert [path.name for path in folder.iterdir()] == ['notes.txt']


def test_the_fingerprint_is_that_of_checkpoints(rafdb, tmp_path):
    report = rafdb_report(rafdb)
    for split in ('train', 'test'):
        proof = report.numbers['splits'][split]['fingerprint']
        known = RAFDB(str(rafdb), split=split).fingerprint
        assert proof == {key: known[key] for key in ('list_sha256', 'content_sha256')}
        folder = tmp_path / split
        folder.mkdir()
        write_report(folder, report, {})
        assert f'list_sha256 `{proof["list_sha256"]}`' in (folder / 'report.md').read_text()
    image_of(rafdb, 'train_00001').unlink()
    assert rafdb_report(rafdb).numbers['splits']['train']['fingerprint'] == {}
