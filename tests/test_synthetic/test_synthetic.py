"""Synthetic faces: reproducible, readable in the real layouts, and ambiguous where they say so."""

import csv
import json

import cv2
import numpy as np
import pytest

from mmfer.synthetic import (
    CLASSES_7,
    CLASSES_8,
    RAFDB_CLASSES,
    draw_face,
    preview_sheet,
    sample_face,
    simulate_votes,
    vote_distribution,
    write_ferplus,
    write_rafdb,
)
from mmfer.synthetic.action_units import ROW, blend, expression_units
from mmfer.synthetic.annotators import confusion_matrix
from mmfer.synthetic.occluders import KINDS, cover
from mmfer.synthetic.plan import expressions_of


def contents(root):
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob('*'))
        if path.is_file()
    }


def rows_of(path):
    with open(path, newline='') as file:
        return list(csv.reader(file))


def meta_of(root):
    with open(root / 'meta.csv', newline='') as file:
        return list(csv.DictReader(file))


# Faces


def test_a_face_depends_on_seed_and_index_only():
    first = draw_face(sample_face(3, 17), 48)
    draw_face(sample_face(3, 18), 48)
    assert np.array_equal(first, draw_face(sample_face(3, 17), 48))
    assert not np.array_equal(first, draw_face(sample_face(3, 18), 48))
    assert not np.array_equal(first, draw_face(sample_face(4, 17), 48))


@pytest.mark.parametrize('size', [16, 48, 65, 100, 224])
def test_any_size(size):
    image = draw_face(sample_face(0, 5), size)
    assert image.shape == (size, size, 3) and image.dtype == np.uint8
    assert image.std() > 20  # a picture, not a plain area


def test_sizes_show_the_same_face():
    face = sample_face(0, 5, blend_share=0)
    small = draw_face(face, 64).astype(float)
    large = cv2.resize(draw_face(face, 192), (64, 64), interpolation=cv2.INTER_AREA)
    assert np.abs(small - large).mean() < 8


def test_too_small_a_size_is_refused():
    with pytest.raises(ValueError, match='size 8 is too small'):
        draw_face(sample_face(0, 0), 8)


def test_the_expression_changes_the_face_and_not_the_person():
    faces = {
        name: sample_face(
            1, 40, name, classes=CLASSES_8, blend_share=0, occlusion_share=0, intensity=(1, 1)
        )
        for name in CLASSES_8
    }
    images = {name: draw_face(face, 96).astype(float) for name, face in faces.items()}
    assert len({(face.identity, face.pose, face.light) for face in faces.values()}) == 1
    for i, one in enumerate(CLASSES_8):
        for other in CLASSES_8[i + 1 :]:
            change = np.abs(images[one] - images[other]).mean(2)
            inner = max(change[22:50, 15:81].mean(), change[60:90, 22:74].mean())
            assert inner > 2.5, (one, other)  # the brows and eyes, or the mouth
            assert change[:8].mean() < 0.5 * inner  # the hair and the background


def test_an_open_mouth_is_dark_and_a_closed_one_is_not():
    def mouth(name):
        boxes = [
            cv2.cvtColor(
                draw_face(
                    sample_face(
                        2, i, name, blend_share=0, occlusion_share=0, max_yaw=0, intensity=(1, 1)
                    ),
                    96,
                ),
                cv2.COLOR_BGR2GRAY,
            )[70:86, 42:54].mean()
            for i in range(12)
        ]
        return np.mean(boxes)

    assert mouth('surprise') < 0.75 * mouth('neutral')


def test_an_unknown_expression_names_the_allowed_ones():
    with pytest.raises(ValueError, match="'joy'; allowed: neutral, happiness"):
        sample_face(0, 0, 'joy')
    with pytest.raises(ValueError, match="'joy'"):
        sample_face(0, 0, classes=('joy', 'fear'))


def test_a_share_beyond_one_is_refused():
    with pytest.raises(ValueError, match='blend_share is a fraction of the faces, 0..1, not 20'):
        sample_face(0, 0, blend_share=20)


def test_a_blend_lies_between_its_parts():
    fear, surprise = expression_units('fear'), expression_units('surprise')
    mixed = blend(fear, surprise, weight=0.25, intensity=0.5)
    assert mixed[ROW['AU20']] == pytest.approx([0.375, 0.375])  # fear's alone: .5 * .75 * 1
    assert np.array_equal(blend(fear, surprise, 0, 1), fear)
    assert not blend(fear, surprise, 0.3, 0).any()


def test_blend_and_occlusion_shares():
    faces = [sample_face(0, i, blend_share=0.3, occlusion_share=0.2) for i in range(600)]
    blended = [face for face in faces if face.second]
    assert 0.22 < len(blended) / 600 < 0.38  # 4 sigma
    assert 0.135 < np.mean([face.occlusion.kind != 'none' for face in faces]) < 0.265
    assert all(0.3 <= face.weight < 0.5 for face in blended)
    assert all(face.weight == 0 for face in faces if not face.second)
    assert 'contempt' not in {face.second for face in faces}  # it is not among the 7 classes


