"""Drawing in face units: where points land, and what shapes cover."""

import numpy as np
import pytest

from mmfer.synthetic.canvas import Canvas, Relief, along, arc, mirrored, ribbon, shade, smooth
from mmfer.synthetic.face import Pose


def canvas(side=200, **pose):
    return Canvas(
        side, Pose(**{**dict(roll=0, yaw=0, pitch=0, scale=1, shift=(0, 0)), **pose}, gaze=0)
    )


def square(half, x=0.0, y=0.0):
    return np.array(
        [(x - half, y - half), (x + half, y - half), (x + half, y + half), (x - half, y + half)]
    )


def test_points_go_through_the_pose():
    points = np.array([(0.0, 0.0), (0.5, -0.5)])
    # a unit is 0.405 of the side, the origin in the middle
    assert np.allclose(canvas().project(points), [(100, 100), (140.5, 59.5)])
    moved = canvas(scale=2, shift=(0.1, 0)).project(points)
    assert np.allclose(moved, [(120, 100), (201, 19)])
    # a quarter turn in the plane: right becomes down
    assert np.allclose(canvas(roll=90).project(np.array([(1.0, 0.0)]), flat=True), [(100, 181)])
    # turned by 30 degrees, what is in front moves by half of 0.55 * sin(30), the outline back
    turn = 81 * 0.55 / 4
    assert np.allclose(canvas(yaw=30).project(points[:1]), [(100 + turn, 100)])
    assert np.allclose(canvas(yaw=30).project(points[:1], flat=True), [(100 - turn, 100)])


def test_only_the_inside_of_a_block_is_kept():
    board = canvas()
    with board.inside(square(0.25)):
        board.fill(square(0.75), (10, 20, 30))
    assert board.image[100, 100].tolist() == [10, 20, 30]
    assert not board.image[:70].any() and not board.image[:, 130:].any()
    before = board.image.copy()
    with board.inside(square(0.25, x=-5)):  # beyond the picture
        board.fill(square(9), (10, 20, 30))
    assert np.array_equal(board.image, before)


def test_reliefs_are_soft_and_add_up():
    board = canvas()
    board.image[:] = 100
    wide, fine = Relief(board, 0.05), Relief(board, 0.05)
    wide.fill(square(0.6), 0.5)
    fine.fill(square(0.6), -0.25)
    fine.stroke(np.zeros((8, 2)), 0.5, 0.02)  # too faint
    board.multiply((wide, fine), (1.0, 0.0, 2.0))
    assert board.image[100, 100].tolist() == [125, 100, 150]
    edge = board.image[100, :, 0]
    assert edge[0] == 100 and len({*edge[40:70].tolist()}) > 5


def test_lines():
    assert arc((0, 0), (1, 2), (2, 0), 8)[[0, -1]].tolist() == [[0, 0], [2, 0]]
    line = np.array([(0.0, 0.0), (1.0, 0.0), (1.0, 2.0)])
    assert along(line, np.array([0.5, 1.5])).tolist() == [[0.5, 0], [1, 1]]
    assert along(line, np.array([2.0]), np.array([0, 1, 3])).tolist() == [[1, 1]]
    rounded = smooth(line, 3)  # one pass of 1/4, 1/2, 1/4
    assert rounded.tolist() == [[0, 0], [0.75, 0.5], [1, 2]]
    assert mirrored([(1, 2), (3, 4)]).tolist() == [[1, 2], [3, 4], [-3, 4], [-1, 2]]
    # round a line of length 2, half a unit to each side
    around = ribbon(np.array([(0.0, 0.0), (1.0, 0.0), (2.0, 0.0)]), 1.0)
    assert np.allclose(around, [(0, 0.5), (1, 0.5), (2, 0.5), (2, -0.5), (1, -0.5), (0, -0.5)])


def test_shadows_are_red():
    blue, green, red = shade((100, 100, 100), 0.5)
    assert blue == pytest.approx(47.5) and green == 50 and red == pytest.approx(100 * 0.5**0.85)
    assert shade((250, 250, 250), 1.5) == (255, 255, 255)
