"""Candidate sets of a data set: how large they are, and what is in them."""

from collections.abc import Sequence

import numpy as np
from matplotlib import colormaps
from matplotlib.figure import Figure

from ..functional import membership
from .figures import new_figure, percent_table


def candidate_panels(
    sets: np.ndarray, clean: np.ndarray, classes: Sequence[str], title: str
) -> Figure:
    """Two panels, a row a class of the clean labels: the sizes of its images' sets, and how often
    each class is a member. The diagonal of the second is the coverage.

    Args:
        sets: (N, K), above 0 for a member.
        clean: (N,) class ids.

    Raises:
        ValueError: on sets that do not fit the classes, or no images.
    """
    members, clean = np.asarray(sets) > 0, np.asarray(clean)
    if members.shape != (len(clean), len(classes)) or not len(clean):
        given = f'{len(clean)} images of the {len(classes)} classes {tuple(classes)}'
        fix = 'one row an image and one column a class are needed, and at least one image'
        raise ValueError(f'sets of shape {members.shape} for {given}; {fix}')
    wide = 0.62 * len(classes)
    figure = new_figure(wide + 8.2, 0.48 * len(classes) + 1.9, classes)
    left, right = figure.subplots(1, 2, width_ratios=[6, wide + 2.2])
    _draw_sizes(left, members, clean, classes)
    shares = 100 * membership(members, clean)
    across = 'in the set (% of the class; bold: coverage)'
    for i, j, ink in percent_table(right, shares, classes, across, 'clean label', aspect='auto'):
        text = f'{shares[i, j]:.0f}' if shares[i, j] >= 0.5 else '<1'
        weight = 'bold' if i == j else 'normal'
        right.text(j, i, text, ha='center', va='center', fontsize=9, fontweight=weight, color=ink)
    covered = members[np.arange(len(clean)), clean].mean()
    size = f'which have {members.sum(axis=1).mean():.2f} members on average'
    said = f'{len(clean)} images, the clean label is in {100 * covered:.2f} % of the sets, {size}'
    figure.suptitle(f'{title}\n{said}', fontsize=10.5)
    return figure


def _draw_sizes(axes, members: np.ndarray, clean: np.ndarray, classes: Sequence[str]) -> None:
    sizes, places = members.sum(axis=1), range(len(classes))
    images = np.bincount(clean, minlength=len(classes))
    left, present = np.zeros(len(classes)), np.unique(sizes)
    # From light to dark: a size is a quantity.
    for size, shade in zip(present, np.linspace(0.25, 0.9, len(present))):
        of_class = np.bincount(clean[sizes == size], minlength=len(classes))
        share = 100 * of_class / np.maximum(images, 1)
        style = dict(color=colormaps['Blues'](shade), edgecolor='white', linewidth=0.5)
        axes.barh(places, share, left=left, height=0.74, label=str(size), **style)
        style = dict(ha='center', va='center', color='white' if shade > 0.55 else 'black')
        for row in np.flatnonzero(share >= 7):
            middle = left[row] + share[row] / 2
            axes.text(middle, row, f'{share[row]:.0f}', fontsize=8.5, **style)
        left += share
    axes.set_yticks(places, [f'{name} ({count})' for name, count in zip(classes, images)])
    axes.invert_yaxis()
    axes.set_xlim(0, 100)
    axes.set_xlabel('% of the class, by size of the set')
    style = dict(frameon=False, fontsize=8.5, title_fontsize=8.5, handlelength=1, columnspacing=1)
    above = dict(loc='lower left', bbox_to_anchor=(0, 1))
    axes.legend(title='members', ncols=len(present), **above, **style)
    axes.spines[['top', 'right']].set_visible(False)
