"""Where label queries look on a face."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure

from .cams import overlay
from .contact_sheet import shorten
from .figures import BAD, GOOD, check_some, picture_grid


class QueryMaps(NamedTuple):
    """One face: ``image`` (H, W, 3) uint8 RGB, as the network saw it; ``maps`` (K, h, w), the
    attention of each label query to the places, a map summing to 1 or, where some goes to the class
    token, less; ``scores`` (K,), the predicted probabilities; ``given``, class id of the label or
    None; ``name`` of the image."""

    image: np.ndarray
    maps: np.ndarray
    scores: np.ndarray
    given: int | None = None
    name: str = ''


def attention_sheet(rows: Sequence[QueryMaps], classes: Sequence[str], title: str = '') -> Figure:
    """A row a face, a column a class: the attention of its query over the face, its predicted
    probability above. A frame marks the predicted class (green where it is the given label, red
    where not, grey where no label is known), a dashed one the given label that was not predicted.

    The maps of a row share one colour scale, from 0 to its largest value, which stands under the
    face beside that of an even map.

    Raises:
        ValueError: on no rows, or maps that do not fit the classes.
    """
    check_some(rows, 'images')
    for row in rows:
        if not len(row.maps) == len(row.scores) == len(classes):
            known = f'the {len(classes)} classes {tuple(classes)}'
            raise ValueError(f'{len(row.maps)} maps and {len(row.scores)} scores for {known}')
    columns = len(classes) + 1
    size = 1.45 * columns, 2.05 * len(rows) + 0.5
    figure, grid = picture_grid(size, len(rows), [''] * columns, title, classes=classes)
    for axes, row in zip(grid, rows):
        most = max(float(row.maps.max()), 1e-12)
        axes[0].imshow(row.image)
        known = '' if row.given is None else f'\nlabel: {classes[row.given]}'
        axes[0].set_title(shorten(row.name, 125) + known, fontsize=7.8)
        scale = f'red {most:.3f}, even {1 / row.maps[0].size:.3f}'
        axes[0].set_xlabel(scale, fontsize=8, color='.35')
        for label, (panel, heat) in enumerate(zip(axes[1:], row.maps)):
            panel.imshow(overlay(row.image, heat / most))
            _mark(panel, label, row, classes[label])
    return figure


def _mark(axes, label: int, row: QueryMaps, name: str) -> None:
    predicted = label == int(np.argmax(row.scores))
    weight = 'bold' if predicted else 'normal'
    axes.set_title(f'{name}\n{row.scores[label]:.2f}', fontsize=9, fontweight=weight)
    if not predicted and label != row.given:
        return
    colour = '.35' if row.given is None else GOOD if label == row.given else BAD
    dashes = '-' if predicted else (0, (2, 1.5))
    axes.spines[:].set(visible=True, color=colour, linewidth=3, linestyle=dashes)
