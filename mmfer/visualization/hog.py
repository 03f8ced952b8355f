"""Histograms of oriented gradients as strokes, and what was predicted of them."""

from collections.abc import Sequence
from math import pi
from typing import NamedTuple

import cv2
import numpy as np
from matplotlib.figure import Figure

from .cams import enlarge_mask
from .figures import check_some, picture_grid

COLUMNS = (
    'image',
    'what the encoder sees',
    'its gradients (HOG):\nstrokes along edges',
    'white: seen patches\norange: predicted ones',
    'the predicted ones\nover the image',
)
STROKE = 16  # pixels a cell is drawn with
VISIBLE, MASKED = (1.0, 1.0, 1.0), (1.0, 0.72, 0.25)  # colours of strokes


class HOGRow(NamedTuple):
    """One image. ``image`` (H, W, 3) uint8 RGB; ``mask`` (rows, columns) bool, True for patches
    that the encoder did not see; ``target`` and ``predicted`` (R, C, bins): histograms of each
    cell, means over the channels; ``error``: mean square of the masked patches' values, ``plain``:
    the same where each cell is predicted by the mean histogram of the visible ones; ``name`` of the
    image."""

    image: np.ndarray
    mask: np.ndarray
    target: np.ndarray
    predicted: np.ndarray
    error: float
    plain: float
    name: str = ''


def hog_strokes(cells: np.ndarray, size: int = STROKE) -> np.ndarray:
    """Each cell's histogram as strokes along its edges.

    An edge runs across its gradient: that of bin b at ``(b + 1/2) 180 / bins`` degrees, counted
    from the x axis towards the upper right. A stroke's brightness is the bin's value.

    Args:
        cells: (R, C, bins), about 0 to 1; below 0 is drawn as 0.
        size: pixels a cell.

    Returns:
        (R size, C size) float from 0 to 1.

    >>> hog_strokes(np.zeros((2, 3, 9)), size=8).shape
    (16, 24)
    """
    rows, columns, bins = cells.shape
    pens = np.stack([_pen((b + 0.5) * pi / bins, size) for b in range(bins)])
    out = np.einsum('rcb,bij->ricj', np.clip(cells, 0, None), pens)
    return out.reshape(rows * size, columns * size).clip(0, 1)


def _pen(angle: float, size: int) -> np.ndarray:
    """A stroke through the middle of a square, soft at its sides."""
    at = np.arange(size) - (size - 1) / 2
    x, y = at[None], at[:, None]
    along = x * np.cos(angle) - y * np.sin(angle)
    across = x * np.sin(angle) + y * np.cos(angle)
    width = max(1, size / 16)
    return np.clip(width + 0.5 - abs(across), 0, 1) * np.clip(size / 2 - abs(along), 0, 1)


def hog_sheet(rows: Sequence[HOGRow], title: str = '') -> Figure:
    """A row an image: the image, the part that is seen, its HOG, the prediction of the masked
    patches (orange) among the seen ones (white), and the prediction over the image.

    Raises:
        ValueError: on no rows.
    """
    check_some(rows, 'images')
    figure, grid = picture_grid((11.5, 2.3 * len(rows) + 0.8), len(rows), COLUMNS, title)
    for panels, row in zip(grid, rows):
        for axes, picture in zip(panels, row_pictures(row)):
            axes.imshow(picture, interpolation='nearest')
        error = f'mean square error {row.error:.4f}\n(mean of the seen instead: {row.plain:.4f})'
        panels[0].set_xlabel(row.name, fontsize=8)
        panels[3].set_xlabel(error, fontsize=8)
    return figure


def row_pictures(row: HOGRow) -> list:
    """The row's five pictures, float RGB from 0 to 1, of the HOG's size."""
    target, predicted = hog_strokes(row.target), hog_strokes(row.predicted)
    height, width = target.shape
    image = cv2.resize(row.image, (width, height), interpolation=cv2.INTER_CUBIC) / 255
    mask = enlarge_mask(row.mask, (height, width))[..., None]
    joined = np.where(mask, predicted[..., None] * MASKED, target[..., None] * VISIBLE)
    over = np.where(mask, 0.25 * image + joined, image).clip(0, 1)
    return [image, np.where(mask, 0.5, image), target[..., None] * np.ones(3), joined, over]
