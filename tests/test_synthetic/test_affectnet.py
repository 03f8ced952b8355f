"""The layouts of AffectNet's two releases, by hand and through the reader of the real ones."""

import csv
import json
import re
from pathlib import Path

import cv2
import numpy as np
import pytest

from mmfer.datasets import AffectNet
from mmfer.synthetic import AFFECTNET_CLASSES, CLASSES_7, write_affectnet

COLUMNS = [
    'subDirectory_filePath',
    'face_x',
    'face_y',
    'face_width',
    'face_height',
    'facial_landmarks',
    'expression',
    'valence',
    'arousal',
]


LISTS = dict(
    train='Manually_Annotated_file_lists/training.csv',
    valid='Manually_Annotated_file_lists/validation.csv',
    auto='Automatically_Annotated_file_lists/automatically_annotated.csv',
)


EIGHT = dict(zip(AFFECTNET_CLASSES, range(8)))


IDS = {**EIGHT, 'none': 8, 'uncertain': 9, 'no-face': 10}


def contents(root):
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob('*'))
        if path.is_file()
    }


@pytest.fixture(scope='module')
def original(tmp_path_factory):
    root = tmp_path_factory.mktemp('affectnet')
    assert write_affectnet(root, train=24, valid=8, auto=40, size=32, seed=3) == 'written'
    return root


@pytest.fixture(scope='module')
def new(tmp_path_factory):
    root = tmp_path_factory.mktemp('affectnet_new')
    assert write_affectnet(root, release='new', train=16, valid=8, size=48, seed=3) == 'written'
    return root


