"""Figures without pyplot: no window, no state between two pictures."""

from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

# Okabe and Ito's colours: told apart with each kind of colour blindness.
COLOURS = ('#0072B2', '#D55E00', '#009E73', '#CC79A7', '#E69F00', '#56B4E9', '#000000')
LINES = ('-', '--', ':', '-.')


def new_figure(width: float, height: float) -> Figure:
    """An empty figure, inches, that arranges its parts by itself."""
    figure = Figure(figsize=(width, height), layout='constrained')
    FigureCanvasAgg(figure)
    return figure


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


def save_figure(figure: Figure, path: str | Path, dpi: int = 130) -> Path:
    """Write a picture; its folder is made. The ending gives the format."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=dpi, facecolor='white')
    return path
