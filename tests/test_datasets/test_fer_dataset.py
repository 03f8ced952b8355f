"""What every data set has: soft labels, a fingerprint, unreadable images."""

import numpy as np
import pytest
from PIL import Image
from torch.utils.data import DataLoader

from mmfer.datasets import RAFDB, FERPlus

PIPELINE = [dict(type='LoadImageFromFile'), dict(type='PackInputs')]


@pytest.fixture(autouse=True)
def host_scope():
    from mmengine.registry import init_default_scope

    init_default_scope('mmpretrain')


def column(dataset, key):
    return [dataset.get_data_info(i)[key] for i in range(len(dataset))]


# --- soft labels


def test_votes_become_soft_labels(ferplus_root):
    data = FERPlus(
        str(ferplus_root),
        rule='share',
        candidates=dict(kind='votes', rule='share'),
        pipeline=PIPELINE,
    )
    # 0: 6 and 4; 1: 9, the single vote dropped; 2: 5 and 5; 3: 8 of contempt; 7: 3 of anger and 2
    # unknown, which is no class
    assert [p[-5] for p in column(data, 'img_path')] == list('01237')
    expected = np.zeros((5, 8))
    expected[0, [0, 7]] = 0.6, 0.4
    expected[1, 1] = expected[3, 7] = expected[4, 4] = 1
    expected[2, [0, 2]] = 0.5
    np.testing.assert_allclose(column(data, 'gt_score'), expected, rtol=1e-6)
    sample = data[0]['data_samples']
    np.testing.assert_allclose(sample.gt_score, expected[0], rtol=1e-6)
    assert sample.gt_label.item() == 0


def test_image_without_a_label_by_the_rule_keeps_its_own(ferplus_root):
    data = FERPlus(str(ferplus_root), rule='argmax', candidates=dict(kind='votes', rule='majority'))
    labels, scores = column(data, 'gt_label'), column(data, 'gt_score')
    assert np.array_equal(np.stack(scores), np.eye(8)[labels])


def test_unknown_may_be_ignored(ferplus_root):
    counted, ignored = (
        FERPlus(
            str(ferplus_root), candidates=dict(kind='votes', rule='all', outside=outside)
        ).get_data_info(3)['gt_score']
        for outside in ('counted', 'ignored')
    )
    np.testing.assert_allclose(counted, ignored)
    np.testing.assert_allclose(ignored, np.array([1, 1, 1, 1, 3, 1, 0, 0]) / 8)


def test_rafdb_votes_become_soft_labels(rafdb_root):
    path = rafdb_root / 'EmoLabel/distribution_basic.txt'
    names = [f'train_{i + 1:05d}.jpg' for i in range(14)]
    path.write_text('\n'.join(f'{n} 0.5500 0.4 .05 0 0 0 0 ' for n in names))
    data = RAFDB(str(rafdb_root), candidates=dict(kind='votes', rule='share', min_held=0))
    np.testing.assert_allclose(
        column(data, 'gt_score')[0], [0.55 / 0.95, 0.4 / 0.95, 0, 0, 0, 0, 0], rtol=1e-6
    )
    # the list's label stays, also where the votes say another
    assert column(data, 'gt_label')[:3] == [0, 1, 2]
    path.write_text(path.read_text() + '\nother_1.jpg 1 0 0 0 0 0 0')
    with pytest.raises(ValueError, match="line 15: votes for 'other_1.jpg'"):
        RAFDB(str(rafdb_root))
    path.write_text('train_00001.jpg 1 0 0 0 0 0 x')
    with pytest.raises(ValueError, match='line 1: .*are no votes'):
        RAFDB(str(rafdb_root))


@pytest.mark.parametrize(
    'kwargs, named',
    [
        (dict(candidates=dict(kind='mean')), "'mean' is unknown"),
        (dict(candidates=dict(kind='votes')), 'take rule'),
        (
            dict(candidates=dict(kind='votes', rule='some')),
            "'rule': 'some'.*'cumulative'.*'threshold'",
        ),
        (dict(candidates=dict(kind='votes', rule='all', k=2)), 'take rule'),
        (dict(candidates=dict(kind='votes', rule='all', outside='x')), "'x'"),
        (
            dict(candidates=dict(kind='votes', rule='all'), noise=dict(kind='pair', rate=0.1)),
            'would tell the true label',
        ),
        (dict(candidates=dict(kind='votes', rule='all'), split='test'), 'never changed'),
        (dict(on_error='skip', split='valid'), 'never changed or skipped'),
        (dict(on_error='skip', test_mode=True), 'never changed or skipped'),
        (dict(on_error='ignore'), "'ignore' is unknown"),
    ],
)
def test_settings_are_checked(ferplus_root, kwargs, named):
    with pytest.raises(ValueError, match=named):
        FERPlus(str(ferplus_root), **kwargs)


