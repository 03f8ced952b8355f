import cv2
import numpy as np
import pytest

from mmfer.utils.images import is_readable, read_image, warp_pixels, warp_to_crop, write_image


def turn(angle, scale, shift):
    c, s = np.cos(np.deg2rad(angle)) * scale, np.sin(np.deg2rad(angle)) * scale
    return np.array([[c, -s, shift[0]], [s, c, shift[1]]])


@pytest.mark.parametrize('shape', [(40, 50), (301, 517), (1999, 3001)])
@pytest.mark.parametrize('axis', [0, 1])
def test_resampling_moves_nothing(shape, axis):
    """A pixel of the crop shows the place that the matrix says, also where the picture is reduced
    first by a step that does not divide its sides."""
    ramp = np.indices(shape, dtype=np.float32)[1 - axis]
    size = 32
    scale = 0.9 * size / max(shape)
    matrix = turn(25, scale, (0, 0))
    centre = (np.array(shape[::-1]) - 1) / 2
    matrix[:, 2] = (size - 1) / 2 - matrix[:, :2] @ centre
    y, x = np.mgrid[10:22, 10:22]
    places = (np.stack([x, y], -1) - matrix[:, 2]) @ np.linalg.inv(matrix[:, :2]).T
    crop = warp_to_crop(ramp, matrix, size)
    # OpenCV rounds places to 1/32 of the (reduced) pixel.
    assert np.abs(crop[10:22, 10:22] - places[..., axis]).max() < 0.05 / scale


def test_a_large_picture_does_not_alias():
    """White noise: a pixel of the crop is the mean of those that it stands for."""
    noise = np.random.default_rng(0).normal(0, 1, (2000, 2000)).astype(np.float32)
    edges_kept = turn(0, 1 / 20, (0.5 / 20 - 0.5, 0.5 / 20 - 0.5))
    means = noise.reshape(100, 20, 100, 20).mean((1, 3))
    np.testing.assert_allclose(warp_to_crop(noise, edges_kept, 100), means, atol=1e-5)
    # Between the pixels, OpenCV mixes four of these means.
    between = warp_to_crop(noise, turn(0, 1 / 20, (0, 0)), 100)
    assert between[5:-5, 5:-5].std() < 1 / 20


def test_a_step_never_exceeds_the_picture():
    image = np.full((3, 200, 3), 77, np.uint8)
    crop = warp_to_crop(image, turn(0, 0.02, (4, 4)), 9, 'replicate')
    assert crop.shape == (9, 9, 3)
    assert crop[4, 5].tolist() == [77] * 3


def test_borders():
    image = np.full((20, 20, 3), 200, np.uint8)
    outside = turn(0, 1, (30, 30))
    assert warp_to_crop(image, outside, 40)[0, 0].tolist() == [0] * 3
    for border in ('replicate', 'reflect'):
        assert warp_to_crop(image, outside, 40, border)[0, 0].tolist() == [200] * 3
    with pytest.raises(ValueError, match="'wrap' is unknown; allowed: .*'constant'"):
        warp_to_crop(image, outside, 40, 'wrap')


def test_pixels_move_by_their_matrix():
    image = np.arange(12, dtype=np.float32).reshape(3, 4)
    moved = warp_pixels(image, np.array([[1.0, 0, 1], [0, 1, 1]]), (5, 3), 'constant')
    assert moved.tolist() == [[0] * 5, [0, 0, 1, 2, 3], [0, 4, 5, 6, 7]]
    with pytest.raises(ValueError, match="'wrap' is unknown"):
        warp_pixels(image, np.eye(2, 3), (4, 3), 'wrap')


def test_is_readable(tmp_path):
    path = tmp_path / 'a.png'
    assert not is_readable(str(path))
    path.write_bytes(b'')
    assert not is_readable(str(path))
    path.write_bytes(b'no picture')
    assert not is_readable(str(path))
    cv2.imwrite(str(path), np.zeros((4, 4, 3), np.uint8))
    assert is_readable(str(path))


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
