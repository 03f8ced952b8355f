"""Many small images on one sheet."""

from collections.abc import Sequence

import cv2
import numpy as np
from PIL import Image, ImageDraw

from .figures import check_some, grid_shape
from .lines import draw_line, drawable, width_of

PAPER, INK, FAINT = 255, (30, 30, 30), (110, 110, 110)
GAP = 6  # pixels between cells
CAPTION, TITLE = 15, 30  # pixels of height
TEXT_SIZE = 10


def contact_sheet(
    images: Sequence[np.ndarray],
    captions: Sequence[str] | None = None,
    title: str = '',
    columns: int = 8,
    cell: int = 112,
) -> np.ndarray:
    """A grid of images in cells of one size, each with its caption.

    Args:
        images: each (H, W) or (H, W, 3) uint8 RGB, of any size; the longer side is brought to
            ``cell``, the shape is kept.
        captions: a text an image; what is too wide is cut in the middle.
        cell: pixels.

    Returns:
        (height, width, 3) uint8 RGB.

    Raises:
        ValueError: on no images, or another number of captions.
    """
    check_some(images, 'images')
    if captions is not None and len(captions) != len(images):
        raise ValueError(f'{len(captions)} captions for {len(images)} images')
    rows, columns = grid_shape(len(images), columns)
    below = CAPTION if captions is not None else 0
    title = drawable(title)
    top = TITLE if title else 0
    width = columns * (cell + GAP) + GAP
    if title:  # a single image is narrower than its title
        width = max(width, int(width_of(title, 15)) + 2 * GAP)
    height = top + rows * (cell + below + GAP) + GAP
    sheet = np.full((height, width, 3), PAPER, np.uint8)
    corners = [
        (GAP + (i % columns) * (cell + GAP), top + GAP + i // columns * (cell + below + GAP))
        for i in range(len(images))
    ]
    for image, (x, y) in zip(images, corners):
        shown = fit(image, cell)
        high, wide = shown.shape[:2]
        x, y = x + (cell - wide) // 2, y + (cell - high) // 2
        sheet[y : y + high, x : x + wide] = shown
    picture = Image.fromarray(sheet)
    draw = ImageDraw.Draw(picture)
    if title:
        draw_line(draw, (GAP, top // 2 + 2), title, INK, 15, anchor='lm')
    for text, (x, y) in zip(captions or (), corners):
        middle = x + cell // 2, y + cell + below // 2
        draw_line(draw, middle, shorten(text, cell), FAINT, TEXT_SIZE, anchor='mm')
    return np.asarray(picture)


def fit(image: np.ndarray, side: int) -> np.ndarray:
    """An image (H, W[, 3]) uint8 as RGB whose longer side is ``side``.

    >>> fit(np.zeros((20, 40), np.uint8), 10).shape
    (5, 10, 3)
    """
    if image.ndim == 2:
        image = np.repeat(image[..., None], 3, axis=2)
    scale = side / max(image.shape[:2])
    high, wide = (max(1, round(length * scale)) for length in image.shape[:2])
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return cv2.resize(image, (wide, high), interpolation=method)


def shorten(text: str, width: int) -> str:
    """A text whose middle is left out where it is wider than ``width`` pixels.

    >>> shorten('0123456789abcdef0123456789abcdef', 60)[:3]
    '012'
    """
    text = drawable(text)
    if width_of(text, TEXT_SIZE) <= width:
        return text
    for kept in range(len(text) - 1, 1, -1):
        short = f'{text[: (kept + 1) // 2]}..{text[len(text) - kept // 2 :]}'
        if width_of(short, TEXT_SIZE) <= width:
            return short
    return ''
