"""Figures on a data set: images a class, and how far annotators agree."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from .figures import COLOURS, check_some, line_style, new_figure


def class_bars(
    counts: Mapping[str, Sequence[int]],
    classes: Sequence[str],
    published: Mapping[str, Sequence[int] | None],
) -> Figure:
    """A panel a split: bars of images a class, and a mark where the published count lies.

    Args:
        counts: split to (K,) counts.
        published: the same, or None where there are none.

    Raises:
        ValueError: on no splits, or counts that do not fit the classes.
    """
    check_some(counts, 'counts')
    figure = new_figure(max(6.4, 0.95 * len(classes)), 2.7 * len(counts) + 0.3, classes)
    panels = figure.subplots(len(counts), 1, squeeze=False)[:, 0]
    for axes, (split, here) in zip(panels, counts.items()):
        if len(here) != len(classes):
            known = f'{len(classes)} classes {tuple(classes)}'
            raise ValueError(f'{split}: {len(here)} counts for {known}')
        there = published.get(split)
        axes.bar(range(len(here)), here, color=COLOURS[5], width=0.7, label='here')
        if there is not None:
            places, style = np.arange(len(here)), dict(color=COLOURS[6], linewidth=1.6)
            axes.hlines(there, places - 0.42, places + 0.42, label='published', **style)
        for place, count in enumerate(here):
            _write_count(axes, place, int(count), None if there is None else int(there[place]))
        axes.set_xticks(range(len(classes)), classes)
        if max(map(len, classes)) > 11:
            axes.tick_params('x', labelrotation=20)
        axes.set_ylabel('images')
        axes.set_title(f'{split}: {int(np.sum(here))} images', fontsize=10.5)
        axes.margins(y=0.24)
        axes.set_ylim(bottom=0)
        axes.spines[['top', 'right']].set_visible(False)
        if there is not None:
            axes.legend(fontsize=9, frameon=False)
    return figure


def ambiguity_panels(
    entropy: Mapping[str, Sequence[int]], labels: Mapping[str, Sequence[int]]
) -> Figure:
    """Two panels, a colour a split, in percent of its images: the entropy of the votes, and the
    number of answers with at least 30 % of them.

    Args:
        entropy: split to (bins,) counts of equal bins from 0 to 1.
        labels: split to counts for 0, 1, 2 ... answers.

    Raises:
        ValueError: on no splits, or on splits that differ in the two.
    """
    if not entropy or list(entropy) != list(labels):
        given = f'{list(entropy)} and {list(labels)}'
        raise ValueError(f'entropy and labels need the same splits, at least one; given {given}')
    figure = new_figure(10.4, 3.9)
    left, right = figure.subplots(1, 2, width_ratios=[1.5, 1])
    width = 0.8 / len(entropy)
    for number, split in enumerate(entropy):
        counts, several = np.asarray(entropy[split]), np.asarray(labels[split])
        style, edges = line_style(number), np.linspace(0, 1, len(counts) + 1)
        label = f'{split} ({counts.sum()} images)'
        left.stairs(_percent(counts), edges, label=label, linewidth=2, **style)
        places = np.arange(len(several)) + (number + 0.5) * width - 0.4
        bars = right.bar(places, _percent(several), width, color=style['color'], label=split)
        right.bar_label(bars, fmt='%.1f', fontsize=8, padding=1)
    left.set_xlabel('normalised entropy of the votes (0: all agree)')
    right.set_xlabel('answers with at least 30 % of the votes')
    right.set_xticks(range(max(len(counts) for counts in labels.values())))
    for axes in (left, right):
        axes.set_ylabel('% of the split')
        axes.spines[['top', 'right']].set_visible(False)
        axes.set_ylim(bottom=0)
        axes.margins(y=0.1)
    left.set_xlim(0, 1)
    left.legend(frameon=False, fontsize=9)
    figure.suptitle('How far the annotators agree', fontsize=11)
    return figure


def _percent(counts: np.ndarray) -> np.ndarray:
    return 100 * counts / max(counts.sum(), 1)


def _write_count(axes, place: int, count: int, published: int | None) -> None:
    text = str(count)
    if published is not None and count != published:
        text += f'\n({count - published:+d})'
    top = place, max(count, published or 0)
    style = dict(textcoords='offset points', ha='center', va='bottom', fontsize=9)
    axes.annotate(text, top, (0, 3), **style)
