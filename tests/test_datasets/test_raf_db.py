import numpy as np
import pytest

from mmfer.datasets import RAFDB


def names(dataset):
    return [dataset.get_data_info(i)['img_path'].split('/')[-1] for i in range(len(dataset))]


def labels(dataset, key='gt_label'):
    return [dataset.get_data_info(i)[key] for i in range(len(dataset))]


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


def test_old_line_ends(rafdb_root):
    path = rafdb_root / 'EmoLabel/list_patition_label.txt'
    path.write_bytes(path.read_bytes().replace(b'\n', b'\r'))
    assert labels(RAFDB(str(rafdb_root))) == [0, 1, 2, 3, 4, 5, 6] * 2
    path.write_bytes(path.read_bytes().replace(b'00003.jpg 3', b'00003.jpg x'))
    with pytest.raises(ValueError, match='line 3: '):
        RAFDB(str(rafdb_root))


def test_repr_says_what_was_read(rafdb_root):
    text = repr(RAFDB(str(rafdb_root), noise=dict(kind='symmetric', rate=0.5, seed=3)))
    assert "'rate': 0.5" in text and "'other split': 7" in text


# --- as Kaggle mirrors it, and names with and without _aligned


def taught(dataset):
    infos = map(dataset.get_data_info, range(len(dataset)))
    return [(info['name'], info['gt_label'], info['clean_label']) for info in infos]


@pytest.mark.parametrize('tables', [True, False])
def test_kaggle_is_the_same_data_set(rafdb_root, rafdb_kaggle_root, told, tables):
    if not tables:
        for path in rafdb_kaggle_root.glob('*.csv'):
            path.unlink()
    noise = dict(kind='symmetric', rate=0.5, seed=1)
    for split, given in (('train', noise), ('test', None)):
        one, other = (
            RAFDB(str(root), split=split, noise=given) for root in (rafdb_root, rafdb_kaggle_root)
        )
        assert taught(one) == taught(other)
    assert any('layout of RAF-DB: kaggle' in line for line in told)


def test_kaggle_without_its_outer_folder_in_any_case(rafdb_kaggle_root):
    for split in ('train', 'test'):
        (rafdb_kaggle_root / 'DATASET' / split).rename(rafdb_kaggle_root / split.title())
    assert labels(RAFDB(str(rafdb_kaggle_root), split='test')) == [0, 1, 2, 3, 4, 5, 6]


def test_kaggle_where_table_and_folder_disagree(rafdb_kaggle_root):
    path = rafdb_kaggle_root / 'train_labels.csv'
    path.write_text(path.read_text().replace('train_00003_aligned.jpg,3', 'train_00003.jpg,4'))
    with pytest.raises(ValueError, match="line 4: 'train_00003.jpg' has the label 4, but lies in "):
        RAFDB(str(rafdb_kaggle_root))


def test_kaggle_without_a_row_or_a_picture(rafdb_kaggle_root, told):
    path = rafdb_kaggle_root / 'train_labels.csv'
    whole = path.read_text()
    path.write_text(whole.replace('train_00003_aligned.jpg,3\n', ''))
    data = RAFDB(str(rafdb_kaggle_root))
    assert len(data) == 13 and data.counts['not in the label table'] == 1
    assert any('no row for 1 pictures' in line and 'train_00003' in line for line in told)
    path.write_text(whole + 'train_00009_aligned.jpg,2\n')
    with pytest.raises(ValueError, match="line 16: 'train_00009.jpg' is listed twice"):
        RAFDB(str(rafdb_kaggle_root))
    path.write_text(whole)
    (rafdb_kaggle_root / 'DATASET/train/1/train_00001_aligned.jpg').unlink()
    with pytest.raises(FileNotFoundError, match='1 of 14 images .*train_00001_aligned.jpg'):
        RAFDB(str(rafdb_kaggle_root))


def test_kaggle_of_one_split(rafdb_kaggle_root):
    (rafdb_kaggle_root / 'DATASET/test').rename(rafdb_kaggle_root / 'elsewhere')
    assert len(RAFDB(str(rafdb_kaggle_root))) == 14
    with pytest.raises(FileNotFoundError, match="0 folders of the split 'test'.*DATASET/test"):
        RAFDB(str(rafdb_kaggle_root), split='test')


def test_two_layouts(rafdb_root, rafdb_kaggle_root, told):
    (rafdb_kaggle_root / 'DATASET').rename(rafdb_root / 'DATASET')
    assert '/Image/aligned/' in RAFDB(str(rafdb_root)).get_data_info(0)['img_path']
    assert any(line.startswith('WARNING') and 'holds 2 layouts' in line for line in told)
    data = RAFDB(str(rafdb_root), layout='kaggle')
    assert '/DATASET/train/' in data.get_data_info(0)['img_path'] and len(data) == 14
    with pytest.raises(ValueError, match="'mirror' is unknown"):
        RAFDB(str(rafdb_root), layout='mirror')


@pytest.mark.parametrize('in_list', [True, False])
@pytest.mark.parametrize('in_files', [True, False])
def test_aligned_in_names_or_not(rafdb_root, in_list, in_files):
    expected = taught(RAFDB(str(rafdb_root)))
    path = rafdb_root / 'EmoLabel/list_patition_label.txt'
    if in_list:
        path.write_text(path.read_text().replace('.jpg', '_aligned.jpg'))
    if not in_files:
        for image in (rafdb_root / 'Image/aligned').iterdir():
            image.rename(str(image).replace('_aligned.jpg', '.jpg'))
    assert taught(RAFDB(str(rafdb_root))) == expected


# How the field's noise files name 14 images, and count: EAC and ReSup, SCN, NLA.
NOISE_FILES = {
    'EAC': lambda i, label: f'train_{i:05d}.jpg {label + 1}',
    'SCN': lambda i, label: f'/data/raf/Image/aligned/train_{i:05d}_aligned.jpg {label}',
    'NLA': lambda i, label: f'train_{i:05d}_aligned.jpg {label} {int(label != (i - 1) % 7)}',
    'bare': lambda i, label: f'train_{i:05d}_aligned {label}',
}


@pytest.mark.parametrize('kind', NOISE_FILES)
@pytest.mark.parametrize('kaggle', [True, False])
def test_noise_files_fit_either_layout(rafdb_root, rafdb_kaggle_root, tmp_path, kind, kaggle):
    given = [6, 1, 2, 3, 0, 5, 6, 0, 2, 2, 3, 4, 5, 6]
    path = tmp_path / 'noise.txt'
    path.write_text('\n'.join(NOISE_FILES[kind](i, label) for i, label in enumerate(given, 1)))
    root = rafdb_kaggle_root if kaggle else rafdb_root
    data = RAFDB(str(root), noise=dict(kind='file', path=str(path)))
    assert labels(data) == given and labels(data, 'clean_label') == [*range(7), *range(7)]
