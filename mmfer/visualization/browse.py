"""What a data pipeline makes of one image, step by step and view by view."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure

from .figures import BAD, check_some, new_figure

PANEL = 2.1  # inches
LETTER = 0.09  # inches, of a title
LONGEST_NAME = 48


class Step(NamedTuple):
    """The images after one step: ``views`` has V of (H, W[, 3]) uint8 RGB."""

    name: str
    views: Sequence[np.ndarray]


class Labels(NamedTuple):
    """Names of the classes of one image. ``clean`` is None where it is not known; ``soft`` (K,) is
    a distribution over ``classes``, or None."""

    given: str
    clean: str | None = None
    soft: Sequence[float] | None = None
    classes: Sequence[str] = ()

    @property
    def wrong(self) -> bool:
        """Whether the given label is known to differ from the clean one."""
        return self.clean is not None and self.clean != self.given

    def __str__(self) -> str:
        text = f'given: {self.given}'
        if self.clean is not None:
            text += f', clean: {self.clean}'
        if self.soft is not None:
            order = np.argsort(self.soft)[::-1]
            parts = [f'{self.classes[i]} {self.soft[i]:.2f}' for i in order if self.soft[i] > 0]
            more = ' ...' if len(parts) > 4 else ''
            text += f'\nsoft: {", ".join(parts[:4])}{more}'
        return text


def step_figure(
    steps: Sequence[Step], labels: Labels, name: str = '', columns: int = 6, scale: float = 1.0
) -> Figure:
    """The views of each step side by side, the labels above.

    Views of one step stay in one row, each under 'view 1', 'view 2', ...; a wrong label is red.

    Args:
        name: of the image; stands under the labels.
        columns: images a row; a step of more views has a row as long.

    Raises:
        ValueError: on no steps.
    """
    check_some(steps, 'steps')
    rows: list[list[tuple]] = [[]]
    for step in steps:
        panels = _panels(step)
        if rows[-1] and len(rows[-1]) + len(panels) > columns:
            rows.append([])
        rows[-1] += panels
    width = max(map(len, rows))
    lines = str(labels).splitlines()
    if name:
        half = (LONGEST_NAME - 3) // 2  # AffectNet's names are longer
        lines.append(name if len(name) <= LONGEST_NAME else f'{name[:half]}...{name[-half:]}')
    wide = max(PANEL * scale * width, LETTER * max(map(len, lines)))
    figure = new_figure(wide, (PANEL * scale + 0.38) * len(rows) + 0.48, labels.classes)
    grid = figure.subplots(len(rows), width, squeeze=False)
    for axes in grid.flat:
        axes.set_axis_off()
    for line, row in zip(grid, rows):
        for axes, (title, image) in zip(line, row):
            axes.imshow(image, cmap='gray', vmin=0, vmax=255)
            axes.set_title(title, fontsize=8)
    figure.suptitle('\n'.join(lines), fontsize=10, color=BAD if labels.wrong else 'black')
    return figure


def _panels(step: Step) -> list[tuple[str, np.ndarray]]:
    panels = []
    for number, image in enumerate(step.views, start=1):
        view = f'view {number}, ' if len(step.views) > 1 else ''
        panels.append((f'{step.name}\n{view}{image.shape[1]} x {image.shape[0]}', image))
    return panels
