"""Class activation maps of two views of the same images."""

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import matplotlib
import numpy as np
from matplotlib.figure import Figure

from .figures import BAD, GOOD, check_some, picture_grid

COLUMNS = (
    'view 1',
    'view 2',
    'attention 1',
    'attention 2',
    'attention 2,\nin the frame of 1',
    'difference\n(1 minus 2)',
)


class ViewMaps(NamedTuple):
    """One image: two views, the maps of one class, and what is known of it.

    ``images`` (2, H, W, 3) uint8 RGB. ``maps`` (3, h, w): view 1's map, view 2's map, view 2's map
    in the frame of view 1. ``shown`` (h, w) bool: where view 2 shows the place. ``cam_of`` is the
    class of the maps, ``score`` the probability of ``predicted``, ``consistency`` the L_AC of the
    image.
    """

    images: np.ndarray
    maps: np.ndarray
    shown: np.ndarray
    clean: str
    given: str
    predicted: str
    score: float
    cam_of: str
    consistency: float


def cam_sheet(rows: Sequence[ViewMaps], title: str = '') -> Figure:
    """A row an image: the views, their maps, the aligned map, the difference.

    A row's three maps share one colour scale, whose span the difference has, too: white where the
    views agree, grey where the frame of view 2 cuts the place.

    Raises:
        ValueError: on no rows.
    """
    check_some(rows, 'images')
    size = 12.4, 1.72 * len(rows) + 0.9
    figure, grid = picture_grid(size, len(rows), ('', *COLUMNS), title, first=1.35)
    for panels, row in zip(grid, rows):
        _describe(panels[0], row)
        low, high = row.maps.min(), row.maps.max()
        heat = (row.maps - low) / max(high - low, 1e-12)
        first, second = row.images
        maps = [overlay(image, one) for image, one in zip((first, second, first), heat)]
        change = difference(heat[0] - heat[2], row.shown, first.shape[:2])
        for axes, picture in zip(panels[1:], (first, second, *maps, change)):
            axes.imshow(picture)
    return figure


def overlay(image: np.ndarray, heat: np.ndarray) -> np.ndarray:
    """A map (h, w) from 0 to 1 over an image (H, W, 3) uint8, as float RGB."""
    colours = matplotlib.colormaps['turbo'](_enlarge(heat, image.shape[:2]))
    grey = image.mean(axis=2, keepdims=True) / 255
    return 0.5 * grey + 0.5 * colours[..., :3]


def difference(change: np.ndarray, shown: np.ndarray, size: Sequence[int]) -> np.ndarray:
    """A signed map (h, w) from -1 to 1 as red (above 0) to blue, float RGB."""
    colours = matplotlib.colormaps['RdBu_r']((_enlarge(change, size, low=-1) + 1) / 2)[..., :3]
    colours[enlarge_mask(~shown, size)] = 0.8
    return colours


def enlarge_mask(mask: np.ndarray, size: Sequence[int]) -> np.ndarray:
    """A mask (h, w) as (H, W) bool, in squares."""
    nearest = cv2.INTER_NEAREST
    return cv2.resize(mask.astype(np.uint8), tuple(size)[::-1], interpolation=nearest) > 0


def _enlarge(values: np.ndarray, size: Sequence[int], low: float = 0) -> np.ndarray:
    """Smoothly to (H, W); the overshoot of the cubic is cut."""
    large = cv2.resize(values.astype(np.float32), tuple(size)[::-1], interpolation=cv2.INTER_CUBIC)
    return large.clip(low, 1)


def _describe(axes, row: ViewMaps) -> None:
    """The labels in words, beside the pictures."""
    wrong = row.given != row.clean
    right = row.predicted == row.clean
    lines = (
        (f'label: {row.clean}', 'black'),
        (f'given: {row.given}' + (' (wrong)' if wrong else ''), BAD if wrong else 'black'),
        (f'predicted: {row.predicted} {row.score:.2f}', GOOD if right else BAD),
        (f'maps of: {row.cam_of}', '.35'),
        (f'L_AC: {row.consistency:.4f}', '.35'),
    )
    style = dict(fontsize=10.5, va='center', transform=axes.transAxes)
    for number, (text, colour) in enumerate(lines):
        axes.text(0, 0.86 - 0.18 * number, text, color=colour, **style)
