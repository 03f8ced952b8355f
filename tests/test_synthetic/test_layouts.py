"""The project's own faces, in the real layouts: through their readers, and AffectNet's by hand."""

import csv
import json
import re
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from mmfer.datasets import RAFDB, AffectNet, FERPlus
from mmfer.synthetic import (
    AFFECTNET_CLASSES,
    CLASSES_7,
    CLASSES_8,
    draw_face,
    landmarks_68,
    sample_face,
    write_affectnet,
    write_ferplus,
    write_rafdb,
)
from mmfer.synthetic.affect import valence_arousal
from mmfer.synthetic.scene import draw_scene


def test_rafdb_reads_them(tmp_path):
    write_rafdb(tmp_path, train=21, test=14, size=32, seed=0)
    train = RAFDB(str(tmp_path), noise=dict(kind='symmetric', rate=1 / 3, seed=0))
    test = RAFDB(str(tmp_path), split='test')
    assert (len(train), len(test)) == (21, 14)
    rows = {row['file']: row for row in csv.DictReader((tmp_path / 'meta.csv').open())}
    changed = 0
    for i in range(21):
        info = train.get_data_info(i)
        row = rows[f'Image/aligned/train_{i + 1:05d}_aligned.jpg']
        assert train.CLASSES[info['clean_label']] == row['expression']
        assert info['votes'].sum() == pytest.approx(1, abs=1e-4)
        changed += info['gt_label'] != info['clean_label']
    assert changed == 7


@pytest.mark.parametrize('vote_file', ['label.csv', 'fer2013new.csv'])
def test_ferplus_reads_them(tmp_path, vote_file):
    write_ferplus(tmp_path, train=40, valid=8, test=8, size=32, seed=0)
    kept = 0
    for split, count in (('train', 40), ('valid', 8), ('test', 8)):
        data = FERPlus(str(tmp_path), split=split, vote_file=vote_file)
        assert data.counts['read'] == count
        kept += len(data)
        for i in range(len(data)):
            info = data.get_data_info(i)
            assert info['votes'].sum() == 10
            # the majority of what is left without single votes
            votes = np.where(info['votes'] > 1, info['votes'], 0)
            assert votes[info['gt_label']] > votes.sum() / 2
    assert 30 < kept <= 56


# AffectNet

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


def table(path):
    with open(path, newline='') as file:
        return list(csv.reader(file))


def meta_of(root):
    with open(root / 'meta.csv', newline='') as file:
        return list(csv.DictReader(file))


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
def test_lists_of_the_original_release(original, split, faces, folder):
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


def test_a_machine_errs_where_faces_are_hard(tmp_path):
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


def test_pictures_without_an_expression_have_no_face_s_data(original):
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


def test_the_crop_by_the_box_is_the_face():
    for index in range(6):
        face = sample_face(1, index, classes=CLASSES_8)
        image, (x, y, *_), points = draw_scene(face, 64)
        alone = draw_face(face, 64).astype(float)
        inner = slice(12, 56)  # the scene has things behind the head

        def distance(dx, dy):
            crop = image[y + dy : y + dy + 64, x + dx : x + dx + 64]
            return np.abs(crop[inner, inner] - alone[inner, inner]).mean()

        assert distance(0, 0) < 6 < 9 < min(distance(4, 0), distance(0, -4), distance(-4, 4))
        assert np.allclose(points - (x, y), landmarks_68(face, 64), atol=1e-6)


def test_landmarks_lie_on_the_drawn_face():
    face = sample_face(
        2, 0, 'surprise', blend_share=0, occlusion_share=0, max_yaw=0, intensity=(1, 1)
    )
    face = replace(face, pose=replace(face.pose, roll=0))
    points = landmarks_68(face, 96)
    assert points.shape == (68, 2)
    jaw, brows, eyes, lips = points[:17], points[17:27], points[36:48], points[48:]
    assert (np.diff(jaw[:, 0]) > 0).all() and jaw[:, 1].argmax() in (7, 8, 9)
    assert (np.diff(brows[:, 0]) > 0).all() and brows[:, 1].max() < eyes[:, 1].min()
    for first in (0, 6):  # clockwise: upper lid left to right, lower back
        eye = eyes[first : first + 6]
        assert eye[:, 0].argmin() == 0 and eye[:, 0].argmax() == 3
        assert eye[1:3, 1].max() < eye[4:6, 1].min()
    assert lips[0, 0] < lips[3, 0] < lips[6, 0] and lips[3, 1] < lips[14, 1] < lips[18, 1]
    # the mouth is open: dark between the inner lips, brighter on the chin below them
    grey = cv2.cvtColor(draw_face(face, 96), cv2.COLOR_BGR2GRAY)

    def at(point):
        return grey[tuple(np.rint(point[::-1]).astype(int))]

    assert at((lips[14] + lips[18]) / 2) < 0.6 * at((lips[9] + 2 * jaw[8]) / 3)


def test_valence_and_arousal_follow_the_expression():
    def mean(name, strength):
        faces = [
            sample_face(
                0, i, name, classes=CLASSES_8, blend_share=0, intensity=(strength, strength)
            )
            for i in range(60)
        ]
        return np.mean([valence_arousal(face) for face in faces], axis=0)

    assert mean('happiness', 1)[0] > 0.6 and mean('sadness', 1)[0] < -0.5
    assert mean('fear', 1)[1] > 0.6 > 0 > mean('sadness', 1)[1]
    assert np.allclose(mean('happiness', 0.5), mean('happiness', 1) / 2, atol=0.05)
    assert np.abs(mean('neutral', 1)).max() < 0.05


def test_the_new_release(new):
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


def test_seven_classes(tmp_path):
    write_affectnet(tmp_path / 'old', train=14, valid=7, size=16, classes=CLASSES_7)
    labels = [int(row[6]) for row in table(tmp_path / 'old' / LISTS['train'])[1:]]
    assert sorted(set(labels)) == [0, 1, 2, 3, 4, 5, 6, 8, 9, 10]
    assert not (tmp_path / 'old' / LISTS['auto']).exists()
    write_affectnet(tmp_path / 'new', release='new', train=7, valid=7, size=16, classes=CLASSES_7)
    names = (tmp_path / 'new/val_set/annotations').glob('*_exp.npy')
    assert sorted(int(np.load(name)) for name in names) == list(range(7))
    assert json.loads((tmp_path / 'new/synthetic.json').read_text())['classes'] == 7


def test_unlabelled_pictures_are_two_percent_and_spread(tmp_path):
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
        (dict(release='new', auto=5), 'auto=5, but the new release has no automatically'),
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
