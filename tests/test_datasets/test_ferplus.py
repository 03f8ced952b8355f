import pytest

from mmfer.datasets import FERPlus


def names(dataset):
    return [dataset.get_data_info(i)['img_path'].split('/')[-1] for i in range(len(dataset))]


def labels(dataset, key='gt_label'):
    return [dataset.get_data_info(i)[key] for i in range(len(dataset))]


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


@pytest.mark.parametrize(
    'vote_file, usual',
    [('label.csv', 'FER2013Train/label.csv'), ('fer2013new.csv', 'fer2013new.csv')],
)
@pytest.mark.parametrize(
    'votes, total',
    [
        ('28,0,0,0,0,0,0,0,0,0', '28'),
        ('2147483648,0,0,0,0,0,0,0,0,0', '2.14748e.09'),
        ('6,0,0,0,0,0,0,4,0,1', '11'),
        ('.5,.5,0,0,0,0,0,0,0,0', '1'),
    ],
)
def test_more_votes_than_annotators(ferplus_root, vote_file, usual, votes, total):
    path = ferplus_root / usual
    text = path.read_text()
    path.write_text(text.replace('6,0,0,0,0,0,0,4,0,0', votes))
    line = 3 if vote_file != 'label.csv' else 1
    with pytest.raises(
        ValueError, match=f'{vote_file}, line {line}: the votes .* are {total} in all; .* up to 10'
    ):
        FERPlus(str(ferplus_root), vote_file=vote_file)
    path.write_text(
        text.replace('6,0,0,0,0,0,0,4,0,0', '6,0,0,0,0,0,0,0,0,0', 1)
    )  # fewer are right
    assert len(FERPlus(str(ferplus_root), vote_file=vote_file)) == 4


@pytest.mark.parametrize('tail', ['', ',', ',0'])
def test_label_csv_without_its_boxes(ferplus_root, tail):
    """A further column at the end makes up for the one that is lost."""
    path = ferplus_root / 'FER2013Train/label.csv'
    lines = path.read_text().replace('"(0, 0, 48, 48)",', '').splitlines()
    path.write_text('\n'.join(line + tail for line in lines))
    with pytest.raises(ValueError, match="label.csv, line 1: '6' is no box; allowed: name, box"):
        FERPlus(str(ferplus_root))


@pytest.mark.parametrize('vote_file', ['label.csv', 'fer2013new.csv'])
def test_a_name_with_other_votes_is_refused(ferplus_root, vote_file):
    whole = vote_file == 'fer2013new.csv'
    path = ferplus_root / (vote_file if whole else f'FER2013Train/{vote_file}')
    row = 'Training,fer0000001.png' if whole else 'fer0000001.png,"(0, 0, 48, 48)"'
    text = path.read_text()
    for votes in ('1,9,0', '2,8,0', '5,5,0', '0,0,10'):  # its class, or none, as in the real file
        votes = '{},{},0,0,0,0,0,0,0,{}'.format(*votes.split(','))
        path.write_text(f'{text}{row},{votes}\n')
        assert FERPlus(str(ferplus_root), vote_file=vote_file).counts['duplicate name'] == 1 + whole
    path.write_text(f'{text}{row},9,1,0,0,0,0,0,0,0,0\n')
    with pytest.raises(
        ValueError,
        match=r"csv, line \d+: 'fer0000001.png' has the votes .9, 1.*\[1, 9,.* line \d+;",
    ):
        FERPlus(str(ferplus_root), vote_file=vote_file)


@pytest.mark.parametrize(
    'form',
    ['{0}.png', '{0}.jpg', '{0}', '/a/path/FER2013Train/{0}.png', 'train/{0}.png', '1_{0}.png'],
)
def test_noise_files_by_bare_names(ferplus_root, tmp_path, form):
    """Rows of other images, of which the validation's is one, are passed over."""
    given = [(f'fer000000{i}', label) for i, label in ((0, 3), (1, 1), (3, 7), (7, 0))]
    rows = [*given, ('fer0000020', 2), ('fer0000030', 5)]
    path = tmp_path / 'noise.txt'
    path.write_text('\n'.join(f'{form.format(name)} {label}' for name, label in rows))
    noise = dict(kind='file', path=str(path), expect_rate=None)
    data = FERPlus(str(ferplus_root), noise=noise)
    assert labels(data) == [3, 1, 7, 0] and labels(data, 'clean_label') == [0, 1, 7, 4]
    path.write_text(path.read_text() + f'\n{form.format("fer0000001")} 2')
    with pytest.raises(ValueError, match='1 names have more than one row'):
        FERPlus(str(ferplus_root), noise=noise)
