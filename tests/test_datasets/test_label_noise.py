"""Every kind of noise in a data set."""

import cv2
import numpy as np
import pytest

from mmfer.datasets import RAFDB, FERPlus
from mmfer.datasets.label_noise import class_targets, projection_scores, synthetic_noise


def names(dataset):
    return [dataset.get_data_info(i)['img_path'].split('/')[-1] for i in range(len(dataset))]


def labels(dataset, key='gt_label'):
    return [dataset.get_data_info(i)[key] for i in range(len(dataset))]


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
    noise = dict(noise_file(rafdb_root, lambda c: c % 7 + 1), expect_rate=None)
    data = RAFDB(str(rafdb_root), noise=noise)
    assert labels(data) == [1, 2, 3, 4, 5, 6, 0] * 2
    assert labels(data, 'clean_label') == [0, 1, 2, 3, 4, 5, 6] * 2
    absolute = str(rafdb_root / noise['path'])
    data = RAFDB(str(rafdb_root), noise=dict(noise, path=absolute))
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


def test_kinds_by_name(rafdb_root):
    def noisy(**noise):
        data = RAFDB(str(rafdb_root), noise=noise)
        return np.array(labels(data)), np.array(labels(data, 'clean_label'))

    given, clean = noisy(kind='asymmetric', rate=1.0)
    classes = RAFDB.METAINFO['classes']
    turned = {classes[c]: classes[g] for c, g in zip(clean, given)}
    assert turned == dict(
        surprise='anger',
        fear='surprise',
        disgust='anger',
        happiness='neutral',
        sadness='neutral',
        anger='disgust',
        neutral='sadness',
    )
    given, clean = noisy(kind='asymmetric', rate=1.0, class_map=dict(fear='surprise'))
    assert np.array_equal(given, np.where(clean == 1, 0, clean))
    given, clean = noisy(kind='asymmetric', matrix=np.eye(7)[::-1].tolist())
    assert np.array_equal(given, 6 - clean)
    given, clean = noisy(kind='pair', rate=0.5, seed=1)
    assert (given != clean).sum() == 7
    given, clean = noisy(kind='symmetric_inclusive', rate=1.0, seed=1)
    assert (given != clean).any()


FER2013 = ('angry', 'disgust', 'fear', 'happy', 'sad', 'surprise', 'neutral')


@pytest.mark.parametrize(
    'classes',
    [FER2013, [name.title() for name in FER2013], ('an', 'di', 'fe', 'ha', 'sa', 'su', 'ne')],
)
def test_the_default_map_by_synonyms(classes):
    assert class_targets(None, classes).tolist() == [1, 0, 5, 6, 6, 0, 4]
    assert class_targets(dict(joy='Anger'), classes).tolist() == [-1, -1, -1, 0, -1, -1, -1]
    clean = np.arange(700) % 7
    noisy = synthetic_noise('asymmetric', dict(rate=0.3), clean, classes)
    assert (noisy != clean).sum() == 210
    # what is no basic emotion stays
    assert class_targets(None, [*classes, 'boredom'])[7] == -1


@pytest.mark.parametrize(
    'class_map, classes, named',
    [
        (None, FER2013[1:], "default class_map.* has 'anger', which is no class; allowed: .*give"),
        (None, ('cat', 'dog'), 'which is no class'),
        (dict(fear='bored'), FER2013, "class_map has 'bored', which is no class"),
        ({1: 'fear'}, FER2013, 'class_map has 1, which is no class'),
        (dict(happiness='joy'), FER2013, "turns 'happiness' into itself"),
        (dict(happiness='fear', joy='anger'), FER2013, "has 'happy' twice"),
        (dict(ha='fear'), ('happy', 'joy', 'fear'), "'ha', which means 2 classes"),
    ],
)
def test_maps_of_other_classes(class_map, classes, named):
    with pytest.raises(ValueError, match=named):
        class_targets(class_map, classes)


def test_default_map_leaves_contempt(ferplus_root):
    data = FERPlus(str(ferplus_root), noise=dict(kind='asymmetric', rate=1.0))
    assert labels(data, 'clean_label') == [0, 1, 7, 4]
    assert labels(data) == [3, 0, 7, 5]


@pytest.mark.parametrize(
    'noise, named',
    [
        (dict(kind='instance', rate=0.1), 'make_noise.py --kind instance'),
        (
            dict(kind='asymmetric', rate=0.1, class_map=dict(fear='fear')),
            "turns 'fear' into itself",
        ),
        (
            dict(kind='asymmetric', rate=0.1, class_map=dict(fear='glee')),
            "'glee', which is no class; allowed.*'surprise'",
        ),
        (dict(kind='asymmetric', rate=0.1, class_map={}), 'no class has a target'),
        (
            dict(kind='asymmetric', matrix=[[1]], class_map=dict(fear='anger')),
            'class_map or matrix, not both',
        ),
        (dict(kind='asymmetric', matrix=[[1]], rate=0.3), "unknown .'rate'"),
        (dict(kind='asymmetric', matrix=[[1]]), 'shape .1, 1. for 7'),
        (dict(kind='pair', rate=1.5), '1.5 is outside'),
        (dict(kind='pair', rate='.3'), "'.3' is outside"),
        (dict(kind='pair', rate=0.3, seed=None), 'seed None is no integer'),
        (dict(kind='asymmetric', rate=0.1, class_map=[1]), 'class_map=.1.; it is'),
        (dict(kind='asymmetric', matrix=[[1], [1, 2]]), 'no table of numbers'),
        ('symmetric', "noise='symmetric'; it is a dict"),
        (dict(kind='symmetric_inclusive'), "missing .'rate'"),
    ],
)
def test_settings_are_checked(rafdb_root, noise, named):
    with pytest.raises(ValueError, match=named):
        RAFDB(str(rafdb_root), noise=noise)


@pytest.fixture
def faces(tmp_path):
    """Four images of noise, the second nearly the first, the fourth darker and of less contrast."""
    first, third = np.random.default_rng(0).integers(40, 200, (2, 32, 32, 1), dtype=np.uint8)
    paths = []
    for i, image in enumerate((first, first + 1 * (first > 190), third, third // 2)):
        paths.append(str(tmp_path / f'{i}.png'))
        cv2.imwrite(paths[-1], np.repeat(image.astype(np.uint8), 3, axis=2))
    return paths


def test_scores_are_standard_and_alike_for_images_that_look_alike(faces):
    scores = projection_scores(faces, 5, seed=1)
    assert scores.shape == (4, 5)
    np.testing.assert_allclose(scores.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(scores.std(axis=0), 1)
    # neither a small change nor light and contrast matter
    assert np.abs(scores[0] - scores[1]).max() < 0.1
    assert np.abs(scores[2] - scores[3]).max() < 0.1
    assert np.abs(scores[0] - scores[2]).max() > 1


def test_the_seed_decides(faces):
    first, again, other = (projection_scores(faces, 3, seed) for seed in (1, 1, 2))
    assert np.array_equal(first, again) and not np.allclose(first, other)


def test_files_that_are_no_images_are_named(faces, tmp_path):
    (tmp_path / 'x.png').write_bytes(b'?')
    seen = []
    with pytest.raises(ValueError, match='x.png. is no readable image'):
        projection_scores(
            [*faces, str(tmp_path / 'x.png')],
            2,
            0,
            lambda items: (seen.append(i) or i for i in items),
        )
    assert len(seen) == 5
