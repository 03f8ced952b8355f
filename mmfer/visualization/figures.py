"""Figures without pyplot (no window, no state between two pictures), and what they share."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from .scripts import ScriptFigure

# Okabe and Ito's colours: told apart with each kind of colour blindness.
COLOURS = ('#0072B2', '#D55E00', '#009E73', '#CC79A7', '#E69F00', '#56B4E9', '#000000')
LINES = ('-', '--', ':', '-.')
GOOD, BAD = '#1E7B3A', '#C0392B'


def new_figure(width: float, height: float, classes: Sequence[str] = ()) -> Figure:
    """An empty figure, inches, that arranges its parts by itself. Where the names of ``classes``
    cannot be drawn (:mod:`.scripts`), their ids are."""
    figure = ScriptFigure(figsize=(width, height), layout='constrained')
    FigureCanvasAgg(figure)
    figure.classes = tuple(classes)
    return figure


def save_figure(
    figure: Figure, path: str | Path, dpi: int = 130, classes: Sequence[str] = ()
) -> Path:
    """Write a picture; its folder is made. The ending gives the format. ``classes``: as of
    :func:`new_figure`, for figures that are drawn without them."""
    path = Path(path)
    if classes:
        figure.classes = tuple(classes)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=dpi, facecolor='white')
    return path


def check_some(things: Sequence, what: str) -> None:
    """ValueError where there are none."""
    if not len(things):
        raise ValueError(f'no {what} to draw; give at least one')


def line_style(number: int) -> dict[str, str]:
    """Colour and dashes of the n-th series; 28 differ.

    >>> line_style(0) == line_style(7)
    False
    """
    dashes, colour = divmod(number, len(COLOURS))
    return dict(color=COLOURS[colour], linestyle=LINES[dashes % len(LINES)])


def grid_shape(number: int, columns: int) -> tuple[int, int]:
    """Rows and columns for a number of panels.

    >>> grid_shape(5, columns=3), grid_shape(2, columns=3)
    ((2, 3), (1, 2))
    """
    columns = min(number, columns)
    return -(-number // columns), columns


def bare(axes) -> None:
    """A picture without ticks and frame."""
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)


def picture_grid(
    size: tuple[float, float],
    rows: int,
    heads: Sequence[str],
    title: str,
    first: float = 1.0,
    classes: Sequence[str] = (),
) -> tuple[Figure, np.ndarray]:
    """A figure of ``size`` inches, and its (rows, columns) panels for pictures, a column a head;
    ``first`` is the width of the first column beside that of the others."""
    figure = new_figure(*size, classes)
    ratios = [first] + [1] * (len(heads) - 1)
    grid = figure.subplots(rows, len(heads), squeeze=False, width_ratios=ratios)
    for axes in grid.flat:
        bare(axes)
    for axes, head in zip(grid[0], heads):
        axes.set_title(head, fontsize=10)
    if title:
        figure.suptitle(title, fontsize=11)
    return figure, grid


def open_axes(axes, grid: str = 'both') -> None:
    """Lines to the left and below alone, and a faint grid."""
    axes.spines[['top', 'right']].set_visible(False)
    axes.grid(axis=grid, alpha=0.3)


def epoch_axis(axes, **font) -> None:
    """Whole numbers, however few."""
    axes.set_xlabel('epoch', **font)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))


def legend_below(figure: Figure, columns: int) -> None:
    """The first panel's legend under all of them: inside, a long name would lie over the lines."""
    handles, labels = figure.axes[0].get_legend_handles_labels()
    style = dict(loc='outside lower center', frameon=False, fontsize=9)
    figure.legend(handles, labels, ncols=min(len(labels), columns), **style)


def percent_table(
    axes, shares: np.ndarray, classes: Sequence[str], across: str, down: str, **image
) -> list[tuple[int, int, str]]:
    """(K, K) percent in shades of blue; row, column and ink of each number to write, those above 0
    (not NaN either)."""
    axes.imshow(np.nan_to_num(shares), cmap='Blues', vmin=0, vmax=100, **image)
    ticks = range(len(classes))
    axes.set_xticks(ticks, classes, rotation=40, ha='right', rotation_mode='anchor')
    axes.set_yticks(ticks, classes)
    axes.set_xlabel(across)
    axes.set_ylabel(down)
    return [(i, j, 'white' if shares[i, j] > 55 else 'black') for i, j in np.argwhere(shares > 0)]
