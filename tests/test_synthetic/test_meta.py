"""Levels of pose, blur and occlusion: in words what meta.csv has in numbers."""

import csv

import pytest

from mmfer.synthetic import (
    LEVELS,
    levels_of,
    sample_face,
    write_affectnet,
    write_ferplus,
    write_rafdb,
)


def row(yaw=0, pitch=0, blur=0, cover=0):
    return dict(yaw=yaw, pitch=pitch, blur=blur, cover=cover)


def rows_of(root):
    with open(root / 'meta.csv', newline='') as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    'numbers, column, level',
    [
        (dict(yaw=8, pitch=-5), 'pose_level', 'frontal'),
        (dict(yaw=-8.01), 'pose_level', 'turned'),
        (dict(pitch=5.01), 'pose_level', 'turned'),
        (dict(yaw=15.01), 'pose_level', 'profile-ish'),
        (dict(yaw=1, pitch=-8.01), 'pose_level', 'profile-ish'),
        (dict(blur=0.001), 'blur_level', 'sharp'),
        (dict(blur='0.0011'), 'blur_level', 'soft'),
        (dict(blur=0.0051), 'blur_level', 'blurred'),
        (dict(cover='0.0'), 'occlusion_level', 'none'),
        (dict(cover=0.308), 'occlusion_level', 'small'),  # 8 of 26 landmarks: sunglasses
        (dict(cover=0.346), 'occlusion_level', 'large'),
    ],
)
def test_limits(numbers, column, level):
    assert levels_of(row(**numbers))[column] == level


def test_what_has_no_pose_has_no_level():
    assert levels_of(row(yaw='', pitch='', cover='')) == dict(
        pose_level='', blur_level='sharp', occlusion_level=''
    )


def test_default_faces_fill_every_level():
    rows = [levels_of(sample_face(0, i).meta()) for i in range(1500)]
    for column, levels in LEVELS.items():
        shares = {level: sum(r[column] == level for r in rows) / 1500 for level, _ in levels}
        assert sum(shares.values()) == pytest.approx(1)
        assert min(shares.values()) > 0.03, (column, shares)


@pytest.mark.parametrize(
    'write',
    [
        lambda root: write_rafdb(root, train=14, test=7, size=16, occlusion_share=0.5),
        lambda root: write_ferplus(root, train=16, valid=2, test=2, size=16, occlusion_share=0.5),
        lambda root: write_affectnet(root, train=16, valid=2, size=16, occlusion_share=0.5),
        lambda root: write_affectnet(root, release='new', train=16, valid=2, size=16),
    ],
    ids=['rafdb', 'ferplus', 'affectnet', 'affectnet-new'],
)
def test_every_layout_has_the_columns(write, tmp_path):
    write(tmp_path)
    for meta in rows_of(tmp_path):
        assert {column: meta[column] for column in LEVELS} == levels_of(meta)
    assert len({meta['pose_level'] for meta in rows_of(tmp_path)}) > 1


@pytest.mark.parametrize('other', ['no levels', 'other levels'])
def test_a_folder_of_before_is_completed_not_drawn_again(tmp_path, other):
    def write():
        return write_rafdb(tmp_path, train=7, test=7, size=16)

    assert write() == 'written'
    meta, image = tmp_path / 'meta.csv', next(tmp_path.rglob('train_00003_aligned.jpg'))
    full, drawn = meta.read_bytes(), image.stat().st_mtime_ns
    if other == 'no levels':
        lines = [line.rsplit(',', 3)[0] for line in full.decode().splitlines()]
        meta.write_bytes('\n'.join([*lines, '']).encode())
        assert 'pose_level' not in rows_of(tmp_path)[0]
    else:
        meta.write_bytes(full.replace(b',sharp,', b',clear,'))
    assert meta.read_bytes() != full
    assert write() == 'reused'
    assert meta.read_bytes() == full
    assert image.stat().st_mtime_ns == drawn
    unchanged = meta.stat().st_mtime_ns
    assert write() == 'reused'
    assert meta.stat().st_mtime_ns == unchanged
    meta.unlink()
    with pytest.raises(FileNotFoundError, match='meta.csv'):
        write()
