"""What an expression does to the painted face."""

import cv2
import numpy as np

from mmfer.synthetic import draw_face, sample_face


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