def test_a_larger_thing_hides_more():
    for kind in KINDS:
        assert 0 <= cover(kind, 0.1, 1) <= cover(kind, 1.0, 1) < 1
        assert cover(kind, 1.0, 1) > 0.25


# Annotators


def test_votes_sum_to_the_number_of_annotators():
    for index in range(20):
        face = sample_face(0, index, classes=CLASSES_8)
        assert vote_distribution(face, CLASSES_8).sum() == pytest.approx(1)
        votes = simulate_votes(face, 10, CLASSES_8)
        assert votes.shape == (10,) and votes.sum() == 10
        assert np.array_equal(votes, simulate_votes(face, 10, CLASSES_8))
        assert simulate_votes(face, 40, CLASSES_8, other=False).shape == (8,)


def test_annotators_agree_less_on_blends_weak_and_hidden_faces():
    def agreement(faces):
        return np.mean([simulate_votes(face, 40, CLASSES_7).max() / 40 for face in faces])

    def draw(**options):
        return [
            sample_face(
                0, i, **{**dict(blend_share=0, occlusion_share=0, intensity=(1, 1)), **options}
            )
            for i in range(200)
        ]

    clear = agreement(draw())
    assert clear > 0.88
    assert agreement(draw(blend_share=1)) < clear - 0.25
    assert agreement(draw(intensity=(0.45, 0.5))) < clear - 0.1
    assert agreement(draw(occlusion_share=1)) < clear - 0.08


def test_fear_is_mistaken_for_surprise():
    table = confusion_matrix(CLASSES_8)
    assert CLASSES_8[table[CLASSES_8.index('fear')].argmax()] == 'surprise'
    assert np.allclose(table.sum(1), 1) and not table.diagonal().any()
    assert np.allclose(confusion_matrix(('fear', 'happiness')), [[0, 1], [1, 0]])


def test_annotators_must_know_the_expression():
    face = sample_face(0, 0, 'contempt', classes=CLASSES_8)
    with pytest.raises(ValueError, match="a face shows 'contempt'"):
        vote_distribution(face, CLASSES_7)


# Layouts


@pytest.fixture(scope='module')
def rafdb(tmp_path_factory):
    root = tmp_path_factory.mktemp('rafdb')
    assert write_rafdb(root, train=21, test=14, size=32, seed=5) == 'written'
    return root


@pytest.fixture(scope='module')
def ferplus(tmp_path_factory):
    root = tmp_path_factory.mktemp('ferplus')
    assert write_ferplus(root, train=16, valid=3, test=8, size=32, seed=5) == 'written'
    return root


def test_rafdb_layout(rafdb):
    lines = (rafdb / 'EmoLabel/list_patition_label.txt').read_text().splitlines()
    shares = (rafdb / 'EmoLabel/distribution_basic.txt').read_text().splitlines()
    meta = meta_of(rafdb)
    assert len(lines) == len(shares) == len(meta) == 35
    assert lines[0].startswith('train_00001.jpg ') and lines[21].startswith('test_0001.jpg ')
    counts = {'train': [], 'test': []}
    for line, share, row in zip(lines, shares, meta):
        name, label = line.split(' ')
        assert RAFDB_CLASSES[int(label) - 1] == row['expression']
        assert row['file'] == f'Image/aligned/{name[:-4]}_aligned.jpg'
        assert cv2.imread(str(rafdb / row['file'])).shape == (32, 32, 3)
        counts[row['split']].append(int(label))
        assert share.split(' ')[0] == name and share.endswith(' ')
        votes = np.array([float(value) for value in share.split()[1:]])
        assert votes.sum() == pytest.approx(1)
        assert np.allclose(votes * 40, [int(row[f'votes_{name}']) for name in RAFDB_CLASSES])
    assert np.bincount(counts['train']).tolist() == [0] + 7 * [3]
    assert np.bincount(counts['test']).tolist() == [0] + 7 * [2]


def test_ferplus_layout(ferplus):
    header, *rows = rows_of(ferplus / 'fer2013new.csv')
    assert header == ['Usage', 'Image name', *CLASSES_8, 'unknown', 'NF']
    assert [row[0] for row in rows] == 16 * ['Training'] + 3 * ['PublicTest'] + 8 * ['PrivateTest']
    assert [row[1] for row in rows] == [f'fer{i:07d}.png' for i in range(27)]
    folders = dict(Training='FER2013Train', PublicTest='FER2013Valid', PrivateTest='FER2013Test')
    by_folder = {folder: rows_of(ferplus / folder / 'label.csv') for folder in folders.values()}
    for (usage, name, *votes), row in zip(rows, meta_of(ferplus)):
        assert sum(map(int, votes)) == 10
        assert [name, '(0, 0, 32, 32)', *votes] in by_folder[folders[usage]]
        assert row['file'] == f'{folders[usage]}/{name}'
        assert cv2.imread(str(ferplus / row['file']), cv2.IMREAD_UNCHANGED).shape == (32, 32)
    assert sum(map(len, by_folder.values())) == 27
    raw = (ferplus / 'FER2013Train/label.csv').read_text()
    assert raw.startswith('fer0000000.png,"(0, 0, 32, 32)",')


