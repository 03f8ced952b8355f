"""How candidate labels were told apart while training."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from .contact_sheet import shorten
from .figures import grid_shape, line_style, new_figure

DISAMBIGUATION_FILE = 'disambiguation.json'
NUMBERS = {
    'share_clean': 'clean label is the likeliest',
    'confidence_clean': 'mean confidence in the clean label',
    'share_decided': 'decided: all in one candidate',
}
GOOD, BAD = '#1E7B3A', '#C0392B'


class Disambiguation(NamedTuple):
    """What ``DisambiguationHook`` wrote: ``classes``; the numbers of ``images``, of ``ambiguous``
    ones, of those ``by_class``, and of ``covered`` ones, whose candidates hold the clean label;
    ``chosen`` images; ``by_epoch``, epoch to its entry, in order."""

    classes: tuple[str, ...]
    images: int
    ambiguous: int
    ambiguous_by_class: list[int]
    covered: int
    chosen: list[dict]
    by_epoch: dict[int, dict]

    def series(self, number: str) -> tuple[list[int], np.ndarray]:
        """Epochs and one of ``NUMBERS``, in percent."""
        return list(self.by_epoch), np.array(
            [100 * entry[number] for entry in self.by_epoch.values()]
        )


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


def read_disambiguation(work_dir: str | Path) -> Disambiguation:
    """``disambiguation.json`` of a work dir.

    Raises:
        FileNotFoundError: where there is none.
        ValueError: where it is no JSON.
        KeyError: where it holds something else.
    """
    path = Path(work_dir) / DISAMBIGUATION_FILE
    if not path.is_file():
        raise FileNotFoundError(
            f'{path}: no such file. DisambiguationHook in custom_hooks writes it while a model '
            "revises confidences: with candidates, and fn='revise' or 'proden'"
        )
    try:
        content = json.loads(path.read_text(encoding='utf-8'))
    except json.JSONDecodeError as error:
        raise ValueError(f'{path} is no JSON ({error}): it was cut or edited') from error
    if set(content) != set(Disambiguation._fields):
        raise KeyError(
            f'{path} has {sorted(content)}; expected {sorted(Disambiguation._fields)}, as '
            'DisambiguationHook writes them'
        )
    by_epoch = sorted((int(epoch), entry) for epoch, entry in content.pop('by_epoch').items())
    classes = tuple(content.pop('classes'))
    return Disambiguation(classes=classes, by_epoch=dict(by_epoch), **content)


def disambiguation_curves(runs: Mapping[str, Disambiguation]) -> Figure:
    """Three panels over the epochs, in percent of the ambiguous images; one line a run. Epoch 0 is
    what the data set gives.

    A dotted line is the share whose candidates hold the clean label, above which no run can come;
    runs with the same share have one line together.

    Raises:
        ValueError: on no runs.
    """
    if not runs:
        raise ValueError('no runs to draw; give at least one')
    figure = new_figure(12, 4.2)
    panels = figure.subplots(1, len(NUMBERS), sharey=True)
    for axes, (number, title) in zip(panels, NUMBERS.items()):
        for place, (name, run) in enumerate(runs.items()):
            epochs, values = run.series(number)
            axes.plot(
                epochs,
                values,
                marker='o',
                markersize=3,
                **line_style(place),
                label=f'{name} ({run.ambiguous} of {run.images} images ambiguous)',
            )
            axes.annotate(
                f'{values[-1]:.0f}',
                (epochs[-1], values[-1]),
                xytext=(4, 0),
                textcoords='offset points',
                va='center',
                fontsize=9,
                color=line_style(place)['color'],
            )
        if number == 'share_clean':
            for bound in {run.covered / run.ambiguous for run in runs.values()}:
                axes.axhline(100 * bound, linestyle=':', color='.5', linewidth=1)
        axes.set_title(title, fontsize=10)
        axes.set_xlabel('epoch')
        axes.set_ylim(-2, 103)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        axes.grid(alpha=0.3)
        axes.spines[['top', 'right']].set_visible(False)
    panels[0].set_ylabel('%, of the ambiguous images')
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(
        handles,
        labels,
        loc='outside lower center',
        ncols=min(len(runs), 2),
        frameon=False,
        fontsize=9,
    )
    return figure


def candidate_courses(rows: Sequence[Followed], title: str = '', columns: int = 2) -> Figure:
    """Each image beside the confidences of its candidates over the epochs.

    The clean label's line is thick. The words beside the lines tell the candidates; a clean label
    that is none of them is named below.

    Raises:
        ValueError: on no rows.
    """
    if not rows:
        raise ValueError('no images to draw; give at least one')
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
    axes.imshow(row.image, cmap='gray', vmin=0, vmax=255)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
    axes.set_title(shorten(row.name, 125), fontsize=8, color='.35')
    labels = [f'clean: {row.clean}']
    if row.clean not in row.candidates:
        labels[0] += '\n(no candidate)'
    if row.given != row.clean:
        labels.append(f'given: {row.given}')
    best = np.flatnonzero(row.confidences[-1] == row.confidences[-1].max())
    right = row.clean in [row.candidates[i] for i in best]
    axes.set_xlabel('\n'.join(labels), fontsize=8.5, color=GOOD if right else BAD)


def _draw_lines(axes, row: Followed) -> None:
    for number, (name, values) in enumerate(zip(row.candidates, row.confidences.T)):
        clean = name == row.clean
        axes.plot(
            row.epochs,
            values,
            **line_style(number),
            label=_marked(name, row),
            linewidth=2.6 if clean else 1.3,
            marker='o',
            markersize=2.5,
            zorder=3 if clean else 2,
        )
    axes.set_ylim(-0.04, 1.04)
    axes.set_yticks([0, 0.5, 1])
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axes.tick_params(labelsize=8)
    axes.set_xlabel('epoch', fontsize=8)
    axes.grid(alpha=0.3)
    axes.spines[['top', 'right']].set_visible(False)
    axes.legend(
        fontsize=8,
        frameon=False,
        loc='center left',
        bbox_to_anchor=(1, 0.5),
        title='confidence in',
        title_fontsize=8,
    )


def _marked(name: str, row: Followed) -> str:
    marks = [mark for mark, label in (('clean', row.clean), ('given', row.given)) if name == label]
    return f'{name} ({", ".join(marks)})' if marks else name
