"""Confusion matrices, side by side."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from .figures import check_some, grid_shape, new_figure, percent_table


def confusion_counts(target: np.ndarray, prediction: np.ndarray, num_classes: int) -> np.ndarray:
    """(K, K) int64: how many images of class i were called j.

    Args:
        target, prediction: (N,) class ids from 0.

    Raises:
        ValueError: on class ids outside the classes.

    >>> confusion_counts([0, 0, 1], [0, 1, 1], 2).tolist()
    [[1, 1], [0, 1]]
    """
    pairs = np.stack([np.asarray(target), np.asarray(prediction)])
    if pairs.size and not 0 <= pairs.min() <= pairs.max() < num_classes:
        raise ValueError(
            f'class ids go from {pairs.min()} to {pairs.max()}, but there are {num_classes} '
            f'classes (0 to {num_classes - 1}); is this the config of these results?'
        )
    counts = np.zeros((num_classes, num_classes), dtype=np.int64)
    np.add.at(counts, tuple(pairs), 1)
    return counts


def class_accuracies(counts: np.ndarray) -> tuple[float, float]:
    """Accuracy and mean class accuracy of a confusion matrix, percent; classes without an image do
    not count.

    >>> class_accuracies(np.array([[3, 1], [0, 0]]))
    (75.0, 75.0)
    """
    images = counts.sum(axis=1)
    there = images > 0
    recalls = counts.diagonal()[there] / images[there]
    return float(100 * counts.trace() / counts.sum()), float(100 * recalls.mean())


def confusion_panels(matrices: Mapping[str, np.ndarray], classes: Sequence[str]) -> Figure:
    """A matrix a run; colour and percent are shares of each row, the small number counts images.

    Args:
        matrices: name to (K, K) of :func:`confusion_counts`.

    Raises:
        ValueError: on no matrices, or on one that does not fit the classes.
    """
    check_some(matrices, 'confusion matrix')
    size = len(classes)
    rows, columns = grid_shape(len(matrices), columns=3)
    side = 0.62 * size + 1.2
    figure = new_figure(side * columns, (side + 0.3) * rows, classes)
    panels = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes, (name, counts) in zip(panels, matrices.items()):
        if counts.shape != (size, size):
            given = f'{size} classes {tuple(classes)}'
            raise ValueError(f'{name}: a matrix of shape {counts.shape} for {given}')
        accuracy, mean_class = class_accuracies(counts)
        said = f'accuracy {accuracy:.1f} %, mean class {mean_class:.1f} %, {counts.sum()} images'
        _draw(axes, counts, classes, f'{name}\n{said}', 'predicted (% of the row)')
    for axes in panels[len(matrices) :]:
        axes.remove()
    return figure


def transition_panel(counts: np.ndarray, classes: Sequence[str], title: str) -> Figure:
    """Label noise as a matrix: of ``counts`` (K, K), images of class i have the label j."""
    counts = np.asarray(counts)
    total, changed = counts.sum(), counts.sum() - counts.trace()
    side = 0.62 * len(classes) + 1.2
    figure = new_figure(side, side + 0.3, classes)
    said = f'{changed} of {total} labels changed ({100 * changed / max(total, 1):.2f} %)'
    _draw(figure.subplots(), counts, classes, f'{title}\n{said}', 'label given (% of the row)')
    return figure


def _draw(axes, counts: np.ndarray, classes: Sequence[str], title: str, across: str) -> None:
    shares = 100 * counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    style = dict(ha='center', va='center')
    for i, j, ink in percent_table(axes, shares, classes, across, 'true class'):
        axes.text(j, i - 0.08, f'{shares[i, j]:.0f}', color=ink, fontsize=11, **style)
        axes.text(j, i + 0.3, f'{counts[i, j]}', color=ink, fontsize=6.5, alpha=0.8, **style)
    axes.set_title(title, fontsize=10)
    edges, end = np.arange(1, len(classes)) - 0.5, len(classes) - 0.5
    for lines in (axes.hlines, axes.vlines):
        lines(edges, -0.5, end, color='.85', linewidth=0.5)
