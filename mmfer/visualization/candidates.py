"""Candidate sets of a data set: how large they are, and what is in them."""

from collections.abc import Sequence

import numpy as np
from matplotlib import colormaps
from matplotlib.figure import Figure

from ..functional import membership
from .figures import new_figure


def candidate_panels(
    sets: np.ndarray, clean: np.ndarray, classes: Sequence[str], title: str
) -> Figure:
    """Two panels, a row a class of the clean labels: the sizes of its images' sets, and how often
    each class is a member. The diagonal of the second is the coverage.

    Args:
        sets: (N, K), above 0 for a member.
        clean: (N,) class ids.
        classes: K names.

    Raises:
        ValueError: on sets that do not fit the classes, or no images.
    """
    members, clean = np.asarray(sets) > 0, np.asarray(clean)
    if members.shape != (len(clean), len(classes)) or not len(clean):
        raise ValueError(
            f'sets of shape {members.shape} for {len(clean)} images of the {len(classes)} classes '
            f'{tuple(classes)}; one row an image and one column a class are needed, and at least '
            'one image'
        )
    height = 0.48 * len(classes) + 1.9
    figure = new_figure(0.62 * len(classes) + 8.2, height)
    left, right = figure.subplots(1, 2, width_ratios=[6, 0.62 * len(classes) + 2.2])
    _draw_sizes(left, members, clean, classes)
    _draw_members(right, membership(members, clean), classes)
    covered = members[np.arange(len(clean)), clean].mean()
    figure.suptitle(
        f'{title}\n{len(clean)} images, the clean label is in {100 * covered:.2f} % of the sets, '
        f'which have {members.sum(axis=1).mean():.2f} members on average',
        fontsize=10.5,
    )
    return figure


def _draw_sizes(axes, members: np.ndarray, clean: np.ndarray, classes: Sequence[str]) -> None:
    sizes = members.sum(axis=1)
    images = np.bincount(clean, minlength=len(classes))
    left = np.zeros(len(classes))
    present = np.unique(sizes)
    # From light to dark: a size is a quantity.
    shades = np.linspace(0.25, 0.9, len(present))
    for size, shade in zip(present, shades):
        of_class = np.bincount(clean[sizes == size], minlength=len(classes))
        share = 100 * of_class / np.maximum(images, 1)
        colour = colormaps['Blues'](shade)
        axes.barh(
            range(len(classes)),
            share,
            left=left,
            color=colour,
            height=0.74,
            label=str(size),
            edgecolor='white',
            linewidth=0.5,
        )
        for row, value in enumerate(share):
            if value >= 7:
                axes.text(
                    left[row] + value / 2,
                    row,
                    f'{value:.0f}',
                    ha='center',
                    va='center',
                    fontsize=8.5,
                    color='white' if shade > 0.55 else 'black',
                )
        left += share
    axes.set_yticks(
        range(len(classes)), [f'{name} ({count})' for name, count in zip(classes, images)]
    )
    axes.invert_yaxis()
    axes.set_xlim(0, 100)
    axes.set_xlabel('% of the class, by size of the set')
    axes.legend(
        ncols=len(present),
        fontsize=8.5,
        frameon=False,
        loc='lower left',
        bbox_to_anchor=(0, 1),
        title='members',
        title_fontsize=8.5,
        handlelength=1,
        columnspacing=1,
    )
    axes.spines[['top', 'right']].set_visible(False)


def _draw_members(axes, shares: np.ndarray, classes: Sequence[str]) -> None:
    shares = 100 * shares
    axes.imshow(np.nan_to_num(shares), cmap='Blues', vmin=0, vmax=100, aspect='auto')
    for row, column in np.ndindex(shares.shape):
        value = shares[row, column]
        if value > 0:  # not NaN either
            axes.text(
                column,
                row,
                f'{value:.0f}' if value >= 0.5 else '<1',
                ha='center',
                va='center',
                fontsize=9,
                fontweight='bold' if row == column else 'normal',
                color='white' if value > 55 else 'black',
            )
    axes.set_xticks(range(len(classes)), classes, rotation=40, ha='right', rotation_mode='anchor')
    axes.set_yticks(range(len(classes)), classes)
    axes.set_xlabel('in the set (% of the class; bold: coverage)')
    axes.set_ylabel('clean label')
