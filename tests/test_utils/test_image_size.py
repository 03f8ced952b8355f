"""Pixels by the header alone."""

import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from mmfer.utils.image_size import MAX_PIXELS, check_pixels, count_pixels, read_size
from mmfer.utils.images import IMAGE_ENDINGS


def bomb(path, side=20_000):
    """A whole PNG of one colour: 20 000 x 20 000 pixels in some 50 kB."""

    def chunk(kind, data):
        return (
            struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))
        )

    packer, rows = zlib.compressobj(9), b''
    for _ in range(side):
        rows += packer.compress(bytes(1 + side // 8))
    head = struct.pack('>IIBBBBB', side, side, 1, 0, 0, 0, 0)
    parts = [chunk(b'IHDR', head), chunk(b'IDAT', rows + packer.flush()), chunk(b'IEND', b'')]
    path.write_bytes(b'\x89PNG\r\n\x1a\n' + b''.join(parts))
    return path


@pytest.mark.parametrize('ending', IMAGE_ENDINGS)
def test_formats(tmp_path, ending):
    kind = {'.jfif': '.jpg', '.jpe': '.jpg', '.dib': '.bmp'}.get(ending, ending)
    modes = {'.pgm': 'L', '.pbm': '1'}
    path = tmp_path / f'a{ending}'
    Image.new(modes.get(ending, 'RGB'), (40, 56)).save(path, Image.registered_extensions()[kind])
    assert count_pixels(str(path)) == 40 * 56
    check_pixels(str(path), 40 * 56)
    check_pixels(str(path), None)
    with pytest.raises(ValueError, match='2240 pixels, more than max_pixels=2239'):
        check_pixels(str(path), 2239)


@pytest.mark.parametrize('options', [dict(progressive=True), dict(exif=bytes(5000)), {}])
def test_jpegs(tmp_path, options):
    noise = np.random.default_rng(0).integers(0, 256, (40, 56, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / 'a.jpg', **options)
    assert count_pixels(str(tmp_path / 'a.jpg')) == 40 * 56


def test_damaged_headers_are_the_decoders_to_judge(tmp_path):
    rng = np.random.default_rng(0)
    Image.new('RGB', (40, 56)).save(tmp_path / 'a.jpg')
    Image.new('RGB', (40, 56)).save(tmp_path / 'a.png')
    Image.new('RGB', (40, 56)).save(tmp_path / 'a.webp')
    path = tmp_path / 'b'
    for name in ('a.jpg', 'a.png', 'a.webp'):
        whole = (tmp_path / name).read_bytes()
        for cut in range(60):
            path.write_bytes(whole[:cut])
            assert count_pixels(str(path)) in (None, 40 * 56)
            data = bytearray(whole)
            data[int(rng.integers(len(data)))] = int(rng.integers(256))
            path.write_bytes(data)
            count_pixels(str(path))


def test_a_bomb_is_seen(tmp_path):
    path = bomb(tmp_path / 'a.png')
    assert path.stat().st_size < 100_000
    with pytest.raises(ValueError, match=f'400000000 pixels, more than max_pixels={MAX_PIXELS}'):
        check_pixels(str(path), MAX_PIXELS)


@pytest.mark.parametrize('ending', IMAGE_ENDINGS)
def test_width_and_height(tmp_path, ending):
    kind = {'.jfif': '.jpg', '.jpe': '.jpg', '.dib': '.bmp'}.get(ending, ending)
    modes = {'.pgm': 'L', '.pbm': '1'}
    path = tmp_path / f'a{ending}'
    Image.new(modes.get(ending, 'RGB'), (40, 56)).save(path, Image.registered_extensions()[kind])
    assert read_size(str(path)) == (40, 56)
