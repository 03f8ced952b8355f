"""Class activation maps of two views of the same images."""

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import matplotlib
import numpy as np
from matplotlib.figure import Figure

from .figures import new_figure

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

    A row's three maps share one colour scale. The difference is drawn on the span of that scale:
    white where the views agree, grey where the frame of view 2 cuts the place.

    Raises:
        ValueError: on no rows.
    """
    if not rows:
        raise ValueError('no images to draw; give at least one')
    figure = new_figure(12.4, 1.72 * len(rows) + 0.9)
    grid = figure.subplots(
        len(rows), len(COLUMNS) + 1, squeeze=False, width_ratios=[1.35] + [1] * len(COLUMNS)
    )
    for axes, row in zip(grid, rows):
        _describe(axes[0], row)
        low, high = row.maps.min(), row.maps.max()
        span = max(high - low, 1e-12)
        heat = (row.maps - low) / span
        first, second = row.images
        pictures = (
            first,
            second,
            overlay(first, heat[0]),
            overlay(second, heat[1]),
            overlay(first, heat[2]),
            difference(heat[0] - heat[2], row.shown, first.shape[:2]),
        )
        for panel, picture in zip(axes[1:], pictures):
            panel.imshow(picture)
            panel.set_axis_off()
    for panel, name in zip(grid[0, 1:], COLUMNS):
        panel.set_title(name, fontsize=10)
    if title:
        figure.suptitle(title, fontsize=11)
    return figure


def overlay(image: np.ndarray, heat: np.ndarray) -> np.ndarray:
    """A map (h, w) from 0 to 1 over an image (H, W, 3) uint8, as float RGB."""
    colours = matplotlib.colormaps['turbo'](_enlarge(heat, image.shape[:2]))
    grey = image.mean(axis=2, keepdims=True) / 255
    return 0.5 * grey + 0.5 * colours[..., :3]


def difference(change: np.ndarray, shown: np.ndarray, size: Sequence[int]) -> np.ndarray:
    """A signed map (h, w) from -1 to 1 as red (above 0) to blue, float RGB."""
    colours = matplotlib.colormaps['RdBu_r']((_enlarge(change, size, low=-1) + 1) / 2)[..., :3]
    cut = (
        cv2.resize(shown.astype(np.uint8), tuple(size)[::-1], interpolation=cv2.INTER_NEAREST) == 0
    )
    colours[cut] = 0.8
    return colours


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
        (f'given: {row.given}' + (' (wrong)' if wrong else ''), '#C0392B' if wrong else 'black'),
        (f'predicted: {row.predicted} {row.score:.2f}', '#1E7B3A' if right else '#C0392B'),
        (f'maps of: {row.cam_of}', '.35'),
        (f'L_AC: {row.consistency:.4f}', '.35'),
    )
    axes.set_axis_off()
    for number, (text, colour) in enumerate(lines):
        axes.text(
            0,
            0.86 - 0.18 * number,
            text,
            color=colour,
            fontsize=10.5,
            va='center',
            transform=axes.transAxes,
        )
