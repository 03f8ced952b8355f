"""Lists of pictures as a user gives them, and arrays in the order of image files."""

import os

import numpy as np
import pytest
from mmengine.logging import MMLogger

from mmfer.apis.images import list_images, to_bgr


def test_folders_are_listed_at_any_depth(tmp_path):
    for name in ('b/2.png', 'b/c/1.JPG', 'a.webp', 'notes.txt'):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    array = np.zeros((2, 2, 3), np.uint8)
    listed = list_images([array, tmp_path, ('x.png', [tmp_path / 'b'])])
    assert listed[0] is array
    below = ['a.webp', 'b/2.png', 'b/c/1.JPG']
    assert listed[1:4] == [str(tmp_path / name) for name in below]
    assert listed[4:] == ['x.png', *(str(tmp_path / name) for name in below[1:])]


def test_what_is_no_picture(tmp_path):
    with pytest.raises(ValueError, match='holds no images; looked for .*.jpg'):
        list_images(tmp_path)
    with pytest.raises(TypeError, match='images hold a int; allowed: paths'):
        list_images(['a.jpg', 3])


def test_what_is_passed_over_and_what_is_told(tmp_path, monkeypatch):
    lines = []
    monkeypatch.setattr(MMLogger.get_current_instance(), 'warning', lines.append)
    for name in ('._a.jpg', '.ipynb_checkpoints/a-checkpoint.jpg', '__MACOSX/a.jpg', 'a.gif'):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert list_images(tmp_path) == [str(tmp_path / 'a.gif')] and lines == []
    (tmp_path / 'b').write_bytes(b'\xff\xd8\xff\xe0')
    os.mkfifo(tmp_path / 'c.jpg')
    assert list_images(tmp_path) == [str(tmp_path / 'a.gif')]
    assert [line.split('(')[1].split(')')[0] for line in lines] == [
        'picture of another ending',
        'no regular file',
    ]
    with pytest.raises(ValueError, match='neither a file nor a folder'):
        list_images(tmp_path / 'c.jpg')
    (tmp_path / 'a.gif').unlink()
    with pytest.raises(ValueError, match=r'holds no images.*1 left out \(picture of another'):
        list_images(tmp_path)


def test_channels():
    pixel = np.array([[[1, 2, 3, 9]]], np.uint8)
    assert to_bgr(pixel[..., :3]).tolist() == to_bgr(pixel).tolist() == [[[1, 2, 3]]]
    assert to_bgr(pixel[..., :3], 'rgb').tolist() == to_bgr(pixel, 'rgb').tolist() == [[[3, 2, 1]]]
    for grey in (pixel[..., 0], pixel[..., :1]):
        assert to_bgr(grey).tolist() == to_bgr(grey, 'rgb').tolist() == [[[1, 1, 1]]]


@pytest.mark.parametrize('shape', [(2, 2, 2), (0, 2, 3), (1, 2, 2, 3), (2,)])
def test_arrays_that_are_no_picture(shape):
    with pytest.raises(ValueError, match='allowed: uint8 .0 to 255. of shape'):
        to_bgr(np.zeros(shape, np.uint8))


def test_types_and_orders_that_are_unknown():
    with pytest.raises(ValueError, match='an image is float32 of shape'):
        to_bgr(np.zeros((2, 2, 3), np.float32))
    with pytest.raises(ValueError, match="channel_order='gbr' is unknown; allowed: .'bgr', 'rgb'"):
        to_bgr(np.zeros((2, 2, 3), np.uint8), 'gbr')
