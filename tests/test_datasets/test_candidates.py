"""Every kind of candidates in a data set."""

import numpy as np
import pytest

from mmfer.datasets import RAFDB, FERPlus
from mmfer.datasets.candidates import KINDS
from mmfer.functional import CANDIDATES
from mmfer.lists.class_scores import write_scores
from mmfer.lists.image_table import Images

CLASSES = RAFDB.METAINFO['classes']
LABELS = [i % 7 for i in range(14)]
NAMES = [f'train_{i + 1:05d}.jpg' for i in range(14)]


def column(dataset, key):
    return np.array([dataset.get_data_info(i)[key] for i in range(len(dataset))])


def scores_of(root, noise=None, **candidates):
    return column(RAFDB(str(root), noise=noise, candidates=candidates), 'gt_score')


@pytest.mark.parametrize(
    'kind, args',
    [
        ('uniform', dict(rate=0.3)),
        ('binomial', dict(rate=0.3)),
        ('pair', dict(rate=0.5)),
        ('uniform_sets', {}),
        ('uniform_sets', dict(sizes='sets_with_label')),
    ],
)
def test_drawn_kinds(rafdb_root, kind, args):
    scores = scores_of(rafdb_root, kind=kind, seed=4, **args)
    assert scores.dtype == np.float32 and scores.shape == (14, 7)
    sets = CANDIDATES[kind](np.array(LABELS), 7, seed=4, **args)
    expected = sets / sets.sum(axis=1, keepdims=True)
    assert np.array_equal(scores, expected.astype(np.float32))
    assert not np.array_equal(scores, scores_of(rafdb_root, kind=kind, seed=5, **args))
    # the seed is 0 unless given; the policy may be said
    assert np.array_equal(
        scores_of(rafdb_root, kind=kind, **args),
        scores_of(rafdb_root, kind=kind, seed=0, given='kept', **args),
    )


def test_sets_are_of_the_images_chosen(rafdb_root):
    data = RAFDB(str(rafdb_root), indices=5, candidates=dict(kind='uniform', rate=0.5))
    sets = CANDIDATES['uniform'](LABELS[:5], 7, 0.5, 0)
    assert np.array_equal(column(data, 'gt_score') > 0, sets)


def test_with_noise_the_noisy_label_is_the_given_one(rafdb_root):
    noise = dict(kind='pair', rate=0.5, seed=1)
    data = RAFDB(str(rafdb_root), noise=noise, candidates=dict(kind='uniform', rate=0.0))
    given, clean = column(data, 'gt_label'), column(data, 'clean_label')
    assert (given != clean).sum() == 7
    assert np.array_equal(column(data, 'gt_score'), np.eye(7)[given])
    with pytest.raises(ValueError, match='does not look at votes'):
        RAFDB(str(rafdb_root), noise=noise, candidates=dict(kind='votes', rule='all'))
    with pytest.raises(ValueError, match="candidates='votes'; it is a dict"):
        column(RAFDB(str(rafdb_root), noise=noise, candidates='votes'), 'gt_score')


def test_the_log_counts(rafdb_root, told):
    scores_of(rafdb_root, dict(kind='symmetric', rate=0.5, seed=0), kind='pair', rate=1.0)
    text = '\n'.join(told)
    assert "by size of their set {'2': 14}" in text
    assert 'the given label is in 14 of 14 sets' in text
    # of the 7 that changed, those that moved from the next class
    data = RAFDB(str(rafdb_root), noise=dict(kind='symmetric', rate=0.5, seed=0))
    given, clean = column(data, 'gt_label'), column(data, 'clean_label')
    covered = ((clean == given) | (clean == (given + 1) % 7)).sum()
    assert 7 <= covered < 14
    assert f'the clean label is in {covered} (' in text


# --- votes


def votes_file(root, lines):
    (root / 'EmoLabel/distribution_basic.txt').write_text(
        '\n'.join(f'{n} {lines[i % len(lines)]}' for i, n in enumerate(NAMES))
    )


VOTES = dict(kind='votes', min_held=0)  # all images have the same votes in the tests below


def test_votes_by_threshold(rafdb_root):
    votes_file(rafdb_root, ['.5 .25 .15 .1 0 0 0'])
    scores = scores_of(rafdb_root, **VOTES, rule='threshold', threshold=0.15)
    np.testing.assert_allclose(scores[0], np.array([0.5, 0.25, 0.15, 0, 0, 0, 0]) / 0.9, rtol=1e-6)
    # every member alike, as partial-label learning starts
    scores = scores_of(rafdb_root, **VOTES, rule='threshold', threshold=0.2, weights='uniform')
    assert (scores == [0.5, 0.5, 0, 0, 0, 0, 0]).all()


def test_votes_and_the_given_label(rafdb_root):
    votes_file(rafdb_root, ['.75 .25 0 0 0 0 0'])
    alone = scores_of(rafdb_root, **VOTES, rule='all')
    assert np.array_equal(alone, scores_of(rafdb_root, **VOTES, rule='all', given='not_added'))
    added = scores_of(rafdb_root, **VOTES, rule='all', given='added')
    assert np.array_equal(alone[:2], added[:2])  # in it already
    np.testing.assert_allclose(added[2], [0.5, 1 / 6, 1 / 3, 0, 0, 0, 0], rtol=1e-6)


