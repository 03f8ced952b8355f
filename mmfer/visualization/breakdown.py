"""Accuracy by condition: a column's levels, the accuracy in each, and bars."""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure

from .confusion import class_accuracies, confusion_counts
from .figures import COLOURS, check_some, grid_shape, legend_below, new_figure, open_axes

EMPTY = '(empty)'
# A column of numbers with more different values than this is cut into ranges.
FEW = 8


class LevelAccuracy(NamedTuple):
    """Percent over the images of a level; ``low`` and ``high`` bound the accuracy by Wilson's 95 %
    interval."""

    level: str
    images: int
    accuracy: float
    low: float
    high: float
    mean_class: float


def wilson_interval(hits: int, images: int, z: float = 1.959964) -> tuple[float, float]:
    """Where a share lies of which ``hits`` of ``images`` were seen, percent.

    Wilson (1927): (p + z^2/2n -+ z sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n), with p = hits/n and z
    the quantile of the normal distribution, by default for 95 %. It stays within 0..100 and is no
    point at p = 0 or 1.

    Raises:
        ValueError: on no images, or more hits than images.

    >>> [round(bound, 1) for bound in wilson_interval(0, 10)]
    [0.0, 27.8]
    """
    if not 0 <= hits <= images or images == 0:
        fix = 'give one image or more, and 0 hits to as many as images'
        raise ValueError(f'{hits} hits of {images} images are no share; {fix}')
    share, shrink = hits / images, 1 + z**2 / images
    centre = share + z**2 / (2 * images)
    half = z * math.sqrt(share * (1 - share) / images + z**2 / (4 * images**2))
    # At p = 0 and 1 one bound is p itself, up to rounding.
    return (100 * max(centre - half, 0.0) / shrink, 100 * min((centre + half) / shrink, 1.0))


def name_levels(
    values: Sequence[str], edges: Sequence[float] | None = None, order: Sequence[str] = ()
) -> tuple[list[str], list[str]]:
    """The level of each value of a table's column, and the levels that occur, in their order.

    Numbers are cut at ``edges``, each range with its upper edge; without edges, at their quartiles
    (three digits) where more than 8 different ones occur. Other values are levels themselves, in
    the given ``order`` where it has them all, else sorted. An empty value has the level
    ``(empty)``.

    Raises:
        ValueError: on edges for words, or edges that do not increase.

    >>> name_levels(['3', '-1', '0.5', ''], edges=[0, 1])[0]
    ['> 1', '<= 0', '0 .. 1', '(empty)']
    """
    numbers = [_number(value) for value in values]
    words = [value for value, number in zip(values, numbers) if number is None]
    there = [] if words else [number for number in numbers if not math.isnan(number)]
    if edges is None:
        if there and len(np.unique(numbers)) > FEW:
            quartiles = np.quantile(there, (0.25, 0.5, 0.75))
            edges = np.unique([float(f'{q:.3g}') for q in quartiles])
    elif words:
        held = f'but the column holds {words[0]!r}; leave its bins out'
        raise ValueError(f'only numbers can be cut at {list(edges)}, {held}')
    elif not len(edges) or np.any(np.diff(edges) <= 0):
        fix = 'give the inner edges, each larger than the one before'
        raise ValueError(f'bins {list(edges)} do not increase; {fix}')
    if edges is not None:
        inner = [f'{low:g} .. {high:g}' for low, high in zip(edges, edges[1:])]
        names = [f'<= {edges[0]:g}', *inner, f'> {edges[-1]:g}', EMPTY]
        where = np.where(np.isnan(numbers), len(names) - 1, np.searchsorted(edges, numbers))
        return [names[i] for i in where], [names[i] for i in np.unique(where)]
    levels = [value or EMPTY for value in values]
    found = set(levels) - {EMPTY}
    if found <= set(order):
        names = [name for name in order if name in found]
    else:
        names = sorted(found, key=float if there else None)
    return levels, names + [EMPTY] * (EMPTY in levels)


def _number(value: str) -> float | None:
    """NaN for an empty value, None for a word."""
    try:
        return float(value or 'nan')
    except ValueError:
        return None


def level_accuracies(
    levels: Sequence[str],
    names: Sequence[str],
    target: np.ndarray,
    prediction: np.ndarray,
    num_classes: int,
) -> list[LevelAccuracy]:
    """Accuracies of each of ``names`` among the images' ``levels`` (N,), with ``target`` and
    ``prediction``, (N,) class ids. The mean class accuracy is over the classes of a level's images.

    Raises:
        ValueError: on a level without images, or class ids outside the classes.

    >>> level_accuracies('aab', 'ab', [0, 1, 1], [0, 0, 1], 2)[0][:3]
    ('a', 2, 50.0)
    """
    levels, target, prediction = (np.array([*x]) for x in (levels, target, prediction))
    rows = []
    for name in names:
        there = levels == name
        counts = confusion_counts(target[there], prediction[there], num_classes)
        images = int(counts.sum())
        bounds = wilson_interval(int(counts.trace()), images)
        accuracy, mean_class = class_accuracies(counts)
        rows.append(LevelAccuracy(name, images, accuracy, *bounds, mean_class))
    return rows


def breakdown_bars(
    columns: Mapping[str, Mapping[str, Sequence[LevelAccuracy]]], overall: Mapping[str, float]
) -> Figure:
    """A panel a column, a bar a level and run; a line each run's ``overall`` accuracy, percent.

    Args:
        columns: column to run to the accuracies of its levels, the same for all runs.

    Raises:
        ValueError: on no columns or runs.
    """
    check_some(columns and overall, 'accuracies')
    rows, across = grid_shape(len(columns), columns=3)
    bars = max(len(next(iter(runs.values()))) for runs in columns.values())
    width = max(3.6, bars * (0.55 + 0.22 * len(overall)))
    figure = new_figure(width * across + 0.4, 3.3 * rows + 0.5)
    panels = figure.subplots(rows, across, squeeze=False, sharey=True).ravel()
    for axes, (column, runs) in zip(panels, columns.items()):
        _draw(axes, runs, overall)
        axes.set_title(column, fontsize=10)
    for axes in panels[::across]:
        axes.set_ylabel('accuracy (%)')
    for axes in panels[len(columns) :]:
        axes.remove()
    legend_below(figure, columns=3)
    return figure


def _draw(axes, runs: Mapping[str, Sequence[LevelAccuracy]], overall: Mapping[str, float]) -> None:
    width = 0.8 / len(runs)
    for number, (name, levels) in enumerate(runs.items()):
        colour = COLOURS[number % len(COLOURS)]
        where = np.arange(len(levels)) + (number - (len(runs) - 1) / 2) * width
        height = np.array([level.accuracy for level in levels])
        reach = np.abs([[level.low, level.high] for level in levels] - height[:, None]).T
        style = dict(color=colour, alpha=0.75, error_kw=dict(elinewidth=1.1, capsize=2.5))
        label = f'{name}: {overall[name]:.1f} over all (dashed)'
        axes.bar(where, height, 0.92 * width, yerr=reach, label=label, **style)
        axes.axhline(overall[name], color=colour, linewidth=1, linestyle='--')
    axes.set_xticks(range(len(levels)), [f'{level.level}\nn={level.images}' for level in levels])
    axes.tick_params(axis='x', labelsize=9)
    axes.set_ylim(0, 100)
    open_axes(axes, grid='y')
    axes.set_axisbelow(True)
