"""Picture files that are whole, and marks where the faces are."""

import cv2
import numpy as np
import pytest

from mmfer.apis import DetectedFace
from mmfer.apis.sheet import draw_faces, read_image, write_image


def test_a_picture_comes_back(tmp_path):
    image = np.random.default_rng(0).integers(0, 256, (9, 7, 3), dtype=np.uint8)
    path = tmp_path / 'new' / 'Gesicht ä.png'
    write_image(path, image)
    assert np.array_equal(read_image(path), image)
    assert [p.name for p in path.parent.iterdir()] == [path.name]
    path.write_bytes(b'no picture')
    assert read_image(path) is None
    path.write_bytes(b'')
    assert read_image(path) is None


def test_jpeg_has_quality_95(tmp_path):
    image = cv2.GaussianBlur(
        np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8), (0, 0), 3
    )
    write_image(tmp_path / 'a.JPG', image)
    expected = cv2.imencode('.jpg', image, [cv2.IMWRITE_JPEG_QUALITY, 95])[1]
    assert (tmp_path / 'a.JPG').read_bytes() == expected.tobytes()


def test_endings_that_cannot_be_written(tmp_path):
    path = tmp_path / 'a.txt'
    path.write_text('was here')
    with pytest.raises(OSError, match="OpenCV writes no '.txt'; use .png or .jpg"):
        write_image(path, np.zeros((4, 4, 3), np.uint8))
    assert path.read_text() == 'was here'


@pytest.mark.parametrize('ratio', [0.5, 2])
def test_marks_are_at_the_faces(ratio):
    image = np.full((40, 80, 3), 255, np.uint8)
    points = np.array([(20, 12), (40, 12), (30, 20), (24, 28), (36, 28)])
    face = DetectedFace(np.array([10, 5, 40, 30]), points, 0.9)
    drawn = draw_faces(image, [face], round(80 * ratio))
    assert drawn.shape == (40 * ratio, 80 * ratio, 3)
    assert (image == 255).all()  # a copy
    rows, columns = np.nonzero((drawn != 255).any(-1))
    # The box from 10 to 50 and from 5 to 35, counted from pixels' centres.
    assert columns.min() == round(10.5 * ratio - 0.5) and columns.max() == round(50.5 * ratio - 0.5)
    assert rows.min() == round(5.5 * ratio - 0.5) and rows.max() == round(35.5 * ratio - 0.5)
    for x, y in ((points + 0.5) * ratio - 0.5).round().astype(int):
        assert drawn[y, x].tolist() == [80, 220, 60]
    assert draw_faces(image, [], 80).min() == 255