def test_votes_of_other_columns_are_refused(rafdb_root):
    one = [' '.join('.9' if i == c else '.02' for i in range(7)) for c in LABELS]
    votes_file(rafdb_root, one)
    scores_of(rafdb_root, kind='votes', rule='all')
    for shift in (1, 3, 6):
        votes_file(rafdb_root, [' '.join(np.roll(row.split(), shift)) for row in one])
        with pytest.raises(
            ValueError, match="votes of 'train_00001.jpg' lacks .* 14 of 14 .*held=0"
        ):
            scores_of(rafdb_root, kind='votes', rule='all')
        assert len(scores_of(rafdb_root, **VOTES, rule='all')) == 14
    # 8 of 14 as they are given
    votes_file(rafdb_root, [*one[:8], *one[:6]])
    scores_of(rafdb_root, kind='votes', rule='all')
    for least in (2, '0', True, None):
        with pytest.raises(ValueError, match='min_held=.*it is a share'):
            scores_of(rafdb_root, kind='votes', rule='all', min_held=least)


def test_votes_of_ferplus_drop_single_ones_by_their_rule(ferplus_root):
    data = FERPlus(
        str(ferplus_root), candidates=dict(kind='votes', rule='threshold', threshold=0.1)
    )
    # 0: 6 and 4; 1: 1 and 9, the single vote counts: .1 of ten;
    # 3: 8 of contempt, 2 unknown; 7: six with a vote, unknown is no class
    sizes = (column(data, 'gt_score') > 0).sum(axis=1)
    assert sizes.tolist() == [2, 2, 1, 6]


# --- predictions


def predictions(root):
    scores = np.random.default_rng(0).normal(size=(14, 7))
    write_scores(str(root / 'p.csv'), Images(NAMES, CLASSES), scores, LABELS, dict(config='a.py'))
    return scores.astype(np.float32)


@pytest.mark.parametrize('given', ['not_added', 'added', 'kept'])
def test_topk(rafdb_root, given):
    scores = predictions(rafdb_root)
    found = scores_of(rafdb_root, kind='topk', path='p.csv', k=3, given=given)
    for row, label, score in zip(scores, LABELS, found):
        best = np.argsort(-row, kind='stable').tolist()
        if given == 'kept':
            best.remove(label)
            best.insert(0, label)
        members = set(best[:3]) | ({label} if given == 'added' else set())
        assert set(np.flatnonzero(score)) == members
        assert np.unique(score[score > 0]) == np.float32(1 / len(members))


def test_topk_is_2_and_predictions_alone(rafdb_root):
    predictions(rafdb_root)
    assert np.array_equal(
        scores_of(rafdb_root, kind='topk', path='p.csv'),
        scores_of(rafdb_root, kind='topk', path=str(rafdb_root / 'p.csv'), k=2, given='not_added'),
    )


@pytest.mark.parametrize(
    'candidates, named',
    [
        ('uniform', "candidates='uniform'; it is a dict"),
        (dict(kind='some'), "'some' is unknown; allowed: .*'topk'"),
        (dict(kind='uniform'), "missing .'rate'"),
        (dict(kind='uniform', rate=30), '30 is outside'),
        (dict(kind='uniform', rate=0.3, k=2), "unknown .'k'"),
        (dict(kind='uniform', rate=0.3, sizes='all_sets'), "unknown .'sizes'"),
        (dict(kind='uniform', rate=0.3, seed=None), 'seed None is no integer'),
        (dict(kind='pair', rate=0.3, seed=-1), r'seed -1 .*0 to 2\*\*32 - 1'),
        (dict(kind='file', path=None), 'path=None names no file'),
        (dict(kind='topk', path=3), 'path=3 names no file'),
        (dict(kind='votes', rule='treshold'), "rule .one of .*'threshold'"),
        (dict(kind='uniform_sets', rate=0.3), "unknown .'rate'"),
        (dict(kind='topk'), "missing .'path'"),
        (dict(kind='file'), "missing .'path'"),
        (dict(kind='topk', path='p.csv', k=8), 'k=8; allowed: 1 to 7'),
        (dict(kind='file', path='x', given='kept'), "given='kept' .*'file'"),
        (
            dict(kind='pair', rate=0.1, given='added'),
            r"given='added' .*'pair'; allowed: \('kept',\)",
        ),
        (dict(kind='votes', rule='all', given='kept'), "given='kept'"),
        (dict(kind='votes', rule='all', weights='even'), 'weights .one of'),
        (dict(kind='votes', rule='threshold'), 'threshold takes threshold'),
        (dict(kind='votes', rule='all', threshold=0.2), 'take rule'),
        (dict(kind='votes', rule='threshold', threshold=20), '20 is no share'),
    ],
)
def test_settings_are_checked(rafdb_root, candidates, named):
    votes_file(rafdb_root, ['1 0 0 0 0 0 0'])
    predictions(rafdb_root)
    with pytest.raises(ValueError, match=named):
        RAFDB(str(rafdb_root), candidates=candidates)


@pytest.mark.parametrize('kind', ['file', 'topk'])
def test_missing_files_are_named(rafdb_root, kind):
    with pytest.raises(FileNotFoundError, match='none.txt.*below data_root'):
        scores_of(rafdb_root, kind=kind, path='none.txt')


@pytest.mark.parametrize('kind', KINDS)
def test_what_is_tested_on_has_no_candidates(rafdb_root, kind):
    with pytest.raises(ValueError, match='never changed'):
        RAFDB(str(rafdb_root), split='test', candidates=dict(kind=kind))
