"""What is read of a folder, what is passed over, and what one hears of."""

import ntpath
import os
import socket

import cv2
import mmcv
import numpy as np
import pytest
from PIL import Image

from mmfer.utils import image_folders
from mmfer.utils.image_folders import (
    LINKED,
    NO_FILE,
    NO_IMAGE,
    OTHER_ENDING,
    group_unread,
    is_image_by_content,
    is_litter,
    name_below,
    tell_unread,
    walk_images,
)
from mmfer.utils.images import IMAGE_ENDINGS, read_image

LITTER = ('._a.jpg', '.DS_Store', '.ipynb_checkpoints/a-checkpoint.jpg', '__MACOSX/a.jpg')
LITTER += ('Thumbs.db', 'thumbs.db', 'desktop.ini', '@eaDir/a.jpg')


def picture(path, ending):
    """A picture of the format that the ending tells, by Pillow."""
    path.parent.mkdir(parents=True, exist_ok=True)
    grey = Image.linear_gradient('L').resize((32, 32))
    modes = {'.pgm': 'L', '.pbm': '1'}
    kind = {'.jfif': '.jpg', '.jpe': '.jpg', '.jp2': '.jp2', '.dib': '.bmp'}.get(ending, ending)
    grey.convert(modes.get(ending, 'RGB')).save(path, Image.registered_extensions()[kind])
    return path


@pytest.mark.parametrize('ending', IMAGE_ENDINGS)
def test_all_of_the_list_is_decoded_as_training_decodes_it(tmp_path, ending):
    path = picture(tmp_path / f'a{ending}', ending)
    assert mmcv.imfrombytes(path.read_bytes()).shape == read_image(path).shape == (32, 32, 3)
    assert is_image_by_content(str(path))
    assert list(walk_images(str(tmp_path))) == [(str(path), '')]
    upper = path.rename(path.with_suffix(ending.upper()))
    assert list(walk_images(str(tmp_path))) == [(str(upper), '')]
    for name in ('a', 'a.img', 'a.jpg.download'):  # no ending, or another one
        path = upper = upper.rename(tmp_path / name)
        assert list(walk_images(str(tmp_path))) == [(str(path), OTHER_ENDING)]


def test_no_other_picture_of_opencv_is_forgotten():
    image = np.zeros((64, 64, 3), np.uint8)
    for ending in ('.jpg', '.png', '.bmp', '.webp', '.tiff', '.ppm', '.gif', '.avif', '.jp2'):
        if cv2.haveImageWriter(f'a{ending}'):
            assert ending in IMAGE_ENDINGS and cv2.imencode(ending, image)[0]


@pytest.mark.parametrize(
    'content', [b'', b'BM', b'BMW is a car, not a picture', b'P5', b'RIFF1234WAVE', b'path,label\n']
)
def test_what_is_no_picture(tmp_path, content):
    (tmp_path / 'a.txt').write_bytes(content)
    assert list(walk_images(str(tmp_path))) == [(str(tmp_path / 'a.txt'), NO_IMAGE)]
    assert group_unread(walk_images(str(tmp_path))) == {}


def test_litter_is_passed_over_at_any_depth(tmp_path):
    for name in LITTER:
        for below in ('', 'deep/deeper/'):
            picture(tmp_path / below / name, '.jpg')
    assert list(walk_images(str(tmp_path))) == []
    assert not is_litter('..') and not is_litter('a.b') and not is_litter('Thumbs.db.jpg')


def test_what_is_no_file_is_never_opened(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # a socket's path is short
    os.mkfifo('a.jpg')
    os.mkfifo('pipe')
    with socket.socket(socket.AF_UNIX) as one:
        one.bind('b.png')
    os.symlink('nothing.jpg', 'c.jpg')
    os.symlink('a.jpg', 'd.jpg')
    picture(tmp_path / 'folder.jpg/e.jpg', '.jpg')
    os.symlink('folder.jpg/e.jpg', 'f.jpg')
    os.symlink('folder.jpg', 'g.jpg')
    found = {os.path.relpath(path, tmp_path): reason for path, reason in walk_images(str(tmp_path))}
    none = dict.fromkeys(('a.jpg', 'pipe', 'b.png', 'c.jpg', 'd.jpg'), NO_FILE)
    assert found == none | {'f.jpg': '', 'folder.jpg/e.jpg': '', 'g.jpg': LINKED}
    lines = tell_unread(group_unread(walk_images('.')))
    assert [line.split(':')[0] for line in lines] == [
        '5 left out (no regular file), the first',
        '1 left out (linked folder), the first',
    ]
    assert 'put the folder itself there' in lines[1]


def test_names_are_alike_on_every_system(tmp_path, monkeypatch):
    path = str(tmp_path / 'train' / 'sad' / 'a.jpg')
    assert name_below(path, str(tmp_path)) == 'train/sad/a.jpg'
    monkeypatch.chdir(tmp_path)
    assert name_below('train/a.jpg', '') == 'train/a.jpg'
    assert name_below('train/a\\b.jpg', '') == 'train/a\\b.jpg'  # part of a name here
    monkeypatch.setattr(image_folders, 'osp', ntpath)
    assert name_below('D:\\data\\raf\\train\\sad\\a.jpg', 'D:\\data\\raf') == 'train/sad/a.jpg'
    assert name_below('D:\\data\\raf/train\\sad/a.jpg', 'D:/data/raf') == 'train/sad/a.jpg'
