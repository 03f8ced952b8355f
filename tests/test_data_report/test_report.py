"""The report on small real layouts: what is wrong is named, what is right is not."""

import cv2
import numpy as np
import pytest

from mmfer.data_report.report import ambiguity
from mmfer.data_report.splits import COUNTS
from mmfer.functional import vote_ambiguity


def result(report, split, check):
    """Level and text of one finding."""
    (found,) = [
        finding
        for finding in report.numbers['findings']
        if (finding['split'], finding['check']) == (split, check)
    ]
    return found['level'], found['text']


def test_what_is_right_is_ok(rafdb_report, monkeypatch):
    for split, each in (('train', 2), ('test', 1)):
        published = COUNTS['RAFDB', '', split]._replace(totals=(7 * each,), per_class=(each,) * 7)
        monkeypatch.setitem(COUNTS, ('RAFDB', '', split), published)
    report = rafdb_report()
    assert report.problems == []
    assert {finding['level'] for finding in report.numbers['findings']} == {'ok'}
    assert result(report, 'train', 'counts') == ('ok', '14 images, as published for each class')
    assert result(report, 'test', 'sizes and channels') == ('ok', 'all 100 x 100 RGB')
    entry = report.numbers['splits']['train']
    assert entry['per_class'] == [2] * 7 and entry['left_out'] == {'other split': 7}
    assert entry['sizes'] == [dict(width=100, height=100, images=14)]


def test_counts_that_differ(rafdb_report):
    level, text = result(rafdb_report(), 'test', 'counts')
    assert level == 'wrong'
    assert text.startswith('7 images (published 3068); surprise 1 (published 329), fear 1')


def test_missing_and_unreadable_images(rafdb_report, image_of):
    image_of('train_00003').unlink()
    whole = image_of('test_0002').read_bytes()
    image_of('test_0002').write_bytes(whole[: len(whole) // 2])
    report = rafdb_report()
    missing, cut = (f'Image/aligned/{name}_aligned.jpg' for name in ('train_00003', 'test_0002'))
    text = f"1 of 14, the first: {missing}; on_missing='skip' trains without them"
    assert result(report, 'train', 'missing images') == ('wrong', text)
    assert result(report, 'train', 'unreadable images') == ('ok', 'none')
    assert result(report, 'test', 'missing images') == ('ok', 'none')
    assert result(report, 'test', 'unreadable images') == ('wrong', f'1 of 7, the first: {cut}')
    assert [row[:2] for row in report.problems] == [('train', missing), ('test', cut)]
    assert 'truncated' in report.problems[1][2]
    assert report.numbers['splits']['train']['modes'] == {'RGB': 13}


def test_a_leak_is_named(rafdb_report, image_of):
    """A test image with the pixels of a training image, of the same class or of another."""
    image_of('test_0002').write_bytes(image_of('train_00009').read_bytes())
    image_of('test_0003').write_bytes(image_of('train_00001').read_bytes())
    report = rafdb_report()
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


def test_copies_inside_a_split_are_a_note(rafdb_report, image_of):
    for name in ('train_00002', 'train_00009'):  # fear, fear
        image_of(name).write_bytes(image_of('train_00001').read_bytes())
    report = rafdb_report()
    assert result(report, 'train', 'same content inside') == (
        'note',
        '3 images are 1 different ones, of which 1 have different labels',
    )
    assert result(report, 'all', 'leak') == ('ok', 'no image to test on is in another split')


def test_sizes_channels_and_blank_images(rafdb_report, image_of):
    cv2.imwrite(str(image_of('train_00001')), np.zeros((40, 30), np.uint8))
    report = rafdb_report()
    assert result(report, 'train', 'sizes and channels') == (
        'note',
        "2 different sizes; modes {'RGB': 13, 'L': 1}",
    )
    level, text = result(report, 'train', 'blank images')
    assert level == 'note' and text.startswith('1 have one colour only')
    entry = report.numbers['splits']['train']
    assert dict(width=30, height=40, images=1) in entry['sizes']


@pytest.mark.parametrize('vote_file', ['label.csv', 'fer2013new.csv'])
def test_splits_that_are_not_at_hand(ferplus, vote_file, report_on):
    for path in (ferplus / 'FER2013Test').iterdir():
        path.unlink()
    first, *_ = (ferplus / 'FER2013Train').glob('*.png')
    copy, *_ = (ferplus / 'FER2013Valid').glob('*.png')
    copy.write_bytes(first.read_bytes())
    report = report_on(ferplus, 'FERPlus', ['train', 'valid', 'test'], vote_file=vote_file)
    level, text = result(report, 'test', 'at hand')
    assert level == 'wrong'
    assert text.startswith(
        'not at hand: '
        + ('no FER+ votes' if vote_file == 'label.csv' else 'none of its 8 images is there')
    )
    assert not report.numbers['splits']['test']['at_hand']
    assert report.numbers['splits']['valid']['at_hand']
    level, text = result(report, 'valid', 'leak')
    assert level == 'wrong' and 'images of valid that train holds, too: 1 ' in text


def test_all_unreadable_is_not_absent(ferplus, report_on):
    for path in (ferplus / 'FER2013Test').glob('*.png'):
        path.write_bytes(b'no picture')
    report = report_on(ferplus, 'FERPlus', ['train', 'test'], vote_file='label.csv')
    assert report.numbers['splits']['test']['at_hand']
    assert result(report, 'test', 'unreadable images')[0] == 'wrong'


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
