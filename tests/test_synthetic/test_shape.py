"""A face's curves and the landmarks on them."""

import cv2
import numpy as np
import pytest

from mmfer.synthetic import draw_face, landmarks_68, sample_face
from mmfer.synthetic.shape import Shape


def test_landmarks_lie_on_the_drawn_face():
    face = sample_face(
        2, 0, 'surprise', blend_share=0, occlusion_share=0, max_yaw=0, intensity=(1, 1)
    )
    face = face._replace(pose=face.pose._replace(roll=0))
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


def test_a_dropped_jaw_lowers_the_chin_alone():
    face = sample_face(2, 0)
    still, open_ = (face._replace(units=np.zeros((18, 2))) for _ in range(2))
    open_.units[-1] = 1  # AU26
    before, after = Shape(still).outline, Shape(open_).outline
    chin = before[:, 1].argmax()
    assert after[chin, 1] - before[chin, 1] == pytest.approx(0.13)
    assert np.array_equal(before[:8], after[:8])  # the skull
