"""Which images of one list are in another."""

import os

import cv2
import numpy as np
import pytest

from mmfer.utils import copies
from mmfer.utils.copies import BYTES, FILE, HEAD, PIXELS, Copy, Face, find_copies

RNG = np.random.default_rng(0)


def listed(*paths):
    return [Face(str(path)) for path in paths]


def write(path, content):
    path.write_bytes(content)
    return path


def test_bytes_by_size_head_and_whole(tmp_path):
    long = bytes(HEAD) + b'a'
    ours = listed(
        write(tmp_path / '1', b'ab'),
        write(tmp_path / '2', b'ba'),
        write(tmp_path / '3', long),
        write(tmp_path / '4', b''),
        write(tmp_path / '5', bytes(HEAD) + b'b'),
        tmp_path / 'no',
    )
    contents = dict(a=b'xy', b=long, c=b'ab', d=b'ab')
    held = listed(*(write(tmp_path / name, content) for name, content in contents.items()))
    assert find_copies(ours, held) == ([Copy(0, 2, BYTES), Copy(2, 1, BYTES)], 0)
    assert find_copies(ours, held, FILE).found == []
    assert find_copies(ours, []).found == find_copies([], held, PIXELS).found == []


def test_files_need_not_be_there_and_links_are_followed(tmp_path):
    write(tmp_path / 'a.png', b'1')
    os.symlink(tmp_path / 'a.png', tmp_path / 'b.png')
    os.symlink(tmp_path, tmp_path / 'folder')
    ours = listed(f'{tmp_path}/./no.png', tmp_path / 'b.png', tmp_path / 'folder/a.png')
    held = listed(tmp_path / 'a.png', tmp_path / 'no.png')
    found = find_copies(ours, held, FILE).found
    assert found == [Copy(0, 1, FILE), Copy(1, 0, FILE), Copy(2, 0, FILE)]


def test_another_face_of_a_picture_is_no_copy(tmp_path):
    for name in 'ab':
        write(tmp_path / name, b'1')
    a, b = (str(tmp_path / name) for name in 'ab')
    held = [Face(a, (0.0, 0.0, 9.0, 9.0)), Face(a, (5.0, 0.0, 9.0, 9.0))]
    ours = [Face(a, (5.0, 0.0, 9.0, 9.0)), Face(b, (5.0, 0.0, 9.0, 9.0)), Face(b, (14.0, 0, 9, 9))]
    assert find_copies(ours, held).found == [Copy(0, 1, FILE), Copy(1, 1, BYTES)]
    assert find_copies(listed(b), held).found == [Copy(0, 0, BYTES)]  # of no box: of any
    # the same face by another detector: 54 of 108 square pixels in both, or 53.1
    assert find_copies([Face(b, (8.0, 0, 9, 9))], held).found == [Copy(0, 1, BYTES)]
    assert find_copies([Face(b, (8.1, 0, 9, 9))], held).found == []


@pytest.fixture
def picture():
    return RNG.integers(0, 256, (20, 30, 3), dtype=np.uint8)


def encoded(path, image, *options):
    assert cv2.imwrite(str(path), image, list(options))
    return path


def test_pixels_in_another_container(tmp_path, picture):
    held = listed(encoded(tmp_path / 'held.bmp', picture))
    same = [
        encoded(tmp_path / 'a.png', picture),
        encoded(tmp_path / 'b.png', picture, cv2.IMWRITE_PNG_COMPRESSION, 9),
        encoded(tmp_path / 'c.tif', picture),
        encoded(tmp_path / 'd.ppm', picture),
    ]
    other = [
        encoded(tmp_path / 'e.jpg', picture),  # lost quality: not found, as the docs say
        encoded(tmp_path / 'f.png', picture[:, ::-1]),
        encoded(tmp_path / 'g.png', np.transpose(picture, (1, 0, 2))),
        write(tmp_path / 'broken.png', b'\x89PNG'),
    ]
    found = find_copies(listed(*same, *other), held, PIXELS)
    assert found == ([Copy(i, 0, PIXELS) for i in range(4)], 0)
    assert find_copies(listed(*same, *other), held).found == []
    # a JPEG, as training decodes it
    again = encoded(tmp_path / 'again.png', cv2.imread(str(other[0])))
    assert find_copies(listed(again), listed(other[0]), PIXELS).found == [Copy(0, 0, PIXELS)]
    # a grey picture and the same in three channels
    grey = picture[..., 0]
    pair = [encoded(tmp_path / 'h.png', grey), encoded(tmp_path / 'i.bmp', np.dstack([grey] * 3))]
    assert find_copies(*map(listed, pair), PIXELS).found == [Copy(0, 0, PIXELS)]


def test_too_many_pixels_are_told_of(tmp_path, picture, monkeypatch):
    ours = listed(encoded(tmp_path / 'a.png', picture), encoded(tmp_path / 'b.png', picture[1:]))
    held = listed(encoded(tmp_path / 'a.bmp', picture))
    monkeypatch.setattr(copies, 'BUDGET', 2 * 20 * 30 - 1)
    assert find_copies(ours, held, PIXELS) == ([], 1)  # b.png has other sides
    monkeypatch.setattr(copies, 'BUDGET', 2 * 20 * 30)
    assert find_copies(ours, held, PIXELS) == ([Copy(0, 0, PIXELS)], 0)


def test_pipes_folders_and_what_may_not_be_read(tmp_path, picture):
    os.mkfifo(tmp_path / 'a.png')
    (tmp_path / 'b.png').mkdir()
    held = [encoded(tmp_path / 'c.png', picture), tmp_path / 'gone.png']
    ours = listed(tmp_path / 'a.png', tmp_path / 'b.png', tmp_path / 'no.png')
    assert find_copies(ours, listed(*held, tmp_path / 'a.png'), PIXELS).found == [Copy(0, 2, FILE)]


def test_progress_is_told(tmp_path, picture):
    ours = listed(*(encoded(tmp_path / f'{i}.png', picture) for i in range(3)))
    told = []
    find_copies(ours, ours[:1], PIXELS, lambda *numbers: told.append(numbers))
    assert (3, 3) in told
