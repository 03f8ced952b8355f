import numpy as np
import pytest

from mmfer.datasets import RAFDB, FERPlus


def names(dataset):
    return [dataset.get_data_info(i)['img_path'].split('/')[-1] for i in range(len(dataset))]


def labels(dataset, key='gt_label'):
    return [dataset.get_data_info(i)[key] for i in range(len(dataset))]


# --- FERPlus


@pytest.mark.parametrize('vote_file', ['label.csv', 'fer2013new.csv'])
def test_majority_rule(ferplus_root, vote_file):
    data = FERPlus(str(ferplus_root), vote_file=vote_file)
    assert names(data) == [f'fer000000{i}.png' for i in (0, 1, 3, 7)]
    assert labels(data) == [0, 1, 7, 4]
    assert data.counts['no majority'] == 2
    assert data.counts['unknown'] == 1
    assert data.counts['not a face'] == 1
    extra = dict(label=0, fer2013new=1)[vote_file.split('.')[0]]
    assert data.counts['empty name'] == extra
    assert data.counts['duplicate name'] == extra
    assert data.counts['kept'] == 4
    assert data.counts['read'] == 8 + 2 * extra


def test_header_of_fer2013new(ferplus_root):
    path = ferplus_root / 'fer2013new.csv'
    whole = path.read_text()
    for text in (whole.replace('neutral,happiness', 'happiness,neutral'), whole.split('\n', 1)[1]):
        path.write_text(text)
        with pytest.raises(ValueError, match='line 1: the header is'):
            FERPlus(str(ferplus_root), vote_file='fer2013new.csv')
    path.write_text(whole.replace('Training,fer0000003', 'training,fer0000003'))
    with pytest.raises(ValueError, match="line 6: Usage 'training' is unkn"):
        FERPlus(str(ferplus_root), vote_file='fer2013new.csv')


def test_unknown_ignored(ferplus_root):
    data = FERPlus(str(ferplus_root), outside='ignored')
    # 2 of 5 and a single vote left: no label; 9 unknown and 1 neutral: the single vote is dropped;
    # anger has 3 of 3
    assert names(data) == [f'fer000000{i}.png' for i in (0, 1, 3, 7)]
    data = FERPlus(str(ferplus_root), outside='ignored', rule='argmax')
    assert names(data) == [f'fer000000{i}.png' for i in (0, 1, 2, 3, 4, 6, 7)]


def test_argmax_rule(ferplus_root):
    data = FERPlus(str(ferplus_root), rule='argmax')
    assert names(data) == [f'fer000000{i}.png' for i in (0, 1, 2, 3, 6, 7)]
    assert labels(data) == [0, 1, 0, 7, 0, 4]  # the first where equal
    assert data.counts['unknown'] == data.counts['not a face'] == 1


def test_without_contempt(ferplus_root):
    data = FERPlus(str(ferplus_root), contempt=False)
    assert labels(data) == [0, 1, 4]
    assert data.counts['contempt'] == 1
    assert data.CLASSES == FERPlus.METAINFO['classes'][:7]
    assert len(FERPlus.METAINFO['classes']) == 8


def test_splits_and_protocols(ferplus_root):
    counts = {split: len(FERPlus(str(ferplus_root), split=split)) for split in FERPlus.SPLITS}
    assert counts == {'train': 4, 'train+valid': 5, 'valid': 1, 'test': 1}


def test_votes_are_kept_as_they_are(ferplus_root):
    sample = FERPlus(str(ferplus_root)).get_data_info(3)
    assert sample['votes'].tolist() == [1, 1, 1, 1, 3, 1, 0, 0, 2, 0]
    assert sample['sample_idx'] == 3
    assert sample['gt_label'] == sample['clean_label'] == 4


def test_wrong_number_of_votes_names_file_and_line(ferplus_root):
    path = ferplus_root / 'FER2013Train/label.csv'
    lines = path.read_text().splitlines()
    lines[2] = lines[2].rsplit(',', 1)[0]
    path.write_text('\n'.join(lines))
    with pytest.raises(ValueError, match='label.csv, line 3: 9 vote columns'):
        FERPlus(str(ferplus_root))


@pytest.mark.parametrize(
    'kwargs, named',
    [
        (dict(split='private'), "'private'.*'train\\+valid'"),
        (dict(vote_file='votes.csv'), "'votes.csv'.*'fer2013new.csv'"),
        (dict(rule='mean'), "'mean'.*'argmax'"),
        (dict(outside='kept'), "'kept'.*'ignored'"),
    ],
)
def test_ferplus_refuses(ferplus_root, kwargs, named):
    with pytest.raises(ValueError, match=named):
        FERPlus(str(ferplus_root), **kwargs)


# --- RAF-DB


