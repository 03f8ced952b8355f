"""How many pixels an image file says it holds, before any of them is decoded."""

import struct

from PIL import Image

MAX_PIXELS = 100_000_000  # 300 MB decoded; no face crop, and few photos, have as many
_HEAD = 2048  # bytes: beyond the tables of most JPEGs
# JPEG's frame headers; the others of 0xc0 to 0xcf are tables
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}


def count_pixels(path: str) -> int | None:
    """Width times height; None where :func:`read_size` has none."""
    try:
        size = read_size(path)
    except Image.DecompressionBombError:  # of more than Pillow opens
        return 2 * (Image.MAX_IMAGE_PIXELS or MAX_PIXELS) + 1
    return None if size is None else size[0] * size[1]


def read_size(path: str) -> tuple[int, int] | None:
    """Width and height by the header of the formats most in use, else by Pillow's reader, which
    decodes nothing (and raises its DecompressionBombError); None where neither knows. A photograph
    that is to be shown on its side may be read with both exchanged."""
    with open(path, 'rb', buffering=0) as file:
        head = file.read(_HEAD)
    size = None
    if head.startswith(b'\xff\xd8'):
        size = _of_jpeg(head)
    elif head.startswith(b'\x89PNG') and len(head) > 23:
        size = struct.unpack_from('>II', head, 16)
    elif head.startswith(b'GIF8') and len(head) > 9:
        size = struct.unpack_from('<HH', head, 6)
    elif head.startswith(b'BM') and len(head) > 25 and head[14] >= 40:
        size = tuple(map(abs, struct.unpack_from('<ii', head, 18)))  # negative: upside down
    if size is None:
        try:
            with Image.open(path) as image:
                size = image.size
        except Image.DecompressionBombError:
            raise
        except Exception:  # the decoder's to judge
            return None
    return size


def _of_jpeg(head: bytes) -> tuple[int, int] | None:
    place = 2
    while place + 9 <= len(head) and head[place] == 0xFF:
        marker = head[place + 1]
        if marker in _FRAMES:
            return struct.unpack_from('>HH', head, place + 5)[::-1]
        if marker == 0xFF:  # filling
            place += 1
        elif 0xD0 <= marker <= 0xD9:
            return None
        else:
            place += 2 + int.from_bytes(head[place + 2 : place + 4], 'big')
    return None


def check_pixels(path: str, limit: int | None) -> None:
    """ValueError where an image says that it holds more than ``limit`` pixels; None: any."""
    count = None if limit is None else count_pixels(path)
    if count is not None and count > limit:
        raise ValueError(
            f'its header tells of {count} pixels, more than max_pixels={limit}; a small file may '
            'hold gigabytes. Make it smaller, or raise max_pixels (None: any size)'
        )
