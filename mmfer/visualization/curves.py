"""Accuracy and loss over the course of training."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from .figures import check_some, epoch_axis, legend_below, line_style, new_figure, open_axes
from .run_files import Curve


def accuracy_curves(runs: Mapping[str, Sequence[Curve]], label: str = 'accuracy') -> Figure:
    """One line a configuration, its last, last5 and best in the legend.

    Args:
        runs: name to the curves of its seeds. Several give their mean, in the legend too, and a
            band from the lowest to the highest, over the epochs that all of them have.
        label: what the metric is; it is in percent.

    Raises:
        ValueError: on no runs, or on seeds without a common epoch.
    """
    check_some(runs, 'runs')
    figure = new_figure(8, 4.6)
    axes = figure.add_subplot()
    for number, (name, curves) in enumerate(runs.items()):
        epochs, values = _stack(name, curves)
        style = line_style(number)
        last, last5, best = np.mean([(c.last, c.last5, c.best) for c in curves], axis=0)
        seeds = f' ({len(curves)} seeds)' if len(curves) > 1 else ''
        text = f'{name}{seeds}\nlast {last:.1f}   last5 {last5:.1f}   best {best:.1f}'
        axes.plot(epochs, values.mean(axis=0), marker='o', markersize=3, label=text, **style)
        if len(curves) > 1:
            low, high = values.min(axis=0), values.max(axis=0)
            axes.fill_between(epochs, low, high, alpha=0.18, linewidth=0, color=style['color'])
    epoch_axis(axes)
    axes.set_ylabel(f'{label} (%)')
    open_axes(axes)
    legend_below(figure, columns=2)
    return figure


def loss_curves(runs: Mapping[str, Mapping[str, list[tuple[int, float]]]]) -> Figure:
    """A row a run, a panel each term of its loss on a scale of its own: the terms of one method may
    differ by orders of magnitude.

    Args:
        runs: name to its terms, of :func:`read_losses`. ``loss``, the sum, is drawn only where it
            is the sole term.

    Raises:
        ValueError: where no run has a loss.
    """
    panels = {
        name: [term for term in terms if term != 'loss'] or ['loss']
        for name, terms in runs.items()
        if terms
    }
    if not panels:
        ask = 'is LoggerHook on, and its interval smaller than the number of steps?'
        raise ValueError(f'no run has logged a loss; {ask}')
    columns = max(map(len, panels.values()))
    figure = new_figure(3.4 * columns + 0.6, 2.5 * len(panels))
    grid = figure.subplots(len(panels), columns, squeeze=False)
    for number, (row, (name, terms)) in enumerate(zip(grid, panels.items())):
        for axes, term in zip(row, terms):
            axes.plot(*zip(*runs[name][term]), linewidth=1.3, color=line_style(number)['color'])
            axes.set_title(f'{name}: {term}', fontsize=10)
            axes.set_xlabel('training step')
            open_axes(axes)
        row[0].set_ylabel('weighed loss')
        for axes in row[len(terms) :]:
            axes.remove()
    return figure


def _stack(name: str, curves: Sequence[Curve]) -> tuple[list[int], np.ndarray]:
    """The epochs that all seeds have, and their values (S, E)."""
    epochs = sorted(set.intersection(*(set(curve.by_epoch) for curve in curves)))
    if not epochs:
        own = [sorted(curve.by_epoch) for curve in curves]
        raise ValueError(f'the {len(curves)} seeds of {name} have no epoch in common: {own}')
    return epochs, np.array([[curve.by_epoch[e] for e in epochs] for curve in curves])