def test_ferplus_without_contempt(tmp_path):
    write_ferplus(tmp_path, train=14, valid=0, test=7, size=16, classes=CLASSES_7)
    rows = rows_of(tmp_path / 'fer2013new.csv')[1:]
    assert len(rows) == 21 and {row[9] for row in rows} == {'0'}
    assert (tmp_path / 'FER2013Valid/label.csv').read_text() == ''
    with pytest.raises(ValueError, match='neither the 8 of FERPlus nor the 7'):
        write_ferplus(tmp_path / 'other', classes=('fear', 'anger'))


def test_processes_do_not_change_the_faces(rafdb, tmp_path):
    write_rafdb(tmp_path, train=21, test=14, size=32, seed=5, workers=2)
    assert contents(tmp_path) == contents(rafdb)


def test_a_larger_training_set_keeps_all_faces(rafdb, tmp_path):
    write_rafdb(tmp_path, train=24, test=15, size=32, seed=5)
    larger = contents(tmp_path)
    for name, image in contents(rafdb).items():
        assert not name.endswith('.jpg') or larger[name] == image


def test_a_label_list_is_followed_and_copied_unchanged(tmp_path):
    given = tmp_path / 'list.txt'
    given.write_bytes(b'train_00001.jpg 5\ntrain_00007.jpg 1\ntest_0002.jpg 7')
    write_rafdb(tmp_path / 'out', label_list=given, size=16)
    assert (tmp_path / 'out/EmoLabel/list_patition_label.txt').read_bytes() == given.read_bytes()
    assert [(row['file'], row['expression']) for row in meta_of(tmp_path / 'out')] == [
        ('Image/aligned/train_00001_aligned.jpg', 'sadness'),
        ('Image/aligned/train_00007_aligned.jpg', 'surprise'),
        ('Image/aligned/test_0002_aligned.jpg', 'neutral'),
    ]
    given.write_text('train_00001.jpg 5\ntrain_00002.jpg 0\n')
    with pytest.raises(ValueError, match='line 2: expected'):
        write_rafdb(tmp_path / 'bad', label_list=given)


def test_natural_balance_follows_rafdb():
    names = expressions_of(4000, 0, 0, RAFDB_CLASSES, 'natural')
    assert names[:70] == expressions_of(70, 0, 0, RAFDB_CLASSES, 'natural')
    for name, count in dict(happiness=4772, fear=281).items():
        share = count / 12271
        assert abs(names.count(name) / 4000 - share) < 4 * (share * (1 - share) / 4000) ** 0.5
    with pytest.raises(ValueError, match="'even'; allowed: balanced, natural"):
        expressions_of(7, 0, 0, RAFDB_CLASSES, 'even')


def test_the_same_arguments_reuse_and_others_are_refused(rafdb):
    before = contents(rafdb)
    assert write_rafdb(rafdb, train=21, test=14, size=32, seed=5) == 'reused'
    with pytest.raises(ValueError, match=r'with seed=5, but seed=6 was asked for; choose another'):
        write_rafdb(rafdb, train=21, test=14, size=32, seed=6)
    assert contents(rafdb) == before
    assert json.loads(before['synthetic.json'])['format'] == 1


def test_an_interrupted_write_is_finished_by_the_next(rafdb, tmp_path, monkeypatch):
    arguments = dict(train=21, test=14, size=32, seed=5)
    monkeypatch.setattr('mmfer.synthetic.layout_rafdb.write_meta', _power_cut)
    with pytest.raises(KeyboardInterrupt):
        write_rafdb(tmp_path, **arguments)
    monkeypatch.undo()
    with pytest.raises(ValueError, match='unfinished synthetic faces of other arguments'):
        write_rafdb(tmp_path, **{**arguments, 'seed': 6})
    assert write_rafdb(tmp_path, **arguments) == 'written'
    assert contents(tmp_path) == contents(rafdb)


def _power_cut(*args):
    raise KeyboardInterrupt


def test_other_files_are_not_drawn_over(tmp_path):
    (tmp_path / 'real.jpg').write_bytes(b'a real face')
    with pytest.raises(ValueError, match='holds files that are no synthetic faces'):
        write_rafdb(tmp_path, train=1, test=1)


def test_preview_sheet():
    sheet = preview_sheet(size=32, columns=3, classes=CLASSES_7, blends=1)
    assert sheet.shape == (8 * 32 + 12 * 7 + 8, 92 + 3 * 32, 3) and sheet.dtype == np.uint8
