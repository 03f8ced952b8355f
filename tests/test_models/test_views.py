"""Landmarks in the frames of the views."""

import numpy as np
import pytest
import torch
from methods import LINEAR, Spy, batch, make


def test_landmarks_in_the_frame_of_each_view():
    points = np.array([[-0.5, 0.25], [0.5, 0.0]], np.float32)

    class Landmarks(Spy):
        extra = ('landmarks',)

    model = make(dict(type=Landmarks, **LINEAR))
    data = model.data_preprocessor(batch(2, landmarks=points), training=True)
    model(**data, mode='loss')
    views, targets = model.head.seen
    given = targets.extra['landmarks']
    assert given.shape == (3, 2, 2)
    first, second = (view.geometry.locate(given)[0].tolist() for view in views)
    assert first == points.tolist()
    assert second == [[0.5, 0.25], [-0.5, 0.0]]  # mirrored
    swapped = [view.geometry.locate(given, swap=(1, 0))[0].tolist() for view in views]
    assert swapped == [points.tolist(), [[-0.5, 0.0], [0.5, 0.25]]]
    with pytest.raises(ValueError, match="learns from 'landmarks'"):
        model.data_preprocessor(batch(2), training=True)


def test_landmarks_follow_a_turn():
    """A point that is drawn is where the matrix says, also after a turn."""
    from mmfer.datasets import MultiViewTransform

    image = np.zeros((101, 101, 3), np.uint8)
    image[30:33, 60:63] = 255  # centre (61.5, 31.5) in pixels from the edge
    np.random.seed(0)
    step = MultiViewTransform([[], [dict(type='FaceAffine', degrees=20.0, mirror=1.0)]])
    out = step.transform(dict(img=image, img_shape=(101, 101)))
    point = torch.tensor([[[2 * 61.5 / 101 - 1, 2 * 31.5 / 101 - 1]]])
    from mmfer.functional import move_points

    for v in range(2):
        moved = move_points(point, torch.from_numpy(out['view_matrix'][v])[None])[0, 0]
        bright = np.argwhere(out['img'][v][..., 0] > 100).mean(0)[::-1] + 0.5
        np.testing.assert_allclose((moved.numpy() + 1) * 101 / 2, bright, atol=0.6)
