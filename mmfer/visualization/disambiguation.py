"""How candidate labels were told apart while training."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure

from .contact_sheet import shorten
from .figures import (
    BAD,
    GOOD,
    bare,
    check_some,
    epoch_axis,
    grid_shape,
    legend_below,
    line_style,
    new_figure,
    open_axes,
)
from .run_files import Disambiguation

NUMBERS = {
    'share_clean': 'clean label is the likeliest',
    'confidence_clean': 'mean confidence in the clean label',
    'share_decided': 'decided: all in one candidate',
}


class Followed(NamedTuple):
    """One image: ``image`` (H, W[, 3]) uint8 RGB, ``epochs`` (E,), ``confidences`` (E, M) of its M
    ``candidates`` (names), the names of the ``given`` and the ``clean`` label, and of the image."""

    image: np.ndarray
    epochs: Sequence[int]
    confidences: np.ndarray
    candidates: Sequence[str]
    given: str
    clean: str
    name: str = ''


def disambiguation_curves(runs: Mapping[str, Disambiguation]) -> Figure:
    """A panel each of ``NUMBERS`` over the epochs, in percent of the ambiguous images; one line a
    run. Epoch 0 is what the data set gives.

    A dotted line is the share whose candidates hold the clean label, above which no run can come;
    runs with the same share have one line together.

    Raises:
        ValueError: on no runs.
    """
    check_some(runs, 'runs')
    figure = new_figure(12, 4.2)
    panels = figure.subplots(1, len(NUMBERS), sharey=True)
    for axes, (number, title) in zip(panels, NUMBERS.items()):
        for place, (name, run) in enumerate(runs.items()):
            epochs, values = run.series(number)
            style = line_style(place)
            label = f'{name} ({run.ambiguous} of {run.images} images ambiguous)'
            axes.plot(epochs, values, marker='o', markersize=3, label=label, **style)
            beside = dict(xytext=(4, 0), textcoords='offset points', va='center')
            end = epochs[-1], values[-1]
            axes.annotate(f'{end[1]:.0f}', end, **beside, fontsize=9, color=style['color'])
        if number == 'share_clean':
            for bound in {run.covered / run.ambiguous for run in runs.values()}:
                axes.axhline(100 * bound, linestyle=':', color='.5', linewidth=1)
        axes.set_title(title, fontsize=10)
        axes.set_ylim(-2, 103)
        epoch_axis(axes)
        open_axes(axes)
    panels[0].set_ylabel('%, of the ambiguous images')
    legend_below(figure, columns=2)
    return figure


def candidate_courses(rows: Sequence[Followed], title: str = '', columns: int = 2) -> Figure:
    """Each image beside the confidences of its candidates over the epochs.

    The clean label's line is thick. The words beside the lines tell the candidates; a clean label
    that is none of them is named below.

    Raises:
        ValueError: on no rows.
    """
    check_some(rows, 'images')
    high, wide = grid_shape(len(rows), columns)
    figure = new_figure(6.3 * wide, 2.15 * high + (0.5 if title else 0.1))
    grid = figure.subplots(high, 2 * wide, squeeze=False, width_ratios=[1.25, 2.4] * wide)
    cells = grid.reshape(high * wide, 2)
    for (face, lines), row in zip(cells, rows):
        _draw_face(face, row)
        _draw_lines(lines, row)
    for axes in cells[len(rows) :].flat:
        axes.remove()
    if title:
        figure.suptitle(title, fontsize=11)
    return figure


def _draw_face(axes, row: Followed) -> None:
    bare(axes)
    axes.imshow(row.image, cmap='gray', vmin=0, vmax=255)
    axes.set_title(shorten(row.name, 125), fontsize=8, color='.35')
    labels = f'clean: {row.clean}'
    if row.clean not in row.candidates:
        labels += '\n(no candidate)'
    if row.given != row.clean:
        labels += f'\ngiven: {row.given}'
    last = dict(zip(row.candidates, row.confidences[-1]))
    right = last.get(row.clean) == max(last.values())
    axes.set_xlabel(labels, fontsize=8.5, color=GOOD if right else BAD)


def _draw_lines(axes, row: Followed) -> None:
    for number, (name, values) in enumerate(zip(row.candidates, row.confidences.T)):
        known = (('clean', row.clean), ('given', row.given))
        marks = ', '.join(mark for mark, label in known if name == label)
        clean = name == row.clean
        width = 2.6 if clean else 1.3
        style = dict(line_style(number), linewidth=width, marker='o', markersize=2.5)
        label = f'{name} ({marks})' if marks else name
        axes.plot(row.epochs, values, label=label, zorder=3 if clean else 2, **style)
    axes.set_ylim(-0.04, 1.04)
    axes.set_yticks([0, 0.5, 1])
    axes.tick_params(labelsize=8)
    epoch_axis(axes, fontsize=8)
    open_axes(axes)
    beside = dict(loc='center left', bbox_to_anchor=(1, 0.5))
    axes.legend(**beside, fontsize=8, frameon=False, title='confidence in', title_fontsize=8)
