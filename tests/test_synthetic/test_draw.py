"""Pictures of faces, alone and in a scene."""

import cv2
import numpy as np
import pytest

from mmfer.synthetic import CLASSES_8, draw_face, landmarks_68, sample_face, write_image
from mmfer.synthetic.draw import draw_scene


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


def test_write_image_keeps_png_pixels_and_nearly_jpeg_ones(tmp_path):
    image = draw_face(sample_face(0, 3), 48)
    write_image(tmp_path / 'face.png', image)
    assert np.array_equal(cv2.imread(str(tmp_path / 'face.png')), image)
    write_image(tmp_path / 'face.jpg', image)
    assert np.abs(cv2.imread(str(tmp_path / 'face.jpg')).astype(int) - image).mean() < 4