@pytest.mark.parametrize(
    'split, faces, folder',
    [
        ('train', 24, 'Manually_Annotated_Images'),
        ('valid', 8, 'Manually_Annotated_Images'),
        ('auto', 40, 'Automatically_Annotated_Images'),
    ],
)
def test_lists_of_the_original_release(original, split, faces, folder, table, meta_of):
    rows = table(original / LISTS[split])
    if split != 'valid':  # the real validation list has no header
        assert rows.pop(0) == COLUMNS
    meta = [row for row in meta_of(original) if row['split'] == split]
    assert len(rows) == len(meta) == faces + (0 if split == 'auto' else 3)
    sizes, labels = set(), []
    for row, known in zip(rows, meta):
        assert re.fullmatch(r'[0-9]+/[0-9a-f]{56}\.jpg', row[0])
        assert known['file'] == f'{folder}/{row[0]}'
        height, width, channels = cv2.imread(str(original / known['file'])).shape
        x, y, *side = map(int, row[1:5])
        assert side == [32, 32] and channels == 3
        assert 0 < x < x + 32 < width and 0 < y < y + 32 < height
        sizes.add((width, height))
        points = np.array(row[5].split(';'), dtype=float).reshape(68, 2)
        inside = ((points > (x, y)) & (points < (x + 32, y + 32))).all(1)
        assert inside.sum() >= 60  # a chin may hang over the edge
        labels.append(int(row[6]))
        if split != 'auto':
            assert labels[-1] == IDS[known['expression']]
        affect = np.array(row[7:9], dtype=float)
        assert (affect == -2).all() if labels[-1] > 8 else (np.abs(affect) <= 1).all()
    assert len(sizes) > len(rows) / 2
    if split != 'auto':
        assert np.bincount(labels, minlength=11).tolist() == 8 * [faces // 8] + 3 * [1]


def test_a_machine_errs_where_faces_are_hard(tmp_path, table, meta_of):
    # share of blends -> share of wrong labels
    wrong = {}
    for share in (0, 1):
        root = tmp_path / str(share)
        write_affectnet(root, train=0, valid=0, auto=120, size=16, blend_share=share)
        rows = table(root / LISTS['auto'])[1:]
        given = [int(row[6]) for row in rows]
        assert set(given) <= set(range(8))
        wrong[share] = np.mean(
            [label != EIGHT[meta['expression']] for label, meta in zip(given, meta_of(root))]
        )
        assert (root / LISTS['train']).read_text().split() == [','.join(COLUMNS)]
        assert (root / LISTS['valid']).read_text() == ''
    assert 0.05 < wrong[0] < 0.3 and wrong[0] + 0.15 < wrong[1] < 0.7


def test_pictures_without_an_expression_have_no_face_s_data(original, meta_of):
    rows = {row['expression']: row for row in meta_of(original)}
    assert rows['no-face']['yaw'] == rows['no-face']['pose_level'] == ''
    assert rows['no-face']['votes_NF'] == '10' and rows['no-face']['votes_fear'] == '0'
    assert rows['uncertain']['occlusion'] != 'none'
    assert float(rows['none']['intensity']) < 0.41
    # and what is drawn there is background: hardly an edge where a face has eyes and mouth
    image = cv2.imread(str(original / rows['no-face']['file']), cv2.IMREAD_GRAYSCALE)
    face = cv2.imread(str(original / rows['fear']['file']), cv2.IMREAD_GRAYSCALE)
    strong = [
        np.quantile(np.abs(cv2.Laplacian(cv2.GaussianBlur(picture, (0, 0), 1.5), cv2.CV_64F)), 0.99)
        for picture in (image, face)
    ]
    assert strong[0] < 0.5 * strong[1]


def test_the_new_release(new, meta_of):
    sets = dict(train=('train_set', 16), valid=('val_set', 8))
    for row in meta_of(new):
        folder, _ = sets[row['split']]
        path = new / row['file']
        assert path.parent == new / folder / 'images'
        assert cv2.imread(str(path)).shape == (48, 48, 3)
        values = {
            name: np.load(new / folder / 'annotations' / f'{path.stem}_{name}.npy')
            for name in ('exp', 'val', 'aro', 'lnd')
        }  # without pickles
        assert int(values['exp']) == EIGHT[row['expression']]
        for name in ('exp', 'val', 'aro'):
            assert values[name].shape == () and values[name].dtype.kind == 'U'
        assert -1 <= float(values['val']) <= 1 and -1 <= float(values['aro']) <= 1
        assert values['lnd'].shape == (136,) and values['lnd'].dtype == float
        assert 0 < values['lnd'].reshape(68, 2).mean() < 48
    for folder, count in sets.values():
        assert len(list((new / folder / 'images').iterdir())) == count
        assert len(list((new / folder / 'annotations').iterdir())) == 4 * count


def test_seven_classes(tmp_path, table):
    write_affectnet(tmp_path / 'old', train=14, valid=7, size=16, classes=CLASSES_7)
    labels = [int(row[6]) for row in table(tmp_path / 'old' / LISTS['train'])[1:]]
    assert sorted(set(labels)) == [0, 1, 2, 3, 4, 5, 6, 8, 9, 10]
    assert not (tmp_path / 'old' / LISTS['auto']).exists()
    write_affectnet(tmp_path / 'new', release='new', train=7, valid=7, size=16, classes=CLASSES_7)
    names = (tmp_path / 'new/val_set/annotations').glob('*_exp.npy')
    assert sorted(int(np.load(name)) for name in names) == list(range(7))
    assert json.loads((tmp_path / 'new/synthetic.json').read_text())['classes'] == 7


def test_unlabelled_pictures_are_two_percent_and_spread(tmp_path, table):
    write_affectnet(tmp_path, train=250, valid=0, size=16)
    labels = np.array([int(row[6]) for row in table(tmp_path / LISTS['train'])[1:]])
    where = np.flatnonzero(labels > 7)
    assert len(labels) == 255 and labels[where].tolist() == [8, 9, 10, 8, 9]
    assert np.diff(where).min() > 30


def test_affectnet_processes_do_not_change_the_faces(original, new, tmp_path):
    write_affectnet(tmp_path / 'old', train=24, valid=8, auto=40, size=32, seed=3, workers=2)
    assert contents(tmp_path / 'old') == contents(original)
    write_affectnet(tmp_path / 'new', release='new', train=16, valid=8, size=48, seed=3, workers=2)
    assert contents(tmp_path / 'new') == contents(new)


def test_affectnet_reuses_and_refuses(original, new):
    assert write_affectnet(original, train=24, valid=8, auto=40, size=32, seed=3) == 'reused'
    assert write_affectnet(new, release='new', train=16, valid=8, size=48, seed=3) == 'reused'
    with pytest.raises(ValueError, match='with auto=40, but auto=0 was asked for'):
        write_affectnet(original, train=24, valid=8, size=32, seed=3)
    with pytest.raises(ValueError, match="layout='affectnet-original', but .*affectnet-new"):
        write_affectnet(original, release='new', train=24, valid=8, size=32, seed=3)


@pytest.mark.parametrize(
    'arguments, message',
    [
        (dict(release='2023'), "unknown release '2023'; allowed: original, new"),
        (dict(release='new', auto=5), "auto=5, but the release 'new' has no automatically"),
        (dict(classes=('fear', 'anger')), 'neither the 8 of AffectNet nor the 7'),
    ],
)
def test_affectnet_names_what_is_allowed(tmp_path, arguments, message):
    with pytest.raises(ValueError, match=message):
        write_affectnet(tmp_path / 'out', **arguments)
    assert not (tmp_path / 'out').exists()


@pytest.mark.parametrize('release', ['original', 'new'])
def test_affectnet_reads_them(tmp_path, release):
    """Both releases, through the reader of the real ones and its pipeline."""
    auto = dict(auto=8) if release == 'original' else {}
    write_affectnet(tmp_path, release=release, train=24, valid=8, size=48, **auto)
    rows = {row['file']: row for row in csv.DictReader((tmp_path / 'meta.csv').open())}
    splits = ('train', 'valid', *auto)
    pipeline = [dict(type='LoadImageFromFile'), dict(type='CropFaceBox')]
    for split, count in zip(splits, (24, 8, 8)):
        data = AffectNet(str(tmp_path), split=split, pipeline=pipeline)
        assert len(data) == count
        for i in range(count):
            info = data.get_data_info(i)
            row = rows[str(Path(info['img_path']).relative_to(tmp_path))]
            if split != 'auto':
                assert data.CLASSES[info['gt_label']] == row['expression']
            assert data[i]['img'].shape == (48, 48, 3)


@pytest.mark.parametrize('release', ['kaggle', 'folders'])
def test_as_it_circulates(tmp_path, release):
    given = dict(release=release, train=16, valid=8, size=16)
    assert write_affectnet(tmp_path, **given) == 'written'
    assert write_affectnet(tmp_path, **given) == 'reused'
    data = AffectNet(str(tmp_path))
    ids = [data.get_data_info(i)['gt_label'] for i in range(len(data))]
    assert data.layout == release and sorted(ids) == sorted([*range(8)] * 2)
    if release == 'folders':
        assert len(AffectNet(str(tmp_path), split='valid')) == 8
    with pytest.raises(ValueError, match=f"the release '{release}' has no automatically"):
        write_affectnet(tmp_path / 'x', auto=1, **given)
