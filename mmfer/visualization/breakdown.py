"""Accuracy by condition: a column's levels, the accuracy in each, and bars."""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure

from .confusion import class_accuracies, confusion_counts
from .figures import COLOURS, grid_shape, new_figure

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

    Wilson (1927): (p + z^2/2n -+ z sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n), with p = hits/n. It
    stays within 0..100 and is no point at p = 0 or 1.

    Args:
        z: quantile of the normal distribution; the default is for 95 %.

    Raises:
        ValueError: on no images, or more hits than images.

    >>> [round(bound, 1) for bound in wilson_interval(0, 10)]
    [0.0, 27.8]
    """
    if not 0 <= hits <= images or images == 0:
        raise ValueError(
            f'{hits} hits of {images} images are no share; give one image or more, and 0 hits to '
            'as many as images'
        )
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
    numbers = _numbers(values)
    if edges is not None:
        if numbers is None:
            word = next(value for value in values if _number(value) is None)
            raise ValueError(
                f'only numbers can be cut at {list(edges)}, but the column holds {word!r}; leave '
                'its bins out'
            )
        if not len(edges) or np.any(np.diff(edges) <= 0):
            raise ValueError(
                f'bins {list(edges)} do not increase; give the inner edges, each larger than the '
                'one before'
            )
        return _cut(numbers, np.asarray(edges, dtype=float))
    if numbers is not None and len(np.unique(numbers)) > FEW:
        there = numbers[~np.isnan(numbers)]
        quartiles = np.quantile(there, (0.25, 0.5, 0.75))
        return _cut(numbers, np.unique([float(f'{q:.3g}') for q in quartiles]))
    levels = [value if value != '' else EMPTY for value in values]
    found = set(levels) - {EMPTY}
    if found <= set(order):
        names = [name for name in order if name in found]
    else:
        names = sorted(found, key=None if numbers is None else float)
    return levels, names + [EMPTY] * (EMPTY in levels)


def level_accuracies(
    levels: Sequence[str],
    names: Sequence[str],
    target: np.ndarray,
    prediction: np.ndarray,
    num_classes: int,
) -> list[LevelAccuracy]:
    """Accuracies of each of ``names`` among the images' ``levels`` (N,).

    ``target`` and ``prediction`` are (N,) class ids. The mean class accuracy is over the classes
    that the level has images of.

    Raises:
        ValueError: on a level without images, or class ids outside the classes.

    >>> level_accuracies('aab', 'ab', [0, 1, 1], [0, 0, 1], 2)[0][:3]
    ('a', 2, 50.0)
    """
    levels, rows = np.asarray(list(levels)), []
    target, prediction = np.asarray(target), np.asarray(prediction)
    for name in names:
        there = levels == name
        counts = confusion_counts(target[there], prediction[there], num_classes)
        low, high = wilson_interval(int(counts.trace()), int(counts.sum()))
        accuracy, mean_class = class_accuracies(counts)
        rows.append(LevelAccuracy(name, int(counts.sum()), accuracy, low, high, mean_class))
    return rows


def breakdown_bars(
    columns: Mapping[str, Mapping[str, Sequence[LevelAccuracy]]], overall: Mapping[str, float]
) -> Figure:
    """A panel a column, a bar a level and run; a line each run's accuracy over all images.

    Args:
        columns: column to run to the accuracies of its levels, which are the same levels for all
            runs.
        overall: run to its accuracy, percent.

    Raises:
        ValueError: on no columns or runs.
    """
    if not columns or not overall:
        raise ValueError('no accuracies to draw; give at least one column and one run')
    rows, across = grid_shape(len(columns), columns=3)
    bars = max(len(next(iter(runs.values()))) for runs in columns.values())
    width = max(3.6, bars * (0.55 + 0.22 * len(overall)))
    figure = new_figure(width * across + 0.4, 3.3 * rows + 0.5)
    panels = figure.subplots(rows, across, squeeze=False, sharey=True).ravel()
    for axes, (column, runs) in zip(panels, columns.items()):
        _draw(axes, column, runs, overall)
    for axes in panels[::across]:
        axes.set_ylabel('accuracy (%)')
    for axes in panels[len(columns) :]:
        axes.remove()
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(
        handles,
        labels,
        loc='outside lower center',
        frameon=False,
        ncols=min(len(labels), 3),
        fontsize=9,
    )
    return figure


def _draw(
    axes, column: str, runs: Mapping[str, Sequence[LevelAccuracy]], overall: Mapping[str, float]
) -> None:
    width = 0.8 / len(runs)
    for number, (name, levels) in enumerate(runs.items()):
        colour = COLOURS[number % len(COLOURS)]
        where = np.arange(len(levels)) + (number - (len(runs) - 1) / 2) * width
        height = np.array([level.accuracy for level in levels])
        reach = np.abs([[level.low, level.high] for level in levels] - height[:, None]).T
        axes.bar(
            where,
            height,
            0.92 * width,
            yerr=reach,
            color=colour,
            alpha=0.75,
            error_kw=dict(elinewidth=1.1, capsize=2.5),
            label=f'{name}: {overall[name]:.1f} over all (dashed)',
        )
        axes.axhline(overall[name], color=colour, linewidth=1, linestyle='--')
    levels = next(iter(runs.values()))
    axes.set_xticks(range(len(levels)), [f'{level.level}\nn={level.images}' for level in levels])
    axes.tick_params(axis='x', labelsize=9)
    axes.set_title(column, fontsize=10)
    axes.set_ylim(0, 100)
    axes.grid(axis='y', alpha=0.3)
    axes.set_axisbelow(True)
    axes.spines[['top', 'right']].set_visible(False)


def _number(value: str) -> float | None:
    try:
        return math.nan if value == '' else float(value)
    except ValueError:
        return None


def _numbers(values: Sequence[str]) -> np.ndarray | None:
    """(N,) with NaN for empty values; None where a value is a word, or all are empty."""
    numbers = [_number(value) for value in values]
    if None in numbers or np.isnan(numbers).all():
        return None
    return np.array(numbers)


def _cut(numbers: np.ndarray, edges: np.ndarray) -> tuple[list[str], list[str]]:
    names = [
        f'<= {edges[0]:g}',
        *(f'{low:g} .. {high:g}' for low, high in zip(edges, edges[1:])),
        f'> {edges[-1]:g}',
        EMPTY,
    ]
    where = np.searchsorted(edges, numbers, side='left')
    where[np.isnan(numbers)] = len(names) - 1
    return [names[i] for i in where], [names[i] for i in np.unique(where)]