def test_candidates_need_votes(rafdb_root):
    with pytest.raises(ValueError, match='14 of 14 images have no votes'):
        RAFDB(str(rafdb_root), candidates=dict(kind='votes', rule='all'))


# --- fingerprint


def test_fingerprint_tells_data_from_data(rafdb_root):
    def print_of(**kwargs):
        return RAFDB(str(rafdb_root), **kwargs).fingerprint

    first = print_of()
    assert first == print_of()
    assert first['images'] == 14 and first['changed'] == 0
    assert (first['dataset'], first['split']) == ('RAF-DB', 'train')
    noise = dict(kind='symmetric', rate=0.5, seed=0)
    noisy = print_of(noise=noise)
    assert noisy['changed'] == 7 and noisy['noise'] == noise
    for other in (noisy, print_of(indices=13), print_of(split='test')):
        assert other['list_sha256'] != first['list_sha256']
    assert noisy['content_sha256'] == first['content_sha256']
    # the same list, another crop of whichever image
    for i in (1, 8, 14):
        path = rafdb_root / f'Image/aligned/train_{i:05d}_aligned.jpg'
        content = path.read_bytes()
        path.write_bytes(content + b' ')
        assert print_of()['list_sha256'] == first['list_sha256']
        assert print_of()['content_sha256'] != first['content_sha256']
        path.write_bytes(content)
    assert print_of() == first


def test_fingerprint_is_of_all_that_is_taught(rafdb_root):
    votes = rafdb_root / 'EmoLabel/distribution_basic.txt'
    found = []
    for shares in ('1 0 0 0 0 0 0', '.5 .5 0 0 0 0 0'):
        votes.write_text('\n'.join(f'train_{i + 1:05d}.jpg {shares}' for i in range(14)))
        found.append(
            RAFDB(
                str(rafdb_root), candidates=dict(kind='votes', rule='all', min_held=0)
            ).fingerprint['list_sha256']
        )
    assert found[0] != found[1]


# --- unreadable images


def broken(root, *numbers):
    for i in numbers:
        (root / f'Image/aligned/train_{i:05d}_aligned.jpg').write_bytes(b'?')


def test_unreadable_image_is_named(rafdb_root):
    broken(rafdb_root, 3)
    data = RAFDB(str(rafdb_root), pipeline=PIPELINE)
    assert data[0]['inputs'].shape == (3, 12, 10)
    with pytest.raises(RuntimeError, match="train_00003_aligned.jpg'.* cannot be read.*skip"):
        data[2]


def test_other_faults_are_not_the_image_s(rafdb_root):
    pipeline = [PIPELINE[0], dict(type='CenterCrop', crop_size='no number')]
    for on_error in ('raise', 'skip'):
        with pytest.raises(Exception) as caught:
            RAFDB(str(rafdb_root), pipeline=pipeline, on_error=on_error)[0]
        assert 'cannot be read' not in str(caught.value)


@pytest.mark.parametrize('workers', [0, 2])
def test_skipped_images_are_counted_over_the_loaders(rafdb_root, workers):
    broken(rafdb_root, 2, 7)
    np.random.seed(0)
    data = RAFDB(str(rafdb_root), pipeline=PIPELINE, on_error='skip')
    loader = DataLoader(data, batch_size=7, num_workers=workers, collate_fn=list)
    assert data.skipped == []
    batches = [len(batch) for batch in loader]
    assert batches == [7, 7]
    assert [path[-17:] for path in data.skipped] == ['00002_aligned.jpg', '00007_aligned.jpg']


def test_a_link_to_nowhere_is_skipped(rafdb_root):
    path = rafdb_root / 'Image/aligned/train_00001_aligned.jpg'
    path.unlink()
    path.symlink_to('nowhere.jpg')
    data = RAFDB(str(rafdb_root), pipeline=PIPELINE, on_error='skip')
    assert data[0] is not None and data.skipped == [str(path)]


