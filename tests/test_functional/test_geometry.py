import numpy as np
import pytest
import torch

from mmfer.functional import classify_relation, flip_matrix, move_points, relative_transform

# A quarter turn (x to y), half the size, then a shift to the right.
TURN = np.array([[0, -0.5, 0.25], [0.5, 0, 0], [0, 0, 1]], dtype=np.float32)


def test_relations_are_told_apart():
    eye, mirror = np.eye(3, dtype=np.float32), flip_matrix()
    shifted = eye.copy()
    shifted[0, 2] = 0.1
    mirrored, simple = classify_relation(np.stack([eye, mirror, shifted, flip_matrix('vertical')]))
    assert mirrored.tolist() == [False, True, False, False]
    assert simple.tolist() == [True, True, False, False]
    with pytest.raises(ValueError, match='sideways'):
        flip_matrix('sideways')


def test_a_point_goes_from_one_view_to_the_other():
    points = torch.tensor([[[0.5, 0.0], [0.0, 1.0]]])
    turned = move_points(points, torch.from_numpy(TURN))
    assert turned.tolist() == [[[0.25, 0.25], [-0.25, 0.0]]]  # by hand
    relation = torch.from_numpy(relative_transform(flip_matrix(), TURN))
    mirrored = move_points(points, torch.from_numpy(flip_matrix()))
    torch.testing.assert_close(move_points(mirrored, relation), turned)


def test_each_image_has_a_matrix_of_its_own():
    points = torch.tensor([[[0.5, -0.5]], [[0.5, -0.5]]], dtype=torch.float64)
    matrices = torch.from_numpy(np.stack([flip_matrix('diagonal'), np.eye(3)]))
    moved = move_points(points, matrices)
    assert moved.tolist() == [[[-0.5, 0.5]], [[0.5, -0.5]]] and moved.dtype == torch.float64