def test_rafdb(rafdb_root):
    train, test = (RAFDB(str(rafdb_root), split=s) for s in ('train', 'test'))
    assert (len(train), len(test)) == (14, 7)
    assert labels(train) == [0, 1, 2, 3, 4, 5, 6] * 2
    assert names(test)[0] == 'test_0001_aligned.jpg'
    # the order of its label ids, 1 surprise to 7 neutral
    assert train.CLASSES == (
        'surprise',
        'fear',
        'disgust',
        'happiness',
        'sadness',
        'anger',
        'neutral',
    )


def test_rafdb_votes(rafdb_root):
    lines = (rafdb_root / 'EmoLabel/list_patition_label.txt').read_text()
    votes = [f'{line.split()[0]} .1 0 0 .7 0 0 .2 ' for line in lines.splitlines()]
    path = rafdb_root / 'EmoLabel/distribution_basic.txt'
    path.write_text('\n'.join(votes))
    data = RAFDB(str(rafdb_root))
    np.testing.assert_allclose(data.get_data_info(5)['votes'], [0.1, 0, 0, 0.7, 0, 0, 0.2])
    path.write_text('\n'.join(votes[1:]))
    with pytest.raises(ValueError, match="no row for 'train_00001.jpg'"):
        RAFDB(str(rafdb_root))
    assert 'votes' not in RAFDB(str(rafdb_root), votes_file=None).get_data_info(0)
    path.write_text('\n'.join([*votes, votes[0]]))
    with pytest.raises(ValueError, match='line 22: .* has votes already'):
        RAFDB(str(rafdb_root))
    path.write_text('train_00001.jpg 1 2 3')
    with pytest.raises(ValueError, match='line 1: 3 vote columns; expected 7'):
        RAFDB(str(rafdb_root))
    path.unlink()
    assert 'votes' not in RAFDB(str(rafdb_root)).get_data_info(0)
    with pytest.raises(FileNotFoundError, match='other.txt'):
        RAFDB(str(rafdb_root), votes_file='EmoLabel/other.txt')


@pytest.mark.parametrize(
    'line, named',
    [
        ('train_00015.jpg 8', 'line 22: class id 8 .* allowed: 1 to 7'),
        ('train_00015.jpg 0', 'line 22: class id 0'),
        ('train_00015.jpg', 'line 22: .* is not "name id"'),
        ('train_00015.jpg happy', 'line 22'),
        ('train_00001.jpg 1', "'train_00001.jpg' is listed twice"),
    ],
)
def test_bad_rows_name_the_line(rafdb_root, line, named):
    path = rafdb_root / 'EmoLabel/list_patition_label.txt'
    path.write_text(path.read_text() + line)
    with pytest.raises(ValueError, match=named):
        RAFDB(str(rafdb_root))


def test_missing_images_are_counted(rafdb_root):
    for i in (3, 4):
        (rafdb_root / f'Image/aligned/train_0000{i}_aligned.jpg').unlink()
    with pytest.raises(FileNotFoundError, match='2 of 14 images .*train_00003_aligned.jpg'):
        RAFDB(str(rafdb_root))
    with pytest.raises(FileNotFoundError, match='RAFDB_ROOT'):
        RAFDB(str(rafdb_root / 'elsewhere'))


# --- noise


def test_symmetric_noise_on_training_labels_alone(rafdb_root):
    noise = dict(kind='symmetric', rate=0.5, seed=3)
    clean, noisy, again = (RAFDB(str(rafdb_root), noise=n) for n in (None, noise, noise))
    assert labels(noisy, 'clean_label') == labels(clean)
    changed = np.array(labels(noisy)) != labels(clean)
    assert changed.sum() == 7
    assert labels(noisy) == labels(again)
    for kwargs in (dict(split='test'), dict(test_mode=True)):
        with pytest.raises(ValueError, match='never changed'):
            RAFDB(str(rafdb_root), noise=noise, **kwargs)


def test_rate_holds_for_the_chosen_images(ferplus_root, rafdb_root):
    data = RAFDB(str(rafdb_root), indices=10, noise=dict(kind='symmetric', rate=0.3))
    assert len(data) == 10
    changed = np.array(labels(data)) != labels(data, 'clean_label')
    assert changed.sum() == 3
    chosen = RAFDB(str(rafdb_root), indices=[2, 13])
    assert names(chosen) == ['train_00003_aligned.jpg', 'train_00014_aligned.jpg']


def noise_file(root, change, keep=14):
    lines = [f'train_{i + 1:05d}.jpg {change(i % 7 + 1)}' for i in range(keep)]
    path = root / 'EmoLabel/noise03.txt'
    path.write_text('\n'.join(lines))  # EAC's have no last newline either
    return dict(kind='file', path='EmoLabel/noise03.txt')


