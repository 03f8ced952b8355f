import numpy as np
import pytest

from mmfer.apis import DetectedFace, align_face, align_faces, choose_faces
from mmfer.functional import FACE_TEMPLATES, face_template


def turn(angle, scale, shift):
    c, s = np.cos(np.deg2rad(angle)) * scale, np.sin(np.deg2rad(angle)) * scale
    return np.array([[c, -s, shift[0]], [s, c, shift[1]]])


@pytest.mark.parametrize('name', FACE_TEMPLATES)
@pytest.mark.parametrize(
    'matrix, shape',
    [
        (turn(0, 1, (0, 0)), (100, 100)),
        (turn(35, 0.8, (70, 5)), (140, 150)),
        (turn(-100, 3, (60, 330)), (360, 420)),
        (turn(15, 9, (300, 20)), (1200, 1300)),
    ],
)
def test_the_points_come_to_their_places(dots, find, name, matrix, shape):
    image, points = dots(matrix, shape)
    found = find(align_face(image, points, name, size=100, border='replicate'))
    # arcface's are the very points drawn; the others' faces differ in shape
    target = face_template(name, 100)
    if name == 'arcface':
        assert np.abs(found - target).max() < 0.25
    else:
        np.testing.assert_allclose(found.mean(0), target.mean(0), atol=0.25)
        assert np.abs(found - target).max() < 8


def test_68_landmarks_do_as_well(dots):
    image, points = dots(turn(20, 1, (40, 0)), (140, 150))
    many = np.zeros((68, 2))
    many[36:42], many[42:48] = points[0], points[1]
    many[[30, 48, 54]] = points[2:]
    assert np.array_equal(align_face(image, many), align_face(image, points))


def test_settings_reach_the_crop(dots, find):
    image, points = dots(turn(0, 1, (0, 0)), (100, 100))
    crop = align_face(image, points, 'arcface', size=60, margin=0.25, border='reflect')
    assert crop.shape == (60, 60, 3) and crop.dtype == np.uint8
    assert crop[0, 0].tolist() == [255] * 3
    found = find(align_face(image, points, 'arcface', 60, 0.25, 'replicate'))
    assert np.abs(found - face_template('arcface', 60, 0.25)).max() < 0.25


# --- which faces


def face(*box, points=None):
    return DetectedFace(np.array(box, float), points, 0.9)


def test_policies():
    corner, middle, small = face(0, 0, 60, 50), face(70, 40, 40, 40), face(10, 80, 5, 5)
    faces = [small, corner, middle]
    assert choose_faces(faces, (120, 200, 3), 'largest') == [corner]
    assert choose_faces(faces, (120, 200, 3), 'central') == [middle]
    assert choose_faces(faces, (120, 200, 3), 'all') == [corner, middle, small]
    for policy in ('largest', 'central', 'all'):
        assert choose_faces([], (9, 9), policy) == []
    with pytest.raises(ValueError, match="'first' is unknown; allowed: .*'largest'"):
        choose_faces(faces, (120, 200), 'first')


def test_align_faces_keeps_count_and_order(dots):
    image, points = dots(turn(0, 1, (0, 0)), (100, 100))
    large, small = face(0, 0, 90, 90, points=points), face(0, 0, 9, 9, points=points + 3)
    aligned = align_faces(image, lambda _: [small, large], 'all', template='rafdb', size=40)
    assert aligned.found == 2 and aligned.faces == [large, small]
    for crop, one in zip(aligned.crops, (large, small)):
        assert np.array_equal(crop, align_face(image, one.points, 'rafdb', 40))
    only = align_faces(image, lambda _: [small, large], size=40)
    assert only.found == 2 and only.faces == [large] and len(only.crops) == 1
    assert align_faces(image, lambda _: []) == ([], [], 0)


def test_boxes_without_points():
    with pytest.raises(ValueError, match='MobileFaceNetLandmarks on top'):
        align_faces(np.zeros((9, 9, 3), np.uint8), lambda _: [face(0, 0, 5, 5)])