def test_test_sets_never_skip(rafdb_root):
    (rafdb_root / 'Image/aligned/test_0002_aligned.jpg').write_bytes(b'')
    data = RAFDB(str(rafdb_root), split='test', test_mode=True, pipeline=PIPELINE)
    with pytest.raises(RuntimeError, match='test_0002_aligned') as caught:
        data[1]
    assert 'on_error' not in str(caught.value)


def test_skipped_images_of_a_fold_are_counted(rafdb_root):
    """The host's folds are copies, whose flags the workers have to share."""
    broken(rafdb_root, 3)
    np.random.seed(0)
    data = RAFDB(str(rafdb_root), pipeline=PIPELINE, on_error='skip')
    fold = data.get_subset(range(1, 6))
    loader = DataLoader(fold, batch_size=5, num_workers=1, collate_fn=list)
    assert [len(batch) for batch in loader] == [5]
    assert [path[-17:] for path in fold.skipped] == ['00003_aligned.jpg']


# --- names


def test_records_keep_their_names(rafdb_root):
    names = [f'train_{i + 1:05d}.jpg' for i in range(14)]
    data = RAFDB(str(rafdb_root), indices=[2, 13], noise=dict(kind='pair', rate=0.5))
    assert column(data, 'name') == [names[2], names[13]]
    images = data.get_subset([1]).images
    assert (images.names, images.classes, images.id_base) == ([names[13]], data.CLASSES, 1)
    aligned = 'train_00014_aligned.jpg'  # and its path below the data set's folder
    assert images.aliases == dict.fromkeys([f'Image/aligned/{aligned}', aligned], names[13])
    lazy = RAFDB(str(rafdb_root), lazy_init=True)
    assert lazy.images_of(lazy.records()).names == names


def test_images_of_too_many_pixels_are_not_decoded(rafdb_root, monkeypatch):
    """By the header: the loading step is never asked."""
    kwargs = dict(data_root=str(rafdb_root), pipeline=PIPELINE)
    with_limit = RAFDB(**kwargs, max_pixels=1)
    side = Image.open(with_limit.get_data_info(0)['img_path']).size
    count = side[0] * side[1]
    monkeypatch.setattr('mmcv.imfrombytes', None)
    with pytest.raises(RuntimeError, match=f'{count} pixels, more than max_pixels=1.*Replace'):
        with_limit[0]
    monkeypatch.undo()
    skipping = RAFDB(**kwargs, max_pixels=1, on_error='skip')
    assert skipping.prepare_data(0) is None and len(skipping.skipped) == 1
    plain = RAFDB(**kwargs, max_pixels=None)[0]
    for limit in (count, 1e8):
        again = RAFDB(**kwargs, max_pixels=limit)[0]
        assert (again['inputs'] == plain['inputs']).all()
    for limit in (0, -1, 1.5, float('nan'), True):
        with pytest.raises(ValueError, match='max_pixels'):
            RAFDB(**kwargs, max_pixels=limit)


@pytest.mark.parametrize('words', [('Train', 'train'), ('Test', 'test'), ('TRAINING', 'train')])
def test_splits_in_any_spelling(rafdb_root, words):
    given, own = words
    assert RAFDB(str(rafdb_root), split=given).split == own
    with pytest.raises(ValueError, match="split 'val' of RAFDB is unknown; allowed"):
        RAFDB(str(rafdb_root), split='val')


def test_a_list_of_some_images(rafdb_root):
    """As RAN's lists of turned and occluded faces; to the fingerprint it is another set."""
    path = rafdb_root / 'pose.txt'
    path.write_text('3/test_0004_aligned.jpg\n0/test_0001_aligned.jpg\n')
    for given in ('pose.txt', str(path)):
        data = RAFDB(str(rafdb_root), split='test', test_mode=True, subset_file=given)
        assert [data.get_data_info(i)['gt_label'] for i in range(len(data))] == [0, 3]
    assert data.counts['kept'] == 2 and data.counts['not in subset_file'] == 5
    whole = RAFDB(str(rafdb_root), split='test')
    assert data.fingerprint['list_sha256'] != whole.fingerprint['list_sha256']
    assert data.fingerprint['subset_file'] == str(path) and 'subset_file' not in whole.fingerprint
    with pytest.raises(ValueError, match='none of its 2 lines names one of the 14 images'):
        RAFDB(str(rafdb_root), subset_file='pose.txt')
    chosen = RAFDB(str(rafdb_root), split='test', subset_file='pose.txt', indices=1)
    assert len(chosen) == 1