def test_noise_file(rafdb_root):
    noise = noise_file(rafdb_root, lambda c: c % 7 + 1)
    data = RAFDB(str(rafdb_root), noise=noise)
    assert labels(data) == [1, 2, 3, 4, 5, 6, 0] * 2
    assert labels(data, 'clean_label') == [0, 1, 2, 3, 4, 5, 6] * 2
    absolute = str(rafdb_root / noise['path'])
    data = RAFDB(str(rafdb_root), noise=dict(kind='file', path=absolute))
    assert labels(data)[0] == 1


def test_noise_file_counted_from_zero(rafdb_root):
    noise = noise_file(rafdb_root, lambda c: c - 1)
    data = RAFDB(str(rafdb_root), noise=dict(noise, id_base=0))
    assert labels(data) == labels(data, 'clean_label')
    # found without being told, as in SCN's files
    data = RAFDB(str(rafdb_root), noise=noise)
    assert labels(data) == labels(data, 'clean_label')
    with pytest.raises(ValueError, match='class id 0 .* allowed: 1 to 7'):
        RAFDB(str(rafdb_root), noise=dict(noise, id_base=1))


def test_noise_file_of_other_images(rafdb_root):
    noise = noise_file(rafdb_root, lambda c: c, keep=12)
    with pytest.raises(ValueError, match="2 of 14 .*'train_00013.jpg'"):
        RAFDB(str(rafdb_root), noise=noise)
    with pytest.raises(FileNotFoundError, match='no.txt'):
        RAFDB(str(rafdb_root), noise=dict(kind='file', path='no.txt'))


@pytest.mark.parametrize(
    'noise, named',
    [
        (dict(kind='pepper'), "'pepper' is unknown; allowed"),
        (dict(kind='symmetric'), "missing \\['rate'\\]"),
        (dict(kind='symmetric', rate=0.1, path='x'), "unknown \\['path'\\]"),
        (dict(kind='symmetric', rate=30), 'outside \\[0, 1\\]'),
    ],
)
def test_noise_settings_are_checked(rafdb_root, noise, named):
    with pytest.raises(ValueError, match=named):
        RAFDB(str(rafdb_root), noise=noise)


def test_noise_file_with_a_name_twice(rafdb_root):
    noise = noise_file(rafdb_root, lambda c: c)
    path = rafdb_root / noise['path']
    path.write_text(path.read_text() + '\ntrain_00002.jpg 1')
    with pytest.raises(ValueError, match='1 names .*train_00002.jpg .lines 2 and 15'):
        RAFDB(str(rafdb_root), noise=noise)


def test_indices_count_as_the_host_counts(rafdb_root):
    assert labels(RAFDB(str(rafdb_root), indices=-2)) == [5, 6]
    assert labels(RAFDB(str(rafdb_root), indices=np.int64(2))) == [0, 1]


@pytest.mark.parametrize(
    'build',
    [
        lambda root: RAFDB(root, classes=RAFDB.METAINFO['classes'][::-1]),
        lambda root: RAFDB(root, metainfo=dict(classes=('a', 'b'))),
    ],
)
def test_classes_cannot_be_renamed(rafdb_root, build):
    with pytest.raises(ValueError, match='would rename'):
        build(str(rafdb_root))


@pytest.mark.parametrize(
    'line, named',
    [
        ('/abs/train_00001.jpg 1', 'line 1: .*leads out'),
        ('train_../../x.jpg 1', 'line 1: .*leads out'),
        ('tran_00001.jpg 1', "line 1: 'tran_00001.jpg' is no image of RAF-DB"),
    ],
)
def test_other_names_are_refused(rafdb_root, line, named):
    path = rafdb_root / 'EmoLabel/list_patition_label.txt'
    path.write_text(line + '\n' + path.read_text())
    with pytest.raises(ValueError, match=named):
        RAFDB(str(rafdb_root))


def test_a_split_without_rows(rafdb_root):
    path = rafdb_root / 'EmoLabel/list_patition_label.txt'
    path.write_text('test_0001.jpg 1\n')
    with pytest.raises(ValueError, match="no images: .*'other split': 1"):
        RAFDB(str(rafdb_root))
    with pytest.raises(ValueError, match='indices=0 choose none of the 1'):
        RAFDB(str(rafdb_root), split='test', indices=0)


def test_old_line_ends_are_named(rafdb_root):
    path = rafdb_root / 'EmoLabel/list_patition_label.txt'
    path.write_bytes(path.read_bytes().replace(b'\n', b'\r'))
    with pytest.raises(ValueError, match='line 1: has carriage returns'):
        RAFDB(str(rafdb_root))


def test_repr_says_what_was_read(rafdb_root):
    text = repr(RAFDB(str(rafdb_root), noise=dict(kind='symmetric', rate=0.5, seed=3)))
    assert "'rate': 0.5" in text and "'other split': 7" in text
