"""Faces in any pose are taken for faces; points in any other order are not."""

from itertools import permutations

import numpy as np
import pytest

from mmfer.functional import FACE_TEMPLATES, face_layout, is_face, is_upright

# x, y, depth towards the camera, in distances of the eyes: a head to be turned
HEAD = np.array([(-0.5, 0, 0), (0.5, 0, 0), (0, 0.55, 0.4), (-0.4, 1, 0.05), (0.4, 1, 0.05)])


def pose(yaw=0.0, pitch=0.0, roll=0.0):
    """The head's points in a picture, (5, 2), turned by degrees."""
    a, b, c = np.deg2rad([yaw, pitch, roll])
    x, y, z = HEAD.T
    x, z = x * np.cos(a) + z * np.sin(a), z * np.cos(a) - x * np.sin(a)
    y = (y - 0.5) * np.cos(b) + z * np.sin(b)
    return np.stack([x * np.cos(c) - y * np.sin(c), x * np.sin(c) + y * np.cos(c)], 1) * 40 + 70


def of(*points, **how):
    return is_face(face_layout(np.stack(points)), **how)


@pytest.mark.parametrize('roll', range(-180, 180, 30))
def test_heads_in_any_pose(roll):
    near = [pose(yaw, pitch, roll) for yaw in (-60, -30, 0, 45, 60) for pitch in (-10, 0, 15)]
    assert of(*near).all()
    far = [pose(yaw, pitch, roll) for yaw in range(-85, 90, 17) for pitch in (-40, -20, 0, 20, 40)]
    assert of(*far, turned=True).all()
    layout = face_layout(np.stack([pose(roll=roll)]))
    assert np.isclose(np.cos(np.deg2rad(layout.roll[0] - roll)), 1)
    assert is_upright(layout)[0] == (abs(roll) <= 60)


@pytest.mark.parametrize('name', FACE_TEMPLATES)
def test_templates(name):
    layout = face_layout(FACE_TEMPLATES[name][None])
    assert is_face(layout)[0] and is_upright(layout)[0] and layout.alike[0] > 0.98
    if name == 'arcface':
        assert layout.alike[0] == pytest.approx(1)


def test_no_other_order_is_an_upright_face():
    face = FACE_TEMPLATES['arcface']
    for order in permutations(range(5)):
        layout = face_layout(face[None, list(order)])
        assert (is_face(layout) & is_upright(layout))[0] == (order == (0, 1, 2, 3, 4)), order


def test_mirror_images_and_exchanged_coordinates_are_no_faces():
    face = pose(10, 5, 12)
    wrong = [face * (-1, 1), face * (1, -1), face[:, ::-1], face.T.reshape(5, 2)]
    assert not of(*wrong).any() and not of(*wrong[:3], turned=True).any()


def test_degenerate_points():
    eyes_on_mouth = np.array([(0, 0), (2, 0), (1, 0), (0, 0), (2, 0)], float)
    for points in (np.full((5, 2), 7.0), eyes_on_mouth, np.zeros((5, 2))):
        assert not of(points)[0] and not of(points, turned=True)[0]
    assert face_layout(np.zeros((0, 5, 2))).size.shape == (0,)


def test_units_do_not_matter_but_their_ratio():
    face = pose(10, 5, 5)
    before, after = face_layout(face[None]), face_layout(face[None] / 1000 + 3)
    for name in ('eyes', 'mouth', 'down', 'right', 'roll', 'alike'):
        assert getattr(before, name)[0] == pytest.approx(getattr(after, name)[0])
    wide = face / (1920, 800)
    assert of(wide, stretched=True)[0]
